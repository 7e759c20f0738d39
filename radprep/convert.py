"""The stage `convert`: from a dump to a data set. Scan, group by study, join labels, find what has to be done."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep import dataset
from radprep.convert_study import ConvertJob, ConvertOptions, ConvertStage, made_from
from radprep.dicom.deidentify import RETAINABLE
from radprep.dicom.files import FoundFile, find_files
from radprep.dicom.scan import GROUPING, ScannedFile
from radprep.errors import UsageError
from radprep.forgotten import read_forgotten
from radprep.identifiers import collate_identifiers, identifiers_readable, remove_identifiers
from radprep.labels import LabelMatch, LabelOptions, Labels, match_labels, read_labels
from radprep.private import Pseudonyms, create_key, make_private_folder, owner_only, private_root, read_key, write_key
from radprep.stage import Plan, check_folders, check_out, is_complete, write_info

_FILE_COLUMNS = (("path", pa.binary()), ("size", pa.int64()), ("mtime_ns", pa.int64()), ("archive", pa.binary()), ("member", pa.int32()))
_INDEX = pa.schema([*_FILE_COLUMNS, *((name, pa.string()) for name in GROUPING)])


@dataclass
class Conversion:
    """One run of convert. Make it with `prepare`, which checks everything before anything is written."""

    dump: Path
    out: Path
    options: ConvertOptions
    labels: Labels | None
    key_file: Path | None
    prune: bool
    files: list[FoundFile]
    info: dict[str, Any] | None
    match: LabelMatch = field(default_factory=LabelMatch)

    @classmethod
    def prepare(cls, dump: Path, out: Path, options: ConvertOptions, labels: LabelOptions | None = None,
                key_file: Path | None = None, *, prune: bool = False) -> Conversion:
        """Check the folders, the key, the labels and an existing OUT. Raises UsageError; writes nothing."""
        if dump.is_file():
            raise UsageError(f"{dump} is a file. Give a folder; zip archives in it are read in place.")
        if not dump.is_dir():
            raise UsageError(f"There is no folder {dump}. Give the folder that holds the DICOM files.")
        check_folders(dump, out)
        check_folders(dump, private_root(out))
        read = read_labels(labels) if labels else None
        if options.require_label and read is None:
            raise UsageError("--require-label needs --labels FILE.")
        key = existing_key(out, key_file)
        read_forgotten(out)
        info = check_out(out, "convert", made_from(key) if key else {})
        if info and info["parameters"]["labels"] and read is None:
            raise UsageError(f"OUT ({out}) was made with labels. Give --labels again, or choose a new OUT for a data set without.")
        files = list(find_files(dump))
        if not files:
            raise UsageError(f"There is no file under {dump}. Give the folder that holds the DICOM files.")
        return cls(dump, out, options, read, key_file, prune, files, info)

    def begin(self) -> ConvertStage:
        """Create the folders and the key, and say in dataset.json what is being made."""
        key_path = private_root(self.out) / "key"
        key = existing_key(self.out, self.key_file)
        with dataset.explain_disk_errors(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        if key is None:
            key = create_key(key_path)
        elif not key_path.exists():
            write_key(key_path, key)
        return ConvertStage(self.dump, self.out, key, self.options)

    def plan(self, stage: ConvertStage, scanned: Iterable[ScannedFile]) -> Plan:
        """Group files into studies, join labels, and compare each study with what stands in OUT."""
        here_now, forgotten = part_forgotten(self.out, stage.pseudonyms, scanned)
        groups, study_keys = self._group(stage.pseudonyms, here_now)
        if self.labels:
            self.match = match_labels(self.labels, study_keys, {getattr(one, self.labels.keyword) for one in forgotten})
        if not is_complete(self.out, self.info) or not identifiers_readable(self.out):
            collate_identifiers(self.out)
        known = _known_sources(self.out)
        self._refuse_foreign_labels(study_keys, known.keys() - groups.keys())
        left_out = tuple(one.file for one in forgotten)
        here = {stage.source_id(file) for files in (*groups.values(), left_out) for file in files}
        home = {dataset.UNASSIGNED} if left_out or _holds_forgotten(self.out) else set()
        plan = Plan()
        for study_id in sorted(groups.keys() | known.keys() | home):
            files = groups.get(study_id, [])
            aside = left_out if study_id == dataset.UNASSIGNED else ()
            before = known.get(study_id, {})
            staying = frozenset() if self.prune else frozenset(before) - here
            if not files and not staying and not aside:
                plan.remove.append(study_id)
                continue
            footer = dataset.read_footer(self.out, study_id) or {}
            label = self.match.label.get(study_id) if files else footer.get("label")
            job = ConvertJob(study_id, tuple(files), staying, label, aside)
            gone = before.keys() - staying - {stage.source_id(file) for file in files}
            key = None if gone else _remembered_key(stage, job, before)
            plan.sort_in(self.out, job, key, label)
        return plan

    def _refuse_foreign_labels(self, study_keys: Mapping[str, Iterable[str | None]], staying: Iterable[str]) -> None:
        """Raises UsageError where no key of the labels file is one of the dump's: every study would be without a label. Where OUT has
        labelled studies that are not in this dump, the keys may be theirs."""
        if self.labels is None or not study_keys or len(self.match.keys_without_study) < len(self.labels.by_key):
            return
        if not self.prune and any((dataset.read_footer(self.out, study_id) or {}).get("label") for study_id in staying):
            return
        filled = sum(any(values) for values in study_keys.values())
        raise UsageError(
            f"No label fits: none of the {len(self.labels.by_key)} keys of the labels file is the {self.labels.keyword} of one of the "
            f"{len(study_keys)} studies ({filled} of them have one). Look for leading zeros that a spreadsheet has taken away, or "
            "join on another field or column with --label-key. `radprep inspect DUMP --labels FILE` tries it out.")

    def _group(self, pseudonyms: Pseudonyms,
               scanned: Iterable[ScannedFile]) -> tuple[dict[str, list[FoundFile]], dict[str, set[str | None]]]:
        """study_id -> its files, and study_id -> the values that labels may be joined on."""
        groups: dict[str, list[FoundFile]] = defaultdict(list)
        study_keys: dict[str, set[str | None]] = defaultdict(set)
        for one in scanned:
            study_id = study_of(pseudonyms, one)
            groups[study_id].append(one.file)
            if self.labels and one.StudyInstanceUID:
                study_keys[study_id].add(getattr(one, self.labels.keyword))
        return groups, study_keys

    def scan(self) -> tuple[list[ScannedFile], list[FoundFile]]:
        """What is known of the dump's files from an earlier scan, and the files whose header must be read."""
        remembered = read_index(self.out)
        known: list[ScannedFile] = []
        unknown: list[FoundFile] = []
        for file in self.files:
            seen = remembered.get(file.path, [])
            if seen and (seen[0].file.size, seen[0].file.mtime_ns) == (file.size, file.mtime_ns):
                known += seen
            else:
                unknown.append(file)
        return known, unknown

    def remove(self, study_id: str) -> None:
        """Remove a study that no longer has a source."""
        dataset.remove_study(self.out, study_id)
        remove_identifiers(self.out, study_id)

    def finish(self, *, complete: bool, left: int = 0) -> dict[str, Any]:
        """Rebuild the shared tables, public and private, from the studies on disk."""
        if complete:
            collate_identifiers(self.out)
            dataset.collate_instances(self.out)
            dataset.remove_old_attempts(self.out)
            self._list_mismatches()
        parameters = {**asdict(self.options), "modalities": list(self.options.modalities), "labels": self.labels is not None}
        key = read_key(private_root(self.out) / "key")
        return write_info(self.out, "convert", made_from(key), parameters, complete=complete, left=left)

    def _list_mismatches(self) -> None:
        """The studies and label rows that found no partner, where only the key's owner reads them."""
        if self.labels is None:
            return
        folder = private_root(self.out) / "labels"
        make_private_folder(folder)
        for name, rows in self.match.lists(self.labels.keyword).items():
            with owner_only(), (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as handle:
                csv.writer(handle).writerows(rows)


def checked_retain(names: Iterable[str]) -> tuple[str, ...]:
    """The names of `--retain`, each once. Raises UsageError for one that is not retainable."""
    unknown = sorted(set(names) - RETAINABLE.keys())
    if unknown:
        raise UsageError(f"--retain {unknown[0]!r} is unknown. It can be: {', '.join(RETAINABLE)}.")
    return tuple(sorted(set(names)))


def study_of(pseudonyms: Pseudonyms, one: ScannedFile) -> str:
    """study_id of a scanned file."""
    return pseudonyms.make("study", one.StudyInstanceUID) if one.StudyInstanceUID else dataset.UNASSIGNED


def part_forgotten(out: Path, pseudonyms: Pseudonyms,
                   scanned: Iterable[ScannedFile]) -> tuple[list[ScannedFile], list[ScannedFile]]:
    """The scanned files, and those of them that belong to patients whom OUT has forgotten."""
    patients = read_forgotten(out)
    parted: tuple[list[ScannedFile], list[ScannedFile]] = ([], [])
    for one in scanned:
        parted[bool(patients) and pseudonyms.patient_id(one.PatientID, study_of(pseudonyms, one)) in patients].append(one)
    return parted


def write_index(out: Path, pseudonyms: Pseudonyms, scanned: Iterable[ScannedFile]) -> None:
    """Remember, privately, what the headers said, so that an unchanged file is not opened again. Of a forgotten patient nothing is
    remembered: those files, and archives that hold one, are scanned in every run."""
    remaining, forgotten = part_forgotten(out, pseudonyms, scanned)
    on_disk = {one.file.on_disk for one in forgotten}
    rows = sorted((one for one in remaining if one.file.on_disk not in on_disk), key=lambda one: one.file.path)
    columns: list[list[Any]] = [[getattr(one.file, name) for one in rows] for name, _ in _FILE_COLUMNS]
    columns += [[getattr(one, name) for one in rows] for name in GROUPING]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, _INDEX.types, strict=True)]
    temporary = private_root(out) / f".index.{os.getpid()}"
    with dataset.explain_disk_errors(private_root(out)), owner_only():
        dataset.write_table(pa.table(arrays, schema=_INDEX), temporary)
        temporary.replace(private_root(out) / "index.parquet")


