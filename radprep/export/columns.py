"""The columns of an export that has tables: those of the data set, in the pixels of the image as it
is exported, with the labels and the part of each film as columns of their own."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import pyarrow as pa

from radprep.dataset.boxes import Box, as_text
from radprep.dataset.schema import arrow_schema
from radprep.export.film import Film
from radprep.export.pictures import Encoded
from radprep.export.work import Work

FIRST = ("image_id", "study_id", "patient_id", "part", "label")
"""The columns that stand first."""
_NOT_HERE = {"file_name", "mask_file_name", "status", "reason", "step", "detail", "split"}
"""Columns that say nothing of an exported film, or something else: the names of files are those of
the export, and `split` is told by `part`."""
_RENAMED = {"part": "film_part"}
"""The number of a part of a film gives way: in an export, a part is one of a split."""

OF_LABEL = "label_"
"""What stands before the name of a label, where each label has a column."""


def names_of_labels(work: Work) -> list[str]:
    """The columns that hold one label each, in order."""
    return [f"{OF_LABEL}{name}" for name in work.survey.label_names]


def schema(work: Work) -> pa.Schema:
    """The columns and their types: FIRST, a column for each label, then those of the data set."""
    return _schema(tuple(names_of_labels(work)))


@cache
def _schema(labels: tuple[str, ...]) -> pa.Schema:
    fields = [pa.field(name, pa.string()) for name in (*FIRST, *labels)]
    taken = {*FIRST, *_NOT_HERE} - _RENAMED.keys()
    others = (
        pa.field(_RENAMED.get(field.name, field.name), field.type)
        for field in arrow_schema()
        if field.name not in taken
    )
    return pa.schema([*fields, *others])


def values(work: Work, film: Film, image: Encoded) -> dict[str, Any]:
    """The values of a film by the name of their column, as `schema` types them."""
    row = cast(dict[str, Any], film.row)
    labels = {f"{OF_LABEL}{name}": label for name, label in film.labels.items()}
    found = {_RENAMED.get(name, name): value for name, value in row.items()}
    found |= {
        "part": work.part_name(film.part),
        "label": film.label,
        **dict.fromkeys(names_of_labels(work)),
    }
    found |= labels
    found |= _at_scale(film, image)
    return {name: found[name] for name in schema(work).names}


def _at_scale(film: Film, image: Encoded) -> dict[str, Any]:
    """What is said in pixels, in those of the exported image. The hash of pixels that are no longer
    those of the data set is null."""
    across, down = image.scale
    row = film.row
    spacing = row["pixel_spacing"]
    boxes: tuple[Box, ...] = film.boxes_at(image.scale)
    return {
        "width": image.width,
        "height": image.height,
        "bits": 8 if image.suffix != ".png" else row["bits"],
        "boxes": as_text(boxes) if film.knows_boxes else None,
        "pixel_spacing": spacing and [spacing[0] / down, spacing[1] / across],
        "source_matrix": _matrix_at(row["source_matrix"], across, down),
        "pixel_hash": None if image.is_changed else row["pixel_hash"],
    }


def _matrix_at(matrix: list[float], across: float, down: float) -> list[float]:
    """source_matrix of the exported image: from its pixel centres to those of the data set's image,
    which lie half a pixel from the corner in both, and on from there."""
    a, b, right, c, d, below = matrix
    x, y = 0.5 / across - 0.5, 0.5 / down - 0.5
    return [
        a / across,
        b / down,
        a * x + b * y + right,
        c / across,
        d / down,
        c * x + d * y + below,
    ]
