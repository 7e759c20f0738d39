"""The few sentences that say what a person should look at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radprep.dataset.info import merged_from
from radprep.dataset.patients import unknown_patients
from radprep.dataset.schema import NAMELESS
from radprep.preprocess.boxes_on_parts import MARK_CUT, MARK_LOST, MARK_SEVERAL
from radprep.report.facts.confounding import STRONG, Attribute
from radprep.report.facts.duplicates import Twins
from radprep.report.facts.material import Material
from radprep.report.facts.merged import beware

ALARM, LOOK, NOTE = "alarm", "look", "note"


@dataclass(frozen=True)
class Point:
    """One thing to look at. level: ALARM where the data set must not be used before; number: how
    many; show: which films the gallery shows, as a query; target: the section that says more."""

    level: str
    number: str
    text: str
    target: str
    show: str = ""


def points(
    material: Material,
    same: Sequence[Twins],
    near: Sequence[Twins],
    attributes: Sequence[Attribute],
) -> list[Point]:
    """What stands out, the alarming first."""
    order = [ALARM, LOOK, NOTE]
    return sorted(
        [
            *_twin_points(same, near),
            *_merged_points(material),
            *_patient_points(material),
            *_source_points(attributes),
            *_image_points(material),
            *_box_points(material),
            *_run_points(material),
        ],
        key=lambda point: order.index(point.level),
    )


def _twin_points(same: Sequence[Twins], near: Sequence[Twins]) -> Iterator[Point]:
    for found, how, level in (
        (same, "are identical and belong", ALARM),
        (near, "look the same and belong", LOOK),
    ):
        across = [one for one in found if one.patients > 1]
        if across:
            ids = ",".join(image_id for one in across for image_id in one.image_ids)
            yield Point(
                level,
                f"{sum(len(one.image_ids) for one in across):,}",
                f"images {how} to different patients: a split by patient would not keep them apart",
                "duplicates",
                f"ids={ids}",
            )


def _merged_points(material: Material) -> Iterator[Point]:
    parts = len(merged_from(material.info))
    for sentence in beware(material):
        yield Point(LOOK, f"{parts}", f"data sets were merged: {sentence}", "methods")


def _patient_points(material: Material) -> Iterator[Point]:
    counts = material.counts
    several, unknown = counts["studies_of_several_patients"], counts["without_patient_id"]
    if several:
        yield Point(
            LOOK,
            f"{several:,}",
            "studies have films of several PatientIDs: their patients are one group everywhere",
            "patients",
        )
    nobody = sum(unknown.get(why, 0) for why in NAMELESS)
    unknown_all = unknown_patients(counts)
    if unknown_all:
        said = unknown_all[0].lower() + unknown_all[1:]
        yield Point(ALARM, f"{len(material.kept):,}", f"images, and {said}", "patients")
    elif nobody:
        yield Point(
            LOOK,
            f"{nobody:,}",
            "studies have films without a PatientID that names somebody: each study is a patient "
            "of its own, so that one person may stand on both sides of a split",
            "patients",
        )
    if counts["patients_of_both_sexes"]:
        yield Point(
            LOOK,
            f"{counts['patients_of_both_sexes']:,}",
            "patients have films that say M and others that say F: one PatientID may stand for "
            "several people",
            "patients",
        )


def _source_points(attributes: Sequence[Attribute]) -> Iterator[Point]:
    for one in attributes:
        found = one.association
        if found is not None and found.v >= STRONG and found.low > 0:
            yield Point(
                LOOK,
                f"{found.v:.2f}",
                f"association of label with {one.title.lower()} (Cram\u00e9r's V of "
                f"{found.studies:,} studies, 95 % interval {found.low:.2f} to {found.high:.2f}): a "
                "classifier could learn the machine",
                "sources",
            )


def _image_points(material: Material) -> Iterator[Point]:
    kept = material.kept
    marked = sum(bool(row["review"]) for row in kept)
    if marked:
        yield Point(
            LOOK,
            f"{marked:,}",
            f"images ({marked / len(kept):.0%}) carry a review mark: a step was not sure",
            "review",
            "status=kept&mark=any",
        )
    risky = sum(row["burned_in_risk"] == "high" for row in kept)
    if risky:
        yield Point(
            ALARM,
            f"{risky:,}",
            "images may well show burned-in text about a person: look before you give them away"
            + ("" if material.show_marked else ", in the data set, since this page hides them"),
            "deidentification",
            "status=kept&risk=high",
        )
    unlabelled = sum(row["label"] is None for row in kept)
    if unlabelled:
        yield Point(
            NOTE,
            f"{unlabelled:,}",
            "images have no label, or contradictory ones",
            "labels",
            "status=kept&label=",
        )


def _box_points(material: Material) -> Iterator[Point]:
    """Boxes that no image has any more, and those of which images show a part."""
    for mark, text in (
        (MARK_LOST, "films have a box that lies on no image any more: it was cut away or rejected"),
        (MARK_CUT, "images cut a box that was drawn on their film"),
        (MARK_SEVERAL, "images share a box with another part of their film"),
    ):
        found = sum(mark in row["review"] for row in material.kept)
        if found:
            yield Point(LOOK, f"{found:,}", text, "labels", f"status=kept&mark={mark}")


def _run_points(material: Material) -> Iterator[Point]:
    failed = material.counts["failed"]
    left = material.info.get("studies_left", 0)
    if left:
        yield Point(
            ALARM,
            f"{left:,}",
            "studies were left undone by --limit: this is a trial, not the data set",
            "summary",
        )
    if failed:
        yield Point(
            LOOK,
            f"{failed:,}",
            "files failed: a fault, not a decision",
            "rejected",
            "status=failed",
        )
