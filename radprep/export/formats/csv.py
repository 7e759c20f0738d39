"""A table of paths and labels beside the images: the layout that most code of one's own reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from radprep.export import columns
from radprep.export.work import Format, Work
from radprep.text.csv_file import write_file

TABLE = "films.csv"


def write(work: Work) -> None:
    """films.csv, a line a film, with the images in images/ and the masks in masks/."""

    def write_table(path: Path) -> None:
        """Place each film, and write its line."""
        write_file(path, _lines(work))

    work.write(TABLE, write_table)


def _lines(work: Work) -> Iterator[Sequence[object]]:
    names = columns.schema(work).names
    yield ("path", "mask_path", *names)
    for film in work.films():
        path, mask_path = f"images/{film.place}{work.suffix}", f"masks/{film.place}.png"
        image = work.place(film, path)
        mask = work.place_mask(film, mask_path)
        values = columns.values(work, film, image)
        yield (path, mask_path if mask else None, *(_cell(values[name]) for name in names))


def _cell(value: Any) -> object:
    """A value as a cell: lists as JSON."""
    return json.dumps(value) if isinstance(value, list) else value


FORMAT = Format(
    "csv",
    f"{TABLE} with a path, the labels and all columns of each film, beside images/ and masks/",
    "fastai, Keras, pandas, MONAI, whatever reads a table of paths",
    write,
)
