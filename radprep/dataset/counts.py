"""Counts of a data set: every file by status."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import pyarrow.compute as pc

from radprep.dataset.box_counts import boxes_by_fate
from radprep.dataset.box_decisions import BOXES
from radprep.dataset.boxes import boxes_in
from radprep.dataset.checked import is_empty, read_batches
from radprep.dataset.labels import labels_in
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.patients import read_patients
from radprep.dataset.person import words_in
from radprep.dataset.schema import BY_STUDY, FAILED, KEPT, NAMELESS, REJECTED, Row, file_status

LABEL_COUNTS = (
    "labelled_studies",
    "studies_without_label",
    "contradictory_studies",
    "label_keys_without_study",
    "unmapped_label_rows",
    "missing_label_rows",
    "uncertain_label_rows",
    "list_label_rows",
)
"""What convert counts of a column of a labels file: studies with one label, with none, with
several; keys that are no study's; rows whose text the map does not name, says nothing, or says that
nobody is sure; rows whose text names several findings and is a class of its own."""

IMAGE_LABEL_COUNTS = (
    "labelled_images",
    "contradictory_images",
    "label_keys_without_image",
    "images_of_another_study",
)
"""What it counts besides where rows name images: files with one label of their own, with several;
keys that are no file's; files whose rows name another study than theirs, so that they give none."""

_OF_STUDIES = LABEL_COUNTS[:4]
"""Those of LABEL_COUNTS that say something of studies."""


def label_counts_told(counts: Mapping[str, Any]) -> list[str]:
    """Which of LABEL_COUNTS a person is told: not those of studies, where rows name images alone
    and the label of no study is looked for."""
    looked_for = [counts.get(name) for name in _OF_STUDIES if name != "studies_without_label"]
    by_image = any(name in counts for name in IMAGE_LABEL_COUNTS) and not any(looked_for)
    return [name for name in LABEL_COUNTS if not (by_image and name in _OF_STUDIES)]


MOST_LISTED = 1000
"""Studies of several patients that dataset.json names: a list there has a bound."""


def count_files(rows: Iterable[Row]) -> Counter[str]:
    """Files by status: a file is kept if any of its rows is, else failed if any failed, else
    rejected."""
    statuses: dict[str, set[str]] = {}
    for row in rows:
        statuses.setdefault(row["source_id"], set()).add(row["status"])
    return Counter(file_status(found) for found in statuses.values())


class FileCounts(TypedDict):
    """Files by what became of them, and the images and studies that they gave."""

    files: int
    kept: int
    rejected: int
    failed: int
    images: int
    studies: int


class DeliveryCounts(FileCounts):
    """Counts of what came with one delivery; delivery: its number. studies: those of its images, as
    in `studies_kept`."""

    delivery: int


class BoxCounts(TypedDict):
    """Boxes drawn on films. boxes: what became of them (see `box_counts.FATES`) -> how many, so
    that they add up; images_with_boxes: images that have at least one."""

    boxes: dict[str, int]
    images_with_boxes: int


class Counts(FileCounts, BoxCounts):
    """Counts of a data set. labels: main label -> images; named_labels: name of a label -> label ->
    images, of those that have one; rejected_rows and failed_rows: `step:reason`
    -> rows; review: mark -> images; by_person: what a person decided (see `person`) -> rows;
    deliveries: one for each delivery that files came with.

    patients: those who share a study are one (see `patients`), as many as have an image;
    studies_of_several_patients: studies that tie them, the first of which are named in
    several_patients_in; without_patient_id: what tells of the patient of
    an image, where it is not its PatientID -> studies;
    ids_of_several_issuers: PatientIDs that are several patients, since several hospitals gave them;
    patients_of_both_sexes: whose films say M and F, so that their PatientID may be of several
    people."""

    studies_kept: int
    patients: int
    studies_of_several_patients: int
    several_patients_in: list[str]
    patients_of_both_sexes: int
    ids_of_several_issuers: int
    without_patient_id: dict[str, int]
    labels: dict[str, int]
    named_labels: dict[str, dict[str, int]]
    rejected_rows: dict[str, int]
    failed_rows: dict[str, int]
    review: dict[str, int]
    by_person: dict[str, int]
    images_in_several_studies: int
    deliveries: list[DeliveryCounts]


_COUNTED = [
    *("source_id", "delivery", "study_id", "patient_id", "patient_from", "PatientSex"),
    *("label", "labels"),
    *("status", "reason", "step", "review", "history", "pixel_hash"),
]
"""The columns that counting reads."""
_COUNTED_OF_BOXES = ["source_id", "study_id", "image_id", "status", "boxes", "decisions"]
"""Those that boxes are counted by, where a data set has any: `decisions` are dear to read."""


