"""What a classifier could learn instead of the disease: the machine, the polarity and the depth,
held against rejection and label."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from radprep.dataset.schema import KEPT, REJECTED, Row

STRONG = 0.2
"""Cramer's V above which an attribute tells enough of the label to be spoken of (Cohen 1988 calls
0.1 small, 0.3 medium)."""

OTHERS = "others"


@dataclass(frozen=True)
class Group:
    """Files of one value of an attribute. rejected, inverted: shares of them; labels: share of each
    label among the labelled kept ones; None where none is labelled."""

    value: str
    files: int
    rejected: float
    monochrome1: float
    labels: Mapping[str, float | None]


@dataclass(frozen=True)
class Attribute:
    """One attribute of the source. association: Cramer's V between it and the label, 0 to 1; None
    where there is one value or one label only."""

    title: str
    groups: list[Group]
    association: float | None


def source_attributes(
    rows: Sequence[Row], labels: Sequence[str], shown: int = 5
) -> list[Attribute]:
    """Maker and model, polarity in the file, and depth. rows: one a file, those without a header
    left out."""
    known = [row for row in rows if row["patient_id"] is not None]
    return [
        _attribute(title, known, labels, value_of, shown)
        for title, value_of in (
            ("Maker and model", _machine),
            (
                "Photometric interpretation",
                lambda row: row["PhotometricInterpretation"] or "unknown",
            ),
            ("Bits stored", lambda row: str(row["BitsStored"] or "unknown")),
        )
    ]


def cramers_v(table: Sequence[Sequence[int]]) -> float | None:
    """Association of two attributes from their table of counts, 0 to 1, corrected for what chance
    alone gives in a small table; None where one of them has one value only, or the counts are too
    few to say.

    Source: Bergsma, A bias-correction for Cramer's V and Tschuprow's T, J Korean Stat Soc 42
    (2013).
    """
    across = [sum(row) for row in table]
    down = [sum(column) for column in zip(*table, strict=True)]
    total = sum(across)
    rows = sum(map(bool, across))  # values that occur; one that does not says nothing
    columns = sum(map(bool, down))
    if min(rows, columns) < 2 or total <= 2:
        return None
    phi2 = sum(
        (count - a * d / total) ** 2 / (a * d)
        for row, a in zip(table, across, strict=True)
        for count, d in zip(row, down, strict=True)
        if a and d
    )
    by_chance = (rows - 1) * (columns - 1) / (total - 1)
    largest = min(side - (side - 1) ** 2 / (total - 1) for side in (rows, columns)) - 1
    return min(1.0, math.sqrt(max(0.0, phi2 - by_chance) / largest)) if largest > 0 else None


def _machine(row: Row) -> str:
    return (
        " ".join(name for name in (row["Manufacturer"], row["ManufacturerModelName"]) if name)
        or "unknown"
    )


def _attribute(
    title: str,
    rows: Sequence[Row],
    labels: Sequence[str],
    value_of: Callable[[Row], str],
    shown: int,
) -> Attribute:
    frequent = [value for value, _ in Counter(map(value_of, rows)).most_common(shown)]
    groups: dict[str, list[Row]] = {value: [] for value in frequent}
    for row in rows:
        value = value_of(row)
        groups.setdefault(value if value in frequent else OTHERS, []).append(row)
    table = [
        [sum(row["status"] == KEPT and row["label"] == label for row in found) for label in labels]
        for found in groups.values()
    ]
    return Attribute(
        title,
        [_group(value, found, labels) for value, found in groups.items()],
        cramers_v(table) if table else None,
    )


def _group(value: str, rows: Sequence[Row], labels: Sequence[str]) -> Group:
    labelled = Counter(row["label"] for row in rows if row["status"] == KEPT and row["label"])
    return Group(
        value,
        len(rows),
        sum(row["status"] == REJECTED for row in rows) / len(rows),
        sum(row["PhotometricInterpretation"] == "MONOCHROME1" for row in rows) / len(rows),
        {label: labelled[label] / labelled.total() if labelled else None for label in labels},
    )
