"""How the images of a data set stand in the split of a training run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radprep.dataset.schema import Row
from radprep.report.facts.material import Material, RunSplit

NO_SPLIT = "in no part"
"""Images that the run did not use: without its labels, or dropped."""
ALL, NONE, OTHERS = "all labels", "no label", "others"


@dataclass(frozen=True)
class Line:
    """What stands in one part of the split with one label, or with all of them."""

    part: str
    label: str
    patients: int
    studies: int
    images: int


def split_lines(material: Material, split: RunSplit, labels: Sequence[str]) -> list[Line]:
    """Patients, studies and images by part and label, after each part its sums. labels: those that
    have a line; the others stand together."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in material.kept:
        part = split.by_image.get(row["image_id"], NO_SPLIT)
        label = row["label"] or NONE
        label = label if label in (*labels, NONE) else OTHERS
        found.setdefault((part, label), []).append(row)
    lines = []
    for part in (*split.parts, NO_SPLIT):
        of_part = {label: found.get((part, label), []) for label in (*labels, OTHERS, NONE)}
        lines += [_line(part, label, rows) for label, rows in of_part.items() if rows]
        rows = [row for some in of_part.values() for row in some]
        lines += [_line(part, ALL, rows)] if rows else []
    return lines


def gone(material: Material, split: RunSplit) -> int:
    """How many images of the run are no longer images of the data set."""
    return len(split.by_image.keys() - {row["image_id"] for row in material.kept})


def _line(part: str, label: str, rows: Sequence[Row]) -> Line:
    return Line(
        part,
        label,
        len({row["patient_id"] for row in rows}),
        len({row["study_id"] for row in rows}),
        len(rows),
    )
