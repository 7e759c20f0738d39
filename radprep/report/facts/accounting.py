"""Where the files went: the funnel, the reasons, and what was read as which body part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from radprep.dataset.schema import FAILED, KEPT, REJECTED, Row, file_status
from radprep.layouts.wanted import DICOM as DICOM_FILES
from radprep.report.facts.material import Material
from radprep.report.facts.naming import words

FILE, DICOM, CONVERTED = range(3)
"""How far a row came: a file, its header was read, it gave an image. Each step that lets it through
is one further, and being kept is the last."""

_TITLES = ("Files found", "DICOM", "Converted")
_PICTURES = "Pictures"
"""What the second level is called where pictures were converted."""


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
    first; values_left: how many different ones are not among them."""

    status: str
    step: str
    reason: str
    rows: int
    values: list[tuple[str, int]]
    values_left: int = 0


def is_converted(row: Row) -> bool:
    """Whether convert made an image of a row's file, kept or not."""
    is_of_convert = row["step"] == "convert" or row["width"] is None  # --only decodes nothing
    return row["status"] == KEPT or not is_of_convert


def level_of(row: Row, steps: Sequence[str]) -> int:
    """How far a row came. steps: names of the pipeline, in its order. A row that no step of it
    lost, such as one that a person rejected, came past all of them."""
    if row["status"] == KEPT:
        return kept_level(steps)
    if not is_converted(row):
        return FILE if row["patient_id"] is None else DICOM
    passed = steps.index(row["step"]) if row["step"] in steps else len(steps)
    return CONVERTED + passed


def kept_level(steps: Sequence[str]) -> int:
    """How far the rows came that were kept."""
    return CONVERTED + len(steps) + 1


def funnel(material: Material) -> list[Level]:
    """Files level by level; a file came as far as the furthest of its rows, and is lost where that
    one was. A step that lost no file has no level. After convert there is no level of steps, and
    every file that was converted was kept."""
    steps = material.step_names
    furthest: dict[str, Row] = {}
    for row in material.rows:
        best = furthest.get(row["source_id"])
        if best is None or level_of(row, steps) > level_of(best, steps):
            furthest[row["source_id"]] = row
    ends = Counter(level_of(row, steps) for row in furthest.values())
    levels: list[Level] = []
    for number, title in _shown_levels(steps, ends, material.provenance.layouts):
        above = levels[-1].number if levels else number
        lost = Counter(
            f"{row['step']}:{row['reason']}"
            for row in furthest.values()
            if above <= level_of(row, steps) < number
        )
        files = sum(count for end, count in ends.items() if end >= number)
        levels.append(Level(number, title, files, dict(lost.most_common())))
    return levels


def _shown_levels(
    steps: Sequence[str], ends: Mapping[int, int], layouts: Sequence[str]
) -> list[tuple[int, str]]:
    """Number and title of each level. ends: level -> files that came no further; layouts: of
    what was converted."""
    first, _, third = _TITLES
    titles = (first, _readable(layouts), third)
    before = list(enumerate(titles[: CONVERTED + bool(steps)]))
    of_steps = [
        (CONVERTED + place + 1, f"After {words(step)}")
        for place, step in enumerate(steps)
        if ends.get(CONVERTED + place)
    ]
    return [*before, *of_steps, (kept_level(steps), "Kept")]


def _readable(layouts: Sequence[str]) -> str:
    """The title of the level of the files that are what was looked for."""
    kinds = {_TITLES[1] if one == DICOM_FILES else _PICTURES for one in layouts}
    return " and ".join(sorted(kinds))


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
        Reason(*name, values.total(), *_most_common(values, shown))
        for name, values in found.items()
    ]
    return sorted(listed, key=lambda one: (one.status != REJECTED, -one.rows, one.step, one.reason))


def _most_common(values: Counter[str], shown: int) -> tuple[list[tuple[str, int]], int]:
    """The most frequent of the values that say something, and how many others there are."""
    said = [value for value in values.most_common() if value[0]]
    return said[:shown], max(0, len(said) - shown)


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
