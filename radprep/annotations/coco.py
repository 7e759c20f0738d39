"""Boxes in COCO's JSON (cocodataset.org, "Data format"): images, annotations and categories.

A box is x, y, width and height in pixels from the upper left corner of the picture, whose first
pixel reaches from 0 to 1. An annotation without a box has that of its polygons. A crowd
(`iscrowd`) is kept like any other: some tools write the mark on every mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from radprep.annotations.reading import (
    Corner,
    FilmAnnotations,
    Reading,
    around,
    of_corners,
    size_of,
)
from radprep.errors import UsageError
from radprep.text.small_file import parse_json, read_small

_MOST_BYTES = 100_000_000
"""Of a file: its boxes take a hundred bytes each, and its polygons a thousand."""


def read_coco(path: Path, reading: Reading, folder: str = "") -> None:
    """Read the boxes of a COCO file. folder: that of the file below the one that was given; names
    in the file begin there. Raises UsageError where it is no COCO file."""
    found = _parsed(path)
    films = _films(found["images"], reading, folder)
    classes = _classes(found.get("categories", []))
    for number, one in enumerate(found["annotations"], 1):
        where = f"{f'{path.name}, ' if folder else ''}annotation {number}"
        film = films.get(_identifier(one, "image_id")) if isinstance(one, dict) else None
        if film is None:
            reading.fault("no_film", where)
            continue
        text = classes.get(_identifier(one, "category_id"))
        if text is None and "category_id" in one and classes:
            reading.fault("class", where, film)
            continue
        is_there, place = _place(one)
        if is_there:
            reading.add(film, where, text or "", place)
        else:
            reading.fault("no_box", where, film)


def is_coco(path: Path) -> bool:
    """Whether a file is a JSON object with images and annotations."""
    try:
        _parsed(path)
    except UsageError:
        return False
    return True


def _parsed(path: Path) -> dict[str, Any]:
    try:
        found = parse_json(read_small(path, _MOST_BYTES))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Give the file with --boxes."
        ) from None
    except ValueError:
        found = None
    names = ("images", "annotations")
    if not isinstance(found, dict) or not all(isinstance(found.get(one), list) for one in names):
        raise UsageError(
            f"{path} is no COCO file: that is a JSON object with the lists images, annotations and "
            "categories, not nested deeply. Say with --boxes-format what it is."
        )
    return found


def _films(images: list[Any], reading: Reading, folder: str) -> dict[Any, FilmAnnotations | None]:
    """Number of a picture -> the film; None where two pictures have it."""
    films: dict[Any, FilmAnnotations | None] = {}
    for number, one in enumerate(images, 1):
        name = one.get("file_name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name.strip():
            reading.fault("no_film", f"image {number}")
            continue
        size = size_of(one.get("width"), one.get("height"))
        film = reading.film((f"{folder}{name.strip()}",), size=size)
        identifier = _identifier(one, "id")
        films[identifier] = film if films.get(identifier, film) is film else None
    films.pop(None, None)
    return films


def _classes(categories: Any) -> dict[Any, str]:
    """Number of a category -> its name."""
    listed = categories if isinstance(categories, list) else []
    found = {
        _identifier(one, "id"): one["name"].strip()
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    }
    found.pop(None, None)
    return found


def _identifier(entry: Mapping[str, Any], name: str) -> int | str | None:
    """A number or a text that names something; None for anything else."""
    found = entry.get(name)
    return found if type(found) in (int, str) else None


def _place(annotation: Mapping[str, Any]) -> tuple[bool, Corner | None]:
    """Whether an annotation has a box or polygons; and its box, None where its numbers are none."""
    box = annotation.get("bbox")
    if isinstance(box, list) and box:
        numbers = list(_numbers(box))
        is_box = len(numbers) == len(box) == 4
        return True, (numbers[0], numbers[1], numbers[2], numbers[3]) if is_box else None
    polygons = annotation.get("segmentation")
    if not isinstance(polygons, list) or not polygons:
        return False, None
    found = [
        around(list(_numbers(points)))
        for points in polygons
        if isinstance(points, list) and len(list(_numbers(points))) == len(points)
    ]
    boxes = [one for one in found if one is not None]
    if not boxes:
        return True, None
    return True, of_corners(
        min(x for x, _, _, _ in boxes),
        min(y for _, y, _, _ in boxes),
        max(x + width for x, _, width, _ in boxes),
        max(y + height for _, y, _, height in boxes),
    )


def _numbers(values: list[Any]) -> Iterator[float]:
    for value in values:
        if type(value) is float or (type(value) is int and abs(value) < 2**53):
            yield float(value)
