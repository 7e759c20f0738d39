"""Boxes that a person draws with a correction. They replace all boxes of their film, and lie in
pixels of the converted film, whatever was made of it since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from radprep.dataset.box_decisions import (
    BOXES,
    INSTEAD_OF,
    said_of_boxes,
    shown_in,
    with_said,
)
from radprep.dataset.boxes import (
    Box,
    as_text,
    as_written,
    boxes_in,
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
    is done where nobody drew any. What stood there is remembered for `uncorrected`."""
    drawn = _drawn_on(row, corrections)
    if drawn is None:
        return
    said = said_of_boxes(row["decisions"])
    row["decisions"] = with_said(row["decisions"], said | {INSTEAD_OF: row["boxes"]})
    row["boxes"] = as_text(_on_image(drawn, row))


def uncorrected(row: Row) -> Row:
    """A row of an earlier run with the boxes that it had before a person replaced them."""
    said = said_of_boxes(row["decisions"])
    if INSTEAD_OF not in said:
        return row
    others = {name: one for name, one in said.items() if name != INSTEAD_OF}
    decisions = with_said(row["decisions"], others)
    return {**row, "boxes": _as_before(said[INSTEAD_OF]), "decisions": decisions}


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


def _as_before(text: Any) -> str | None:
    """What stood in the column `boxes`; None where it is nothing of ours."""
    try:
        return as_text(boxes_in(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def _drawn_on(row: Row, corrections: Corrections) -> list[Box] | None:
    return _drawn(corrections, whole_film(row["image_id"])) if row["image_id"] else None


def _drawn(corrections: Corrections, film: str) -> list[Box] | None:
    value = wanted(corrections, film, BOXES)
    return None if value is None else drawn_by_person(str(value))


def _on_image(drawn: Iterable[Box], row: Row) -> list[Box]:
    matrix = matrix_of(row["source_matrix"])
    return carried(drawn, matrix, row["width"], row["height"], shown_in(row["decisions"]))
