"""Removes a patient whose consent is withdrawn from a data set and its private tree, and records
that it did."""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from radprep.convert.box_join import LISTS_OF_NAMES
from radprep.convert.film_names import meaning
from radprep.convert.label_keys import clean_key
from radprep.convert.scan_index import write_indices_again
from radprep.dataset.card_files import remove_card
from radprep.dataset.commit import remove_attempts_of, remove_sources, remove_study
from radprep.dataset.durable import leftovers, write_json, write_whole
from radprep.dataset.image_id import ImageId
from radprep.dataset.info import Info, read_info, refresh_info
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.ways import MERGE
from radprep.dicom.grouping import GROUPING
from radprep.dicom.scan import ScannedFile
from radprep.errors import UsageError
from radprep.private.forgotten import read_forgotten, record_forgotten
from radprep.private.identifiers import (
    collate_identifiers,
    read_identifiers,
    remove_identifiers,
    write_identifiers,
)
from radprep.private.key import Pseudonyms, existing_key, read_key
from radprep.private.place import existing_tree, find_tree
from radprep.private.tree import PrivateTree, owner_only
from radprep.stage.corrections import (
    STATUS,
    parameters,
    rejected_images,
    remember,
    remembered,
)
from radprep.text.csv_file import cells_of
from radprep.text.paths import plain_path
from radprep.text.small_file import opened
from radprep.upkeep.holding import Holding, find_holdings, rows_in
from radprep.upkeep.meant import ids_in_index, names_of, scanned_files