def read_index(out: Path) -> Mapping[bytes, list[ScannedFile]]:
    """File on the disk -> what the scan found in it: itself, or the files of the archive it is."""
    path = private_root(out) / "index.parquet"
    if not path.exists():
        return {}
    remembered: dict[bytes, list[ScannedFile]] = defaultdict(list)
    try:
        rows = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException):  # it only saves time
        return {}
    for row in rows:
        file = FoundFile(*(row[name] for name, _ in _FILE_COLUMNS))
        remembered[file.on_disk].append(ScannedFile(file, *(row[name] for name in GROUPING)))
    return remembered


def existing_key(out: Path, key_file: Path | None) -> Pseudonyms | None:
    """The key that OUT must be made with: the one given, the one beside it, or None where a new one may be made."""
    beside = private_root(out) / "key"
    given = read_key(key_file) if key_file else None
    stored = read_key(beside) if beside.exists() else None
    if given and stored and given != stored:
        raise UsageError(f"--key {key_file} is not the key that {beside} holds. Leave --key out, or choose a new OUT.")
    if not given and not stored and (out / "dataset.json").exists():
        raise UsageError(f"The key of {out} is lost: there is no {beside}. Put it back or give it with --key; with a new key the same "
                         "patients would get new pseudonyms. Without it, convert into a new OUT.")
    return given or stored


