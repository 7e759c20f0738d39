"""The checks across studies: files that no row names, repeated ids, the shared tables, the private
tree; and what to redo."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from radprep.dataset.counts import count_data_set, rows_by_study
from radprep.dataset.durable import explain_disk_errors, leftovers
from radprep.dataset.folders import empty_folders, remove_empty
from radprep.dataset.info import Info, fingerprint, mark_incomplete, read_info, stages_up_to
from radprep.dataset.layout import DataSet
from radprep.dataset.names import IMAGE_TREES
from radprep.dataset.tables import distrust
from radprep.dataset.ways import pipelines_of, ways_of
from radprep.errors import UsageError
from radprep.preprocess.pipeline import resolved_entries
from radprep.private.identifiers import identifiers_agree, remove_identifiers
from radprep.private.key import Pseudonyms, read_key
from radprep.private.place import existing_tree, find_tree
from radprep.private.tree import PrivateTree
from radprep.stage.corrections import parameters, remembered
from radprep.upkeep.verify_study import (
    BY_HAND,
    FOLDER_EMPTY,
    REDO,
    REMOVE,
    Finding,
    StudyCheck,
    StudyReport,
    hash_rows,
)


@dataclass
class Verification:
    """The verification of a data set. Make it with `prepare`, give it the report of every study,
    then ask for the findings. is_open: others can reach the private tree, or it stands where it is
    handed on, so nothing of it was read."""

    data_set: DataSet
    tree: PrivateTree
    info: Info
    study_ids: list[str]
    check: StudyCheck
    is_open: bool = False
    reports: dict[str, StudyReport] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def prepare(cls, root: Path, private_tree: Path | None = None) -> Verification:
        """private_tree: where it does not stand beside. Raises UsageError where the folder is no
        data set of ours, and where the private tree that was named cannot be used."""
        data_set = DataSet(root)
        info = read_info(data_set)
        tree, is_open = _tree(data_set, private_tree)
        private = info["stage"] == "convert" and os.path.lexists(tree.root) and not is_open
        check = StudyCheck(data_set, tree, _steps(info), private, _key(tree) if private else None)
        return cls(data_set, tree, info, data_set.study_ids(), check, is_open)

    @property
    def images(self) -> int:
        """Images that the rows name; masks are not counted."""
        return sum(
            not name.startswith("masks/")
            for report in self.reports.values()
            for name in report.files
        )

    def conclude(self) -> list[Finding]:
        """Everything that was found, after every study has been checked; in a fixed order."""
        found = [finding for report in self.reports.values() for finding in report.findings]
        found += self._repeated()
        found += self._shared_tables()
        found += self._corrections()
        if self.check.private:
            found += self._private_tree()
        if self.is_open and self.info["stage"] == "convert":
            found.append(Finding("private_open"))
        if self.info["complete"]:
            found += self._leftovers()
            found += self._empty_folders()
        gone = {
            finding.study_id
            for finding in found
            if finding.code in ("study_unreadable", "study_schema", "study_missing")
        }
        found += self._extra(gone)
        self.findings = sorted(set(found))
        return self.findings

    def _repeated(self) -> Iterator[Finding]:
        seen: dict[str, set[str]] = {"image_id_repeated": set(), "source_repeated": set()}
        for study_id, report in sorted(self.reports.items()):
            for code, ids in (
                ("image_id_repeated", report.image_ids),
                ("source_repeated", sorted(report.sources)),
            ):
                for one in ids:
                    if one in seen[code]:
                        yield Finding(code, study_id, one)
                    seen[code].add(one)

    def _extra(self, unknown: set[str]) -> Iterator[Finding]:
        """Files that no row names. Of a study whose rows cannot be read (unknown), nobody can say
        it."""
        named = {name for report in self.reports.values() for name in report.files}
        markers = {self.data_set.marker(study_id) for study_id in self.study_ids}
        for path in _files_under(self.data_set.root, IMAGE_TREES):
            name = path.relative_to(self.data_set.root).as_posix()
            if name not in named and path.parent.name not in unknown:
                yield Finding(
                    "file_extra", path.parent.name if path.parent.name in self.reports else "", name
                )
        for path in _files_under(self.data_set.root, ("studies",)):
            if path not in markers and (path.suffix != ".replaced" or self.info["complete"]):
                yield Finding("file_extra", "", path.relative_to(self.data_set.root).as_posix())

    def _shared_tables(self) -> Iterator[Finding]:
        """instances.parquet and dataset.json against the studies."""
        if not self.info["complete"]:
            yield Finding("incomplete")
            return
        if self.info["fingerprint"] != fingerprint(self.data_set):
            yield Finding("fingerprint_differs")
        try:
            yield from self._instances()
            counts = count_data_set(self.data_set)
        except FileNotFoundError:
            yield Finding("instances_missing")
            return
        except (OSError, UsageError):  # also where a row is not what it must be
            yield Finding("instances_unreadable")
            return
        if counts != self.info["counts"]:
            yield Finding("counts_differ")
        files = len(set[str]().union(*(report.sources for report in self.reports.values())))
        if (
            not files
            == self.info["counts"]["files"]
            == sum(self.info["counts"][name] for name in ("kept", "rejected", "failed"))
        ):
            yield Finding("counts_do_not_add_up")

    def _instances(self) -> Iterator[Finding]:
        """The rows of each study in instances.parquet, in their order, against those in its own
        file."""
        left = {study_id: report.rows_hash for study_id, report in self.reports.items()}
        place = ""
        for rows in rows_by_study(self.data_set, None):
            study_id = str(rows[0]["study_id"])
            if study_id not in left:
                yield Finding(
                    "instances_stale" if study_id in self.reports else "study_missing", study_id
                )
            elif (stands := left.pop(study_id)) and stands != hash_rows(rows):
                yield Finding("rows_differ", study_id)
            elif study_id < place:
                yield Finding("instances_stale", study_id)
            place = max(place, study_id)
        for study_id in left:
            if left[study_id] is not None:
                yield Finding("instances_stale", study_id)

    def _corrections(self) -> Iterator[Finding]:
        """What a person decided, against what the data set was made with."""
        try:
            corrections = remembered(self.data_set)
        except UsageError:
            yield Finding("corrections_unreadable")
            return
        made_with = self.info["parameters"].get("corrections")
        if self.info["complete"] and made_with != parameters(corrections).get("corrections"):
            yield Finding("corrections_differ")

    def _leftovers(self) -> Iterator[Finding]:
        """What killed runs have left. While a run is at work, its own files look the same."""
        attempts = self.data_set.attempts.glob("*")
        for path in (*leftovers(self.data_set.root), *attempts):
            yield Finding("leftover", "", path.relative_to(self.data_set.root).as_posix())
        if self.check.private:
            for path in leftovers(self.tree.root):
                yield Finding("private_leftover", "", path.relative_to(self.tree.root).as_posix())

    def _empty_folders(self) -> Iterator[Finding]:
        """Folders without an image; of one whose image is missing, that says it already. A run at
        work makes a folder before the image comes."""
        missing = {
            name
            for report in self.reports.values()
            for finding in report.findings
            if finding.code == "image_missing"
            for name in map(str, PurePosixPath(finding.where).parents)
        }
        for folder in empty_folders(self.data_set):
            where = folder.relative_to(self.data_set.root).as_posix()
            if where not in missing:
                yield Finding(FOLDER_EMPTY, "", where)

    def _private_tree(self) -> Iterator[Finding]:
        """The key and the collated identifiers."""
        if self.check.pseudonyms is None:
            yield Finding("key_missing")
        elif self.check.pseudonyms.fingerprint != self.info["made_from"].get("key"):
            yield Finding("other_key")
        extra = (
            sorted(set(self.tree.study_ids()) - self.reports.keys())
            if self.info["complete"]
            else []
        )
        yield from (Finding("identifiers_extra", study_id) for study_id in extra)
        if self.info["complete"] and not extra and not identifiers_agree(self.tree):
            yield Finding("identifiers_stale")


@dataclass(frozen=True)
class Repair:
    """What `--repair` did: studies queued to be done again, files and empty folders removed,
    findings that a person must mend, and whether the stage's run is due."""

    studies: int
    removed: int
    by_hand: int
    due: bool = True


