"""The labels of a dump or a data set, counted: how many studies and images each has, by the name of
the label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from radprep.convert.label_join import ImageNames, LabelJoin
from radprep.convert.label_told import label_sentences
from radprep.convert.named_labels import NamedLabels
from radprep.convert.whose import joinable
from radprep.dataset.labels import labels_in
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import KEPT
from radprep.dicom.facts import FileFacts
from radprep.dicom.scan import ScannedFile
from radprep.upkeep.table import Table, counted


@dataclass
class _Labelled:
    """What has one label: studies, and images."""

    studies: set[str] = field(default_factory=set)
    images: int = 0


class LabelTally:
    """Counts labels by their names."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, _Labelled]] = defaultdict(lambda: defaultdict(_Labelled))

    def add(self, name: str, label: str, study_id: str, images: int) -> None:
        """Count images of a study that have a label."""
        found = self._found[name][label]
        found.studies.add(study_id)
        found.images += images

    def table(self, name: str, *, is_main: bool) -> Table:
        """The labels of one name, the most frequent first."""
        labels = self._found.get(name, {})
        studies = {label: len(one.studies) for label, one in labels.items()}
        rows = [(label, count, labels[label].images) for label, count in counted(studies)]
        title, columns = ("Labels" if is_main else f"Labels, {name}"), ("name", "count", "images")
        return Table("labels" if is_main else f"labels_{name}", title, "studies", rows, columns)

    @property
    def names(self) -> list[str]:
        """The names of the labels counted."""
        return sorted(self._found)


class DumpLabels:
    """What the files of a dump have that labels may be joined on."""

    def __init__(self, labels: NamedLabels) -> None:
        self._labels = labels
        self._joined_on: dict[str, set[str | None]] = defaultdict(set)
        self._images: Counter[str] = Counter()
        self._files: dict[str, dict[str, tuple[frozenset[str], int]]] = defaultdict(dict)
        self._scanned: list[tuple[ScannedFile, int]] = []

    def add(self, facts: FileFacts) -> None:
        """Take a DICOM file."""
        uid, keyword = facts.StudyInstanceUID, self._labels.keyword
        if not uid or facts.file is None:
            return
        self._joined_on[uid].add(getattr(facts, keyword) if keyword else None)
        self._images[uid] += len(facts.sizes)
        if self._labels.image_keys:
            scanned = ScannedFile(facts.file, uid, SOPInstanceUID=facts.SOPInstanceUID)
            self._scanned.append((scanned, len(facts.sizes)))

    def tables(self, several_issuers: Set[str]) -> list[Table]:
        """Label balance and what did not fit, for each label, the main one first. several_issuers:
        PatientIDs that are several patients', on which nothing is joined."""
        names = ImageNames(self._labels, (one for one, _ in self._scanned))
        for one, images in self._scanned:
            if keys := names.of(one):
                self._files[one.StudyInstanceUID or ""][repr(one.file.path)] = keys, images
        image_keys = {
            uid: {path: keys for path, (keys, _) in files.items()}
            for uid, files in self._files.items()
        }
        study_keys = joinable(self._labels.keyword, self._joined_on, several_issuers)
        join = LabelJoin.of(self._labels, study_keys, image_keys)
        main = self._labels.main
        found = []
        for name in sorted(self._labels.by_name, key=lambda one: (one != main, one)):
            tally = self._tally(join, name)
            suffix, title = ("", "") if name == main else (f"_{name}", f", {name}")
            found += [
                tally.table(name, is_main=name == main),
                Table(
                    f"label_join{suffix}",
                    f"Labels and studies{title}",
                    "count",
                    list(join.counts(name).items()),
                    note=" ".join(label_sentences(join.counts(name))),
                ),
            ]
        return found

    def _tally(self, join: LabelJoin, name: str) -> LabelTally:
        tally = LabelTally()
        for uid in self._joined_on:
            own: Mapping[str, Mapping[str, str | None]] = join.own.get(uid, {})
            others = self._images[uid]
            for path, labels in own.items():
                if name in labels:
                    images = self._files[uid][path][1]
                    others -= images
                    if label := labels[name]:
                        tally.add(name, label, uid, images)
            label_of_study = join.of_study(uid).get(name)
            if label_of_study and (others or not own):
                tally.add(name, label_of_study, uid, others)
        return tally


class DataSetLabels:
    """The labels of a data set's images."""

    def __init__(self) -> None:
        self._tally = LabelTally()
        self._studies: set[str] = set()
        self._with_main: set[str] = set()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take the rows of a file."""
        study_id = rows[0]["study_id"]
        if study_id == UNASSIGNED or rows[0]["patient_id"] is None:
            return
        self._studies.add(study_id)
        if rows[0]["label"]:
            self._with_main.add(study_id)
        images = sum(row["status"] == KEPT for row in rows)
        for name, label in labels_in(rows[0]["labels"]).items():
            self._tally.add(name, label, study_id, images)

    def tables(self, main: str | None) -> list[Table]:
        """Label balance for each label, the main one first. main: its name."""
        names = [main or "", *(name for name in self._tally.names if name != main)]
        labelled = len(self._with_main)
        joined = [
            ("labelled_studies", labelled),
            ("studies_without_label", len(self._studies) - labelled),
        ]
        return [
            *(self._tally.table(name, is_main=name == names[0]) for name in names),
            Table("label_join", "Labels and studies", "count", joined),
        ]