@dataclass(frozen=True)
class Forgetting:
    """What is to be removed. Make it with `prepare`, which changes nothing.

    whole: studies that are the patient's alone; shared: study -> the patient's sources in it;
    originals: the patient's values in the private tree, as far as lists may hold them; films: the
    patient's files, as far as a scan knows them; nameless:
    patient_ids of films in these studies that name nobody, which go with them; others: patients of
    whom films stay in these studies; before: when the patient was forgotten already, if ever;
    pictures: digests by which the patient's pictures are known again.
    """

    out: DataSet
    tree: PrivateTree
    stage: str
    patient_id: str
    pseudonyms: Pseudonyms | None
    whole: frozenset[str]
    shared: Mapping[str, frozenset[str]]
    originals: frozenset[str]
    films: tuple[ScannedFile, ...]
    files: int
    images: int
    nameless: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    before: str | None = None
    pictures: frozenset[str] = frozenset()

    @classmethod
    def prepare(
        cls, out: Path, patient: str, key_file: Path | None = None, private: Path | None = None
    ) -> Forgetting:
        """Find everything of a patient: named by our patient_id or, where the key is at hand, by
        the original PatientID.

        private: the private tree, where it does not stand beside. Raises UsageError where OUT is no
        data set, the key is not at hand, others can reach the private tree, nothing is known of the
        patient, or the PatientID is of no one patient.
        """
        data_set = DataSet(out)
        tree, stage, pseudonyms = _tree_and_key(data_set, key_file, private)
        names = names_of(patient.strip(), pseudonyms, tree)
        scanned = scanned_files(tree, pseudonyms, names)
        holdings = find_holdings(data_set, tree, names, scanned)
        recorded = read_forgotten(tree)
        known = {one.patient_id for one in holdings if one.patient_id} or names & recorded.keys()
        if not known and pseudonyms:  # the index alone may know the patient: see `radprep scan`
            known = names & ids_in_index(tree, pseudonyms, None)
        if not known:
            raise UsageError(_nothing_known(data_set, pseudonyms))
        patient_id = min(known)
        return cls(
            data_set,
            tree,
            stage,
            patient_id,
            pseudonyms,
            whole=frozenset(one.study_id for one in holdings if one.is_whole),
            shared={one.study_id: one.sources for one in holdings if not one.is_whole},
            originals=_originals(holdings, scanned),
            films=tuple(one for found in scanned.values() for one in found),
            files=len(frozenset().union(*(one.sources for one in holdings))),
            images=sum(one.images for one in holdings),
            nameless=_nameless(holdings, pseudonyms),
            others=frozenset[str]().union(*(one.others for one in holdings)),
            before=recorded[patient_id]["forgotten_at"] if patient_id in recorded else None,
            pictures=_pictures(holdings, scanned, pseudonyms),
        )

    @property
    def studies(self) -> int:
        """Studies that hold something of the patient."""
        return len(self.whole) + len(self.shared)

    def carry_out(self) -> Info:
        """Remove everything and rebuild the shared tables; returns dataset.json. The record is
        written first, so that a run that is killed on the way is completed by the next one, or by
        convert."""
        if self.studies or self.before is None:
            now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for patient_id in (self.patient_id, *sorted(self.nameless)):
                record_forgotten(
                    self.tree,
                    {
                        "patient_id": patient_id,
                        "forgotten_at": now,
                        "studies": self.studies,
                        "files": self.files,
                        "images": self.images,
                        "pictures": sorted(self.pictures),
                    },
                )
        self._clean_logs()
        self._clean_lists()
        for study_id in sorted(self.whole):
            remove_study(self.out, study_id)
            remove_identifiers(self.tree, study_id)
        for study_id, sources in sorted(self.shared.items()):
            _rewrite(self.out, self.tree, study_id, sources)
        self._clean_corrections()
        self._clean_tables()
        self._clean_leftovers()
        return refresh_info(self.out)

    def _clean_logs(self) -> None:
        for path in self.out.logs.glob("*.jsonl"):
            _filter_lines(
                self.out.within(path),
                lambda line: self.whole.isdisjoint(re.findall(r'"study_id": "([^"]*)"', line)),
            )

    def _clean_lists(self) -> None:
        """The lists of labels without a study and studies without a label."""
        gone = self.whole | self.originals
        with owner_only():
            for path in self.tree.labels.glob("*.csv"):
                lost = gone | self._named_in(path)
                _filter_lines(path, partial(_names_none_of, lost))

    def _named_in(self, path: Path) -> set[str]:
        """The cells of a list of boxes that may mean one of the patient's films, which files of
        boxes name by a part of its path or with another suffix."""
        if path.stem not in LISTS_OF_NAMES:
            return set()
        with opened(path, _MOST_LINES_BYTES) as handle:
            text = handle.read().decode("utf-8", "surrogateescape")
        cells = (cell for line in text.splitlines() for cell in cells_of(line)[:2])
        return meaning(cells, self.films)

    def _clean_corrections(self) -> None:
        """What a person corrected on films that are gone. A rejection stays where the films may
        come back from the data set before: they would be shown again."""
        before = remembered(self.out)
        if not before:
            return
        left = {
            row["instance_id"]
            for study_id in self.out.study_ids()
            for row in self.out.rows(study_id)
        }
        after = {
            image_id: fields
            for image_id, fields in before.items()
            if ImageId.parse(image_id).instance_id in left
        }
        if self.stage != "convert":
            after |= {
                one: {STATUS: before[one][STATUS]}
                for one in rejected_images(before)
                if one not in after
            }
        if after != before:
            remember(self.out, after)
            info = read_info(self.out)
            for name in parameters(before):
                info["parameters"].pop(name, None)
            info["parameters"] |= parameters(after)
            write_json(self.out.info_file, info)

    def _clean_tables(self) -> None:
        if self.stage == "convert" and self.pseudonyms:
            collate_identifiers(self.tree)
            write_indices_again(self.tree, self.pseudonyms)

    def _clean_leftovers(self) -> None:
        """A page that shows the patient's films, a card that counts them, and what runs that were
        killed have left: attempts at the patient's studies, and files that did not get their name,
        which may hold anything."""
        shutil.rmtree(self.out.report, ignore_errors=True)
        remove_card(self.out.root)
        for study_id in (*self.whole, *self.shared):
            remove_attempts_of(self.out, study_id)
        for root in (self.out.root, self.tree.root):
            for path in leftovers(root):
                path.unlink(missing_ok=True)
        for path in self.out.all_replaced_markers():
            gone = {self.patient_id, *self.nameless}
            if any(row["patient_id"] in gone for row in rows_in(self.out, path)):
                path.unlink(missing_ok=True)


def _nameless(holdings: Iterable[Holding], pseudonyms: Pseudonyms | None) -> frozenset[str]:
    """The patient_ids that films without a PatientID have in these studies, or would have if
    another delivery brought them without the films that name the patient."""
    found = {one for holding in holdings for one in holding.nameless}
    if pseudonyms:
        found |= {
            pseudonyms.patient_id(None, one.study_id) for one in holdings if one.is_told_by_study
        }
    return frozenset(found)


def _nothing_known(out: DataSet, pseudonyms: Pseudonyms | None) -> str:
    if pseudonyms:
        return (
            f"{out} holds nothing of this patient: this is neither a patient_id, nor an original "
            "PatientID, nor the whole path of a file in its source. `radprep locate` finds a film "
            "by the end of its path, too, and shows its patient_id."
        )
    return (
        f"{out} has no patient with this patient_id. Whether it is an original PatientID cannot be "
        "told without the key: give it with --key, or a patient_id of instances.parquet."
    )


def _originals(
    holdings: Iterable[Holding], scanned: Mapping[str, list[ScannedFile]]
) -> frozenset[str]:
    """The patient's own values in the private tree, from identifiers and from the scan index."""
    indexed = (
        getattr(one, name)
        for found in scanned.values()
        for one in found
        for name in GROUPING
        if name != "IssuerOfPatientID"
    )
    paths = (plain_path(os.fsdecode(one.file.path)) for found in scanned.values() for one in found)
    stored = (value for one in holdings for value in one.originals)
    values = {value for value in (*indexed, *paths, *stored) if value}
    return frozenset({*values, *map(clean_key, values)})  # lists hold keys in either form