def repair(verification: Verification) -> Repair:
    """Queue what must be done again: the markers of damaged studies go, files that no row names go
    (they are in the list), and dataset.json says that a run is due, so that the next run of the
    stage redoes those studies and rebuilds the shared tables. An empty folder goes, and no table
    speaks of it: that alone makes no run due."""
    data_set, tree = verification.data_set, verification.tree
    findings = verification.findings
    removed = {
        (tree.root if finding.code == "private_leftover" else data_set.root, finding.where)
        for finding in findings
        if finding.remedy == REMOVE
    }
    studies = {finding.study_id for finding in findings if finding.remedy == REDO}
    due = any(finding.remedy != BY_HAND and finding.code != FOLDER_EMPTY for finding in findings)
    with explain_disk_errors(data_set):
        if due:
            mark_incomplete(data_set, _without_counts(verification.info))
            distrust(data_set.instances)
            distrust(tree.identifiers)
        for study_id in studies:
            data_set.marker(study_id).unlink(missing_ok=True)
        for finding in findings:
            if finding.code == "identifiers_unreadable":
                remove_identifiers(tree, finding.study_id)
        for root, name in removed:
            _remove(root / name)
            remove_empty(root, (root / name).parent)
    return Repair(
        len(studies), len(removed), sum(finding.remedy == BY_HAND for finding in findings), due
    )


def _without_counts(info: Info) -> Info:
    """What dataset.json says while its shared tables are not to be trusted."""
    due = info.copy()
    for name in ("fingerprint", "studies_left", "counts"):
        due.pop(name, None)  # type: ignore[misc]  # mypy wants the name written out
    return due


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():  # an attempt that a killed run has left
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _tree(data_set: DataSet, named: Path | None) -> tuple[PrivateTree, bool]:
    """The private tree, and whether it is not to be read because others can reach it. One that was
    named must be there and ours alone. Raises UsageError."""
    if named:
        return existing_tree(data_set, named), False
    try:
        return find_tree(data_set, None), False
    except UsageError:
        tree = PrivateTree.beside(data_set)
        return tree, os.path.lexists(tree.root)


def _key(tree: PrivateTree) -> Pseudonyms | None:
    try:
        return read_key(tree.key)
    except UsageError:
        return None


def _steps(info: Info) -> tuple[str, ...] | None:
    """The steps that each kept image must have gone through: those of the last pipeline. None where
    nothing did; none at all where data sets of several pipelines were merged."""
    if "pipeline" in info["parameters"]:
        return resolved_entries(info["parameters"]["pipeline"])
    return () if any(map(pipelines_of, ways_of(stages_up_to(info)))) else None


def _files_under(root: Path, names: Iterable[str]) -> Iterator[Path]:
    """Every file, and whatever else is no folder, under some folders of a data set."""
    for name in names:
        for folder, folders, files in os.walk(root / name):
            yield from (Path(folder) / file for file in sorted(files))
            yield from (
                Path(folder) / link
                for link in sorted(folders)
                if (Path(folder) / link).is_symlink()
            )