def _holds_forgotten(out: Path) -> bool:
    """Whether OUT may hold rows of forgotten patients' files: they have no identifiers that would tell."""
    return bool(read_forgotten(out)) and dataset.marker_path(out, dataset.UNASSIGNED).exists()


def _known_sources(out: Path) -> dict[str, dict[str, tuple[int, int, str]]]:
    """study_id -> source_id -> (size, time, hash) of the files converted before."""
    path = private_root(out) / "identifiers.parquet"
    known: dict[str, dict[str, tuple[int, int, str]]] = defaultdict(dict)
    if path.exists():
        table = dataset.read_table(path)
        names = ("study_id", "source_id", "source_size", "source_mtime_ns", "source_hash")
        for study_id, source_id, size, time, source_hash in zip(*(table[name].to_pylist() for name in names), strict=True):
            known[study_id][source_id] = (size, time, source_hash)
    return known


def _remembered_key(stage: ConvertStage, job: ConvertJob, before: Mapping[str, tuple[int, int, str]]) -> str | None:
    """The study's key if none of its files has changed since they were hashed, else None."""
    hashes = [(source_id, before[source_id][2]) for source_id in job.staying]
    for file in job.files:
        source_id = stage.source_id(file)
        size, time, source_hash = before.get(source_id, (None, None, ""))
        if (size, time) != (file.size, file.mtime_ns):
            return None
        hashes.append((source_id, source_hash))
    return stage.key(job, hashes)
