"""Where the files went: the funnel, the reasons, and what was read as which body part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from radprep.dataset.schema import FAILED, KEPT, REJECTED, Row, file_status
from radprep.report.facts.material import Material
from radprep.steps import STEPS
from radprep.steps.base import StudyStep

FILE, DICOM, DECODED, WANTED, DONE = range(5)
"""How far a row came: a file, its header was read, it gave an image, the filters let it through, it
was kept."""

_TITLES = {
    FILE: "Files found",
    DICOM: "DICOM",
    DECODED: "Decoded",
    WANTED: "Body part wanted",
    DONE: "Kept",
}


@dataclass(frozen=True)
class Level:
    """One bar of the funnel. files: that came so far; lost: those that the level before still had,
    by `step:reason`."""

    number: int
    title: str
    files: int
    lost: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Rows that gave no image for the same reason. values: what decided, the most frequent
    first."""

    status: str
    step: str
    reason: str
    rows: int
    values: list[tuple[str, int]]


def level_of(row: Row) -> int:
    """How far a row came."""
    if row["status"] == KEPT:
        return DONE
    if row["step"] == "convert" or row["width"] is None:  # what --only rejects is not decoded
        return FILE if row["patient_id"] is None else DICOM
    step = STEPS.get(row["step"] or "")
    return DECODED if step is not None and issubclass(step, StudyStep) else WANTED


def funnel(material: Material) -> list[Level]:
    """Files level by level; a file came as far as the furthest of its rows. After convert there are
    two levels less: nothing was filtered, so every file that was decoded was kept."""
    furthest: dict[str, Row] = {}
    for row in material.rows:
        best = furthest.get(row["source_id"])
        if best is None or level_of(row) > level_of(best):
            furthest[row["source_id"]] = row
    ends = Counter(level_of(row) for row in furthest.values())
    numbers = [number for number in _TITLES if material.steps or number not in (DECODED, WANTED)]
    levels = []
    for place, number in enumerate(numbers):
        above = numbers[place - 1] if place else number
        lost = Counter(
            f"{row['step']}:{row['reason']}"
            for row in furthest.values()
            if above <= level_of(row) < number
        )
        levels.append(
            Level(
                number,
                _TITLES[number],
                sum(count for end, count in ends.items() if end >= number),
                dict(lost.most_common()),
            )
        )
    return levels


def reasons(rows: Iterable[Row], shown: int = 4) -> list[Reason]:
    """Why rows gave no image, rejected before failed, the most frequent first, with the values that
    decided."""
    found: dict[tuple[str, str, str], Counter[str]] = {}
    for row in rows:
        if row["status"] != KEPT:
            found.setdefault((row["status"], row["step"] or "", row["reason"] or ""), Counter())[
                row["detail"] or ""
            ] += 1
    listed = [
        Reason(*name, values.total(), [value for value in values.most_common(shown) if value[0]])
        for name, values in found.items()
    ]
    return sorted(listed, key=lambda one: (one.status != REJECTED, -one.rows, one.step, one.reason))


@dataclass(frozen=True)
class BodyPartText:
    """One text of BodyPartExamined, what it was read as, and what became of the files."""

    text: str | None
    part: str | None
    files: int
    kept: int
    rejected: int
    failed: int


def body_part_texts(rows: Iterable[Row]) -> list[BodyPartText]:
    """Files by BodyPartExamined (as the data set holds it) and body part, the most frequent first.
    Files without a header are left out."""
    files: dict[str, list[Row]] = {}
    for row in rows:
        if row["patient_id"] is not None:
            files.setdefault(row["source_id"], []).append(row)
    found: dict[tuple[str | None, str | None], Counter[str]] = {}
    for of_file in files.values():
        name = of_file[0]["BodyPartExamined"], of_file[0]["body_part"]
        found.setdefault(name, Counter())[file_status(row["status"] for row in of_file)] += 1
    listed = [
        BodyPartText(*name, counts.total(), counts[KEPT], counts[REJECTED], counts[FAILED])
        for name, counts in found.items()
    ]
    return sorted(listed, key=lambda one: (-one.files, str(one.text), str(one.part)))
