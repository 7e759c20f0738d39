"""Boxes that a person draws with a correction. They replace all boxes of their film, and lie in
pixels of the converted film, whatever was made of it since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from radprep.dataset.box_decisions import (
    BOXES,
    SHOWN,
    said_of_boxes,
    shown_in,
    with_said,
)
from radprep.dataset.boxes import (
    Box,
    as_text,
    as_written,
    carried,
    drawn_by_person,
    matrix_of,
)
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT, Row
from radprep.dataset.withheld import whole_film
from radprep.errors import UsageError
from radprep.stage.corrections import Corrections, KnownImage, wanted


def correct_boxes(row: Row, corrections: Corrections) -> None:
    """Give a kept row the boxes that a person drew on its film, as they lie on its image; nothing
    is done where nobody drew any. What was said of other boxes goes: those that were lost or had
    no place, and the marks that they gave."""
    drawn = _drawn_on(row, corrections)
    if drawn is None:
        return
    said = {name: one for name, one in said_of_boxes(row["decisions"]).items() if name == SHOWN}
    row["decisions"] = with_said(row["decisions"], said)
    row["boxes"] = as_text(_on_image(drawn, row))
    row["review"] = [mark for mark in row["review"] if not _is_of_boxes(mark)]


def refuse_beside(
    given: Corrections, known: Mapping[str, KnownImage], data_set: DataSet, path: Path
) -> None:
    """Raise UsageError where a box that a person draws lies on no image of its film: a slip of a
    digit would lose it. known: the images of the data set; path: the file of corrections."""
    for image_id in sorted(given.keys() & known.keys()):
        if BOXES not in given[image_id]:
            continue
        rows = [
            row
            for row in data_set.rows(known[image_id].study_id)
            if row["status"] == KEPT and whole_film(row["image_id"]) == whole_film(image_id)
        ]
        drawn = _drawn(given, image_id) or []
        seen = {box.number for row in rows for box in _on_image(drawn, row)}
        beside = [box for box in drawn if box.number not in seen]
        if rows and beside:
            raise UsageError(
                f"{path}: the box {as_written(beside[:1])} of {image_id} lies on no image of that "
                "film. Give x, y, width and height in pixels of the film as `radprep convert` "
                "wrote it."
            )


def _is_of_boxes(mark: str) -> bool:
    return mark.partition(":")[2].startswith("box")


def _drawn_on(row: Row, corrections: Corrections) -> list[Box] | None:
    return _drawn(corrections, whole_film(row["image_id"])) if row["image_id"] else None


def _drawn(corrections: Corrections, film: str) -> list[Box] | None:
    value = wanted(corrections, film, BOXES)
    return None if value is None else drawn_by_person(str(value))


def _on_image(drawn: Iterable[Box], row: Row) -> list[Box]:
    matrix = matrix_of(row["source_matrix"])
    return carried(drawn, matrix, row["width"], row["height"], shown_in(row["decisions"]))
