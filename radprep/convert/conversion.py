"""The stage `convert`: from a dump to a data set. Scan, group by study, join labels, find what has
to be done."""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from radprep.convert.labels import LabelMatch, LabelOptions, Labels, match_labels, read_labels
from radprep.convert.scan_index import (
    Scanned,
    read_index,
    set_forgotten_aside,
    still_true,
    study_of,
)
from radprep.convert.study import ConvertJob, ConvertOptions, ConvertStage, made_from
from radprep.dataset.commit import remove_study
from radprep.dataset.durable import explain_disk_errors, write_whole
from radprep.dataset.info import check_folders, check_out, is_complete, write_info
from radprep.dataset.layout import UNASSIGNED, marker_path, read_footer
from radprep.dicom.deidentify import RETAINABLE
from radprep.dicom.files import FoundFile, find_files
from radprep.dicom.scan import ScannedFile
from radprep.errors import UsageError
from radprep.private.forgotten import read_forgotten
from radprep.private.identifiers import KnownSources, identifiers_readable, remove_identifiers
from radprep.private.key import (
    KEY_BYTES,
    Pseudonyms,
    create_key,
    make_private_folder,
    owner_only,
    private_root,
    read_key,
)
from radprep.stage.plan import EVERYTHING, Plan, Selection
from radprep.steps.anatomic_filter import AnatomicFilter

_NONE: frozenset[str] = frozenset()
"""One for all studies: an empty set takes 0.2 KB."""