def _pictures(
    holdings: Iterable[Holding],
    scanned: Mapping[str, list[ScannedFile]],
    pseudonyms: Pseudonyms | None,
) -> frozenset[str]:
    """The digests by which the patient's pictures are known again, under any name."""
    if pseudonyms is None:
        return frozenset()
    hashes = {one.picture for found in scanned.values() for one in found}
    hashes = hashes.union(*(one.pictures for one in holdings))
    return frozenset(pseudonyms.of_forgotten(one) for one in hashes if one)


def _tree_and_key(
    out: DataSet, key_file: Path | None, private: Path | None
) -> tuple[PrivateTree, str, Pseudonyms | None]:
    info = read_info(out)
    stage = info["stage"]
    if stage != "convert":
        tree = find_tree(out, private)
        if tree.study_ids():
            raise UsageError(
                f"{tree} holds the identifiers of a converted data set, and {out} has none of its "
                "own. Forget in that data set with this tree. Here leave --private out, or name "
                "a new folder: only the record of the forgotten goes there."
            )
        return tree, stage, read_key(key_file) if key_file else None
    tree = existing_tree(out, private)
    pseudonyms = existing_key(out, tree, key_file)
    if pseudonyms and info["made_from"].get("key") != pseudonyms.fingerprint:
        raise UsageError(
            f"{out} was made with another key than the one given. Give the key that it was made "
            "with."
        )
    return tree, stage, pseudonyms


def _rewrite(out: DataSet, tree: PrivateTree, study_id: str, sources: frozenset[str]) -> None:
    """A study of several patients without the rows of one. Its key changes: convert, and stages
    after it, do it again."""
    identifiers = [
        one for one in read_identifiers(tree, study_id) if one["source_id"] not in sources
    ]
    if tree.study_ids():
        write_identifiers(tree, study_id, identifiers)
    if out.footer(study_id):
        remove_sources(out, study_id, sources)
    else:  # its rows are lost, and the stage makes it again
        remove_study(out, study_id)


def _names_none_of(lost: Collection[str], line: str) -> bool:
    """Whether no cell of a line is one of some texts."""
    return not any(cell in lost for cell in cells_of(line))


_MOST_LINES_BYTES = 2**32
_SHOWN = 10


def _filter_lines(path: Path, wanted: Callable[[str], bool]) -> None:
    """Leave only the wanted lines of a text file; one that needs no change is not touched."""
    with opened(path, _MOST_LINES_BYTES) as handle:
        text = handle.read().decode("utf-8", "surrogateescape")  # a damaged line stays as it is
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if wanted(line)]
    if kept != lines:
        write_whole(path, "".join(kept).encode("utf-8", "surrogateescape"))


def advice(found: Forgetting) -> Iterable[str]:
    """What was done besides, and what forgetting in one data set cannot do: sentences for the
    person who forgets."""
    if found.nameless:
        yield (
            f"Films without a PatientID of their own in {len(found.nameless)} of these studies "
            "went with the patient's, whose they may be."
        )
    if found.others:
        listed = ", ".join(sorted(found.others)[:_SHOWN]) + (
            ", ..." if len(found.others) > _SHOWN else ""
        )
        yield (
            f"{len(found.shared.keys() - {UNASSIGNED})} of these studies hold films of other "
            f"patients, too, which stay: {listed}. If one of them is the same person "
            "under another PatientID, forget it as well."
        )
    out, stage = found.out, found.stage
    yield (
        "It knows of no other data set. Run it on each data set that was made from this one, with "
        "--patient and the pseudonym; or run preprocess again with --prune, which drops the "
        "patient too."
    )
    yield (
        "The page and the card that `radprep report` and `radprep card` made in it are removed: "
        "make them again once the stages after this one have run again. Copies of them are yours "
        "to remove, and so are runs of `radprep train` and answers of `radprep predict`: their "
        "tables hold the pseudonym."
    )
    yield (
        "Exports that `radprep export` made of it before still hold the patient: remove them, and "
        "export again. Merge again what `radprep merge` made of it."
    )
    if stage == "convert":
        yield (
            f"A later convert of the same dump into {out} leaves the patient out. A new OUT does "
            "not know of it: forget there again."
        )
    elif stage == MERGE:
        yield (
            "Forget in the data sets that this one was merged from, too, with the private tree of "
            "each: until then, merge refuses to go on, since it would bring the patient back."
        )
    else:
        yield (
            "Forget in the data set that this one was made from, too: until then, preprocess would "
            "bring the patient back."
        )
