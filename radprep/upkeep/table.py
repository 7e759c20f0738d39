"""A table of counts, for a person or a program that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Table:
    """Counts of one kind. name: for machines; title: for people; unit: what the second column
    counts; columns: the names of the values in a row, first the thing and its count; note: a
    sentence below it, or nothing."""

    name: str
    title: str
    unit: str
    rows: Rows
    columns: tuple[str, ...] = ("name", "count")
    note: str = ""


@dataclass(frozen=True)
class Inspection:
    """What was found. source: `dump` or `dataset`; pipeline: the one whose anatomic filter was
    asked."""

    source: str
    pipeline: str
    tables: list[Table]


def counted(found: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """The most frequent first; None is a thing that was not said."""
    return sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