@dataclass
class Conversion:
    """One run of convert. Make it with `prepare`, which checks everything before anything is
    written."""

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
    def prepare(
        cls,
        dump: Path,
        out: Path,
        options: ConvertOptions,
        labels: LabelOptions | None = None,
        key_file: Path | None = None,
        *,
        prune: bool = False,
    ) -> Conversion:
        """Check the folders, the key, the labels and an existing OUT. Raises UsageError; writes
        nothing."""
        _check_dump(dump, out)
        read = read_labels(labels) if labels else None
        if options.require_label and read is None:
            raise UsageError("--require-label needs --labels FILE.")
        key = existing_key(out, key_file)
        read_forgotten(out)
        info = check_out(out, "convert", made_from(key) if key else {})
        if info and info["parameters"]["labels"] and read is None:
            raise UsageError(
                f"OUT ({out}) was made with labels. Give --labels again, or choose a new OUT for a "
                "data set without."
            )
        if info and not identifiers_readable(out):
            info = {**info, "complete": False}
        return cls(dump, out, options, read, key_file, prune, _files_of(dump), info)

    @classmethod
    def prepare_scan(cls, dump: Path, out: Path, key_file: Path | None = None) -> Conversion:
        """Check what a scan needs: the folders, the key, an existing OUT. Raises UsageError; writes
        nothing."""
        _check_dump(dump, out)
        key = existing_key(out, key_file)
        read_forgotten(out)
        info = check_out(out, "convert", made_from(key) if key else {})
        return cls(dump, out, ConvertOptions(), None, key_file, False, _files_of(dump), info)

    def begin(self, *, dry: bool = False) -> ConvertStage:
        """Create the folders and the key, unless nothing is to be written."""
        key = existing_key(self.out, self.key_file)
        if dry:
            return ConvertStage(
                self.dump, self.out, key or Pseudonyms(secrets.token_bytes(KEY_BYTES)), self.options
            )
        key_path = private_root(self.out) / "key"
        with explain_disk_errors(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        if not key_path.exists():
            key = create_key(key_path, key)
        return ConvertStage(self.dump, self.out, key or read_key(key_path), self.options)

    def plan(
        self, stage: ConvertStage, scanned: Iterable[ScannedFile], selection: Selection = EVERYTHING
    ) -> Plan:
        """Group files into studies, join labels, and compare each study that the run is about with
        what stands in OUT."""
        forgotten: list[ScannedFile] = []
        groups, study_keys = self._group(
            stage.pseudonyms, set_forgotten_aside(self.out, stage.pseudonyms, scanned, forgotten)
        )
        if self.labels:
            self.match = match_labels(
                self.labels, study_keys, {getattr(one, self.labels.keyword) for one in forgotten}
            )
        known = KnownSources(self.out, collated=is_complete(self.out, self.info))
        self._refuse_foreign_labels(study_keys, known.study_ids - groups.keys())
        left_out = tuple(one.file for one in forgotten)
        here = _SourcesHere(stage, [*groups.values(), left_out])
        home = {UNASSIGNED} if left_out or _holds_forgotten(self.out) else set()
        studies = groups.keys() | known.study_ids | home
        plan = Plan(self.out, selection, studies=len(studies))
        for study_id in sorted(studies):
            if selection.shard.holds(study_id) or study_id not in groups:
                aside = left_out if study_id == UNASSIGNED else ()
                self._sort_in(
                    plan, stage, study_id, groups.get(study_id, ()), known.of(study_id), here, aside
                )
        return plan

    def _sort_in(
        self,
        plan: Plan,
        stage: ConvertStage,
        study_id: str,
        files: Sequence[FoundFile],
        before: Mapping[str, tuple[int, int, str]],
        here: _SourcesHere,
        aside: tuple[FoundFile, ...],
    ) -> None:
        """Say what becomes of one study. before: its sources when it was converted; aside: files of
        forgotten patients."""
        gone = before.keys() - {stage.source_id(file) for file in files}
        staying = _NONE if self.prune or not gone else frozenset(gone - here.source_ids)
        if not files and not staying and not aside:
            plan.studies -= 1  # whichever shard removes it
            if plan.selection.shard.holds(study_id):
                plan.remove.append(study_id)
            return
        if not plan.selection.shard.holds(study_id):
            return
        plan.absent += bool(staying)
        label = (
            self.match.label.get(study_id)
            if files
            else (read_footer(self.out, study_id) or {}).get("label")
        )
        job = ConvertJob(study_id, tuple(files), staying, label, aside)
        plan.sort_in(job, None if gone - staying else _remembered_parts(stage, job, before), label)

    def _refuse_foreign_labels(
        self, study_keys: Mapping[str, Iterable[str | None]], staying: Iterable[str]
    ) -> None:
        """Raises UsageError where no key of the labels file is one of the dump's: every study would
        be without a label. Where OUT has labelled studies that are not in this dump, the keys may
        be theirs."""
        if (
            self.labels is None
            or not study_keys
            or len(self.match.keys_without_study) < len(self.labels.by_key)
        ):
            return
        if not self.prune and any(
            (read_footer(self.out, study_id) or {}).get("label") for study_id in staying
        ):
            return
        filled = sum(any(values) for values in study_keys.values())
        raise UsageError(
            f"No label fits: none of the {len(self.labels.by_key)} keys of the labels file is the "
            f"{self.labels.keyword} of one of the {len(study_keys)} studies ({filled} of them have "
            "one). Look for leading zeros that a spreadsheet has taken away, or join on another "
            "field or column with --label-key. `radprep inspect DUMP --labels FILE` tries it out."
        )

    def _group(
        self, pseudonyms: Pseudonyms, scanned: Iterable[ScannedFile]
    ) -> tuple[dict[str, list[FoundFile]], dict[str, set[str | None]]]:
        """study_id -> its files, and study_id -> the values that labels may be joined on."""
        groups: dict[str, list[FoundFile]] = defaultdict(list)
        study_keys: dict[str, set[str | None]] = defaultdict(set)
        for one in scanned:
            study_id = study_of(pseudonyms, one)
            groups[study_id].append(one.file)
            if self.labels and one.StudyInstanceUID:
                study_keys[study_id].add(getattr(one, self.labels.keyword))
        return groups, study_keys

    def scan(self) -> tuple[Scanned, list[FoundFile]]:
        """What is known of the dump's files from an earlier scan, and the files whose header must
        be read. Ask once."""
        files, self.files = self.files, []  # the scan takes their place
        return still_true(read_index(self.out), files)

    def remove(self, study_id: str) -> None:
        """Remove a study that no longer has a source."""
        remove_study(self.out, study_id)
        remove_identifiers(self.out, study_id)

    def announce(self, plan: Plan) -> None:
        """Say in dataset.json what is being made, before the first study is, and list which labels
        found no study."""
        parameters = {
            **asdict(self.options),
            "modalities": list(self.options.modalities),
            "only": list(self.options.only),
            "labels": self.labels is not None,
        }
        key = read_key(private_root(self.out) / "key")
        write_info(
            self.out, "convert", made_from(key), parameters, complete=False, planned=plan.studies
        )
        self._list_mismatches()

    def _list_mismatches(self) -> None:
        """The studies and label rows that found no partner, where only the key's owner reads
        them."""
        if self.labels is None:
            return
        folder = private_root(self.out) / "labels"
        make_private_folder(folder)
        for name, rows in self.match.lists(self.labels.keyword).items():
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows)
            with owner_only():
                write_whole(folder / f"{name}.csv", text.getvalue().encode())