def count_data_set(data_set: DataSet) -> Counts:
    """Counts of a data set, from instances.parquet: files by status, images, studies, patients,
    labels, reasons, review marks, decisions of a person, and images that stand in several
    studies."""
    files: Counter[str] = Counter()
    why: dict[str, Counter[str]] = {REJECTED: Counter(), FAILED: Counter()}
    labels, named, marks, by_person, studies = (Counter[str]() for _ in range(5))
    studies_of_pixels: Counter[bytes] = Counter()
    told = read_patients(data_set)
    sexes: dict[str, set[str | None]] = defaultdict(set)
    unknown: Counter[str] = Counter()
    deliveries: dict[int, Counter[str]] = defaultdict(Counter)
    for rows in rows_by_study(data_set, _COUNTED):
        files += count_files(rows)
        kept = [row for row in rows if row["status"] == KEPT]
        if rows[0]["study_id"] != UNASSIGNED:
            studies.update(all=1, kept=int(bool(kept)))
        _count_deliveries(rows, deliveries)
        for row in rows:
            by_person.update(words_in(row["history"]) if row["history"] else ())
            if row["status"] != KEPT:
                why[row["status"]][f"{row['step']}:{row['reason']}"] += 1
        for row in kept:
            sexes[told.groups.of(row["patient_id"])].add(row["PatientSex"])
        if rows[0]["study_id"] != UNASSIGNED:
            unknown.update({BY_STUDY, *NAMELESS} & {row["patient_from"] for row in kept})
        labels.update(row["label"] or "" for row in kept)
        named.update(row["labels"] for row in kept if row["labels"])
        marks.update(mark for row in kept for mark in row["review"])
        studies_of_pixels.update({bytes.fromhex(row["pixel_hash"]) for row in kept})
    return {
        "files": sum(files.values()),
        "kept": files["kept"],
        "rejected": files["rejected"],
        "failed": files["failed"],
        "images": sum(labels.values()),
        "studies": studies["all"],
        "studies_kept": studies[KEPT],
        "patients": len(sexes),
        "studies_of_several_patients": len(told.several),
        "several_patients_in": list(told.several)[:MOST_LISTED],
        "patients_of_both_sexes": sum({"M", "F"} <= found for found in sexes.values()),
        "ids_of_several_issuers": told.ids_of_several_issuers,
        "without_patient_id": dict(sorted(unknown.items())),
        "labels": dict(sorted(labels.items())),
        "named_labels": _by_name(named),
        "rejected_rows": dict(sorted(why[REJECTED].items())),
        "failed_rows": dict(sorted(why[FAILED].items())),
        "review": dict(sorted(marks.items())),
        "by_person": dict(sorted(by_person.items())),
        "images_in_several_studies": sum(number > 1 for number in studies_of_pixels.values()),
        **_count_boxes(data_set),
        "deliveries": [_of_delivery(number, deliveries[number]) for number in sorted(deliveries)],
    }


def _count_boxes(data_set: DataSet) -> BoxCounts:
    fates: Counter[str] = Counter()
    images = 0
    if _tells_of_boxes(data_set.within(data_set.instances)):
        for rows in rows_by_study(data_set, _COUNTED_OF_BOXES):
            fates += boxes_by_fate(rows)
            images += sum(row["status"] == KEPT and bool(boxes_in(row["boxes"])) for row in rows)
    return {"boxes": dict(sorted(fates.items())), "images_with_boxes": images}


def _tells_of_boxes(table: Path) -> bool:
    """Whether anything is said of boxes; they may all be of films without an image."""
    if not is_empty(table, "boxes"):
        return True
    batches = read_batches(table, ["decisions"]) if not is_empty(table, "decisions") else ()
    said = (pc.match_substring(batch["decisions"], f'"{BOXES}": {{') for batch in batches)
    return any(pc.any(one).as_py() for one in said)


def _by_name(found: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Name -> label -> images. found: what the column `labels` holds -> images."""
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for text, images in found.items():
        for name, label in labels_in(text).items():
            named[name][label] += images
    return {name: dict(sorted(named[name].items())) for name in sorted(named)}


def _count_deliveries(rows: list[Row], deliveries: Mapping[int, Counter[str]]) -> None:
    """Add to the counts of each delivery what came with it into one study, whose rows are given."""
    is_study = rows[0]["study_id"] != UNASSIGNED
    for number in {row["delivery"] for row in rows}:
        mine = [row for row in rows if row["delivery"] == number]
        deliveries[number].update(count_files(mine))
        images = sum(row["status"] == KEPT for row in mine)
        deliveries[number].update(images=images, studies=int(is_study and images > 0))


def _of_delivery(number: int, counts: Counter[str]) -> DeliveryCounts:
    return {
        "delivery": number,
        "files": sum(counts[status] for status in (KEPT, REJECTED, FAILED)),
        "kept": counts[KEPT],
        "rejected": counts[REJECTED],
        "failed": counts[FAILED],
        "images": counts["images"],
        "studies": counts["studies"],
    }


def rows_by_study(data_set: DataSet, columns: list[str] | None) -> Iterator[list[Row]]:
    """The rows of instances.parquet, study by study (they stand together). columns: those read;
    None: all. Raises FileNotFoundError, and UsageError where the file is damaged, or a row is not
    what it must be."""
    waiting: list[Row] = []
    for batch in read_batches(data_set.within(data_set.instances), columns):
        for row in batch.to_pylist():
            if waiting and waiting[0]["study_id"] != row["study_id"]:
                yield waiting
                waiting = []
            waiting.append(row)
    if waiting:
        yield waiting