def _check_dump(dump: Path, out: Path) -> None:
    if dump.is_file():
        raise UsageError(f"{dump} is a file. Give a folder; zip archives in it are read in place.")
    if not dump.is_dir():
        raise UsageError(f"There is no folder {dump}. Give the folder that holds the DICOM files.")
    check_folders(dump, out)
    check_folders(dump, private_root(out))


def _files_of(dump: Path) -> list[FoundFile]:
    files = list(find_files(dump))
    if not files:
        raise UsageError(
            f"There is no file under {dump}. Give the folder that holds the DICOM files."
        )
    return files


def checked_retain(names: Iterable[str]) -> tuple[str, ...]:
    """The names of `--retain`, each once. Raises UsageError for one that is not retainable."""
    unknown = sorted(set(names) - RETAINABLE.keys())
    if unknown:
        raise UsageError(f"--retain {unknown[0]!r} is unknown. It can be: {', '.join(RETAINABLE)}.")
    return tuple(sorted(set(names)))


def checked_only(names: str) -> tuple[str, ...]:
    """The body parts of `--only`, with commas between, each once. Raises UsageError for one that is
    not in the vocabulary."""
    wanted = tuple(sorted({name.strip() for name in names.split(",") if name.strip()}))
    try:
        return AnatomicFilter(keep=wanted).keep if names else ()
    except ValidationError as error:
        raise UsageError(
            f"--only {names!r}: {error.errors()[0]['msg'].removeprefix('Value error, ')}."
        ) from None


def existing_key(out: Path, key_file: Path | None) -> Pseudonyms | None:
    """The key that OUT must be made with: the one given, the one beside it, or None where a new one
    may be made."""
    beside = private_root(out) / "key"
    given = read_key(key_file) if key_file else None
    stored = read_key(beside) if beside.exists() else None
    if given and stored and given != stored:
        raise UsageError(
            f"--key {key_file} is not the key that {beside} holds. Leave --key out, or choose a "
            "new OUT."
        )
    if not given and not stored and (out / "dataset.json").exists():
        raise UsageError(
            f"The key of {out} is lost: there is no {beside}. Put it back or give it with --key; "
            "with a new key the same patients would get new pseudonyms. Without it, convert into "
            "a new OUT."
        )
    return given or stored


def _holds_forgotten(out: Path) -> bool:
    """Whether OUT may hold rows of forgotten patients' files: they have no identifiers that would
    tell."""
    return bool(read_forgotten(out)) and marker_path(out, UNASSIGNED).exists()


class _SourcesHere:
    """The source_ids of all files of the dump, and of the folders and archives that hold them:
    these gave a row of their own while they could not be opened. Made when a study asks, because it
    has lost a file."""

    def __init__(self, stage: ConvertStage, groups: Iterable[Iterable[FoundFile]]) -> None:
        self._stage, self._groups = stage, groups

    @cached_property
    def source_ids(self) -> frozenset[str]:
        """One for each path."""
        paths = {file.path for files in self._groups for file in files}
        folders = paths
        while folders := {folder.rpartition(b"/")[0] for folder in folders} - paths:
            paths |= folders
        return frozenset(self._stage.pseudonyms.source_id(os.fsdecode(path)) for path in paths)


def _remembered_parts(
    stage: ConvertStage, job: ConvertJob, before: Mapping[str, tuple[int, int, str]]
) -> dict[str, str] | None:
    """Parts of the study's key if none of its files has changed since they were hashed, else
    None."""
    hashes = [(source_id, before[source_id][2]) for source_id in job.staying]
    for file in job.files:
        source_id = stage.source_id(file)
        size, time, source_hash = before.get(source_id, (None, None, ""))
        if (size, time) != (file.size, file.mtime_ns):
            return None
        hashes.append((source_id, source_hash))
    return stage.parts(job, hashes)
