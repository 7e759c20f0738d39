"""Boxes that somebody has drawn around what is on a film, and where they lie on an image of it.

A box is drawn on the converted film. Every image that is made of the film later knows its way back
(`source_matrix`), so the box is never moved twice: where it lies on an image follows from the
film's box and that matrix alone, however many stages lie between.

Coordinates are those of COCO: pixels from the upper left corner of the image, so that the first
pixel reaches from 0 to 1. A pixel's centre, which `source_matrix` is about, lies half a pixel
further.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radprep.dataset.names import SLUG
from radprep.image.polygon import Polygon, area_of, moved, rectangle, shared
from radprep.text.classes import is_class
from radprep.text.small_file import parse_json

MOST_BOXES = 256
"""Boxes that an image may have: a film with more is annotated by mistake."""
LARGEST_PLACE = 1_000_000.0
"""Pixels: no film reaches further."""

FROM_FILE, BY_PERSON = "file", "person"
"""Who has drawn a box: it stood in a file of boxes, or a person added it with a correction."""

LEAST_SHARE = 0.1
"""An image that shows less of a box does not have it: a sliver of a fracture teaches nothing. It is
what cutting films into tiles leaves of a box in SAHI, and augmentation in the detectors of
Ultralytics. A box of which no more was ever seen stays."""

WHOLE = 0.999
"""A box of which an image shows this share is whole: rounding takes the rest."""

_DIGITS = 3
_SLACK = 0.01
"""Pixels by which an outline may stand out of its upright box: rounding."""
_PLACE = re.compile(r"-?[0-9]{1,7}(?:[.][0-9]{1,9})?")
_SLUG = re.compile(SLUG)
_KEYS = frozenset(
    ("number", "label", "by", "film", "x", "y", "width", "height", "outline", "share")
)


@dataclass(frozen=True)
class Shown:
    """What of a box lies on an image of a given size.

    x, y, width, height: the smallest upright box around it, pixels, with an area; outline: the
    corners of what lies on the image as x, y, x, y, ..., in order around it, three or more; area:
    inside the outline, square pixels.
    """

    x: float
    y: float
    width: float
    height: float
    outline: tuple[float, ...]
    area: float


@dataclass(frozen=True)
class Box:
    """A box on an image.

    number: of the box on its film, from 1; label: what it is drawn around; by: FROM_FILE or
    BY_PERSON; film: x, y, width and height on the converted film; x, y, width, height: the smallest
    upright box on this image that holds what of it lies on the image; outline: its four corners
    there as x, y, x, y, ..., in order around it, also where they lie outside; share: how much of
    its area lies on the image, more than 0, at most 1. All pixels.
    """

    number: int
    label: str
    by: str
    film: tuple[float, float, float, float]
    x: float
    y: float
    width: float
    height: float
    outline: tuple[float, ...]
    share: float

    @property
    def is_whole(self) -> bool:
        """Whether all of it lies on the image, but for what rounding may take."""
        return self.share >= WHOLE


def matrix_of(source_matrix: Sequence[float]) -> NDArray[np.float64]:
    """The column `source_matrix` of a row as 3x3: from the pixel centres of its image to those of
    the converted film."""
    return np.vstack([np.reshape(source_matrix, (2, 3)), np.array([0, 0, 1])])


def box_on_film(
    number: int, label: str, by: str, film: tuple[float, float, float, float], size: tuple[int, int]
) -> Box | None:
    """A box as it lies on the converted film itself; None where none of it does. film: x, y, width
    and height; size: width and height of the film, all in pixels."""
    return _placed(number, label, by, film, np.eye(3), rectangle(0, 0, *size))


def carried(
    boxes: Iterable[Box],
    source_matrix: NDArray[np.float64],
    width: int,
    height: int,
    reach: Polygon | None = None,
) -> list[Box]:
    """The boxes of a film as they lie on an image made of it; one that is not on the image is left
    out.

    source_matrix: 3x3, from the pixel centres of the image to those of the converted film. width,
    height: of the image, pixels. reach: what of the film can be seen on the image, a convex polygon
    (n, 2) on the film's pixel corners; None where that is all that its size has room for.
    """
    back = np.asarray(np.linalg.inv(source_matrix), dtype=np.float64)
    image = rectangle(0, 0, width, height)
    seen = image if reach is None else shared(moved(reach, back), image)
    placed = (_placed(box.number, box.label, box.by, box.film, back, seen) for box in boxes)
    return [box for box in placed if box is not None]


def scaled(box: Box, across: float, down: float) -> Box:
    """A box of an image as it lies on a larger or smaller copy of it. across, down: how many times
    as wide and as high the copy is. Where it lies on the film stays."""
    return replace(
        box,
        x=_rounded(box.x * across),
        y=_rounded(box.y * down),
        width=_rounded(box.width * across),
        height=_rounded(box.height * down),
        outline=tuple(
            _rounded(value * (down if place % 2 else across))
            for place, value in enumerate(box.outline)
        ),
    )


def shown(box: Box, width: int, height: int) -> Shown | None:
    """What of a box lies on an image; None where that has no area. width, height: of the image,
    pixels.

    A box that radprep has placed lies on its image already. One of a table that somebody has
    altered need not, so that no reader is given a place outside of the image.
    """
    left, top = max(0.0, box.x), max(0.0, box.y)
    right, bottom = min(float(width), box.x + box.width), min(float(height), box.y + box.height)
    x, y, across, down = map(_rounded, (left, top, right - left, bottom - top))
    if min(across, down) <= 0:
        return None
    upright = rectangle(x, y, across, down)
    # x and y are rounded: what they cut off would be corners with a side of no length between them
    around = rectangle(x - _SLACK, y - _SLACK, across + 2 * _SLACK, down + 2 * _SLACK)
    around = np.clip(around, 0, (width, height))
    points = shared(np.reshape(box.outline, (-1, 2)), around)
    if len(points) < 3 or round(area_of(points), _DIGITS) <= 0:
        points = upright
    outline = tuple(map(_rounded, np.clip(points, 0, (width, height)).ravel().tolist()))
    return Shown(x, y, across, down, outline, round(area_of(points), 2 * _DIGITS))


def unplaced(number: int, label: str, by: str, film: Sequence[float]) -> Box:
    """A box of which only its place on the converted film is known, as it would lie on a film
    without an end. Raises ValueError where it is no box."""
    x, y, width, height = _numbers(list(film), 4)
    return _of_entry(
        {
            "number": number,
            "label": label,
            "by": by,
            "film": [x, y, width, height],
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "outline": rectangle(x, y, width, height).ravel().tolist(),
            "share": 1.0,
        }
    )


def drawn_by_person(text: str) -> list[Box] | None:
    """The boxes that a person writes in a correction, on their film: `none`, or `label x y width
    height` in pixels of the converted film, with `+` between two boxes. None where the text is not
    this, or a label is not plainly a class (text/classes.py): it may be somebody's name."""
    if text.strip().lower() == "none":
        return []
    entries = [one.split() for one in text.split("+")]
    if len(entries) > MOST_BOXES or not all(map(_is_written, entries)):
        return None
    found = []
    for number, (label, *places) in enumerate(entries, start=1):
        x, y, width, height = (_rounded(float(one)) for one in places)
        if min(width, height) <= 0 or max(abs(x), abs(y), width, height) > LARGEST_PLACE:
            return None
        found.append(unplaced(number, label.lower(), BY_PERSON, [x, y, width, height]))
    return found


def unknown_label(text: str) -> str:
    """The first label of boxes that a person wrote which is not plainly a class, where nothing else
    is wrong with its box; "" where there is none."""
    for words in (one.split() for one in text.split("+")):
        if len(words) == 5 and all(map(_PLACE.fullmatch, words[1:])) and not _is_written(words):
            return words[0]
    return ""


def as_written(boxes: Iterable[Box]) -> str:
    """Boxes as a person would write them in a correction."""
    ordered = sorted(boxes, key=lambda box: box.number)
    written = (
        " ".join([box.label, *(f"{_rounded(one):.3f}".rstrip("0").rstrip(".") for one in box.film)])
        for box in ordered
    )
    return " + ".join(written) or "none"


def _is_written(words: list[str]) -> bool:
    """Whether a person wrote a label and four numbers."""
    label, *places = words or [""]
    return (
        len(places) == 4
        and all(map(_PLACE.fullmatch, places))
        and _SLUG.fullmatch(label.lower()) is not None
        and is_class(label)
    )


def as_text(boxes: Iterable[Box]) -> str:
    """Boxes as the column `boxes` has them, in the order of their numbers."""
    ordered = sorted(boxes, key=lambda box: box.number)
    entries = [
        {
            "number": box.number,
            "label": box.label,
            "by": box.by,
            "film": [float(one) for one in box.film],
            "x": box.x,
            "y": box.y,
            "width": box.width,
            "height": box.height,
            "outline": list(box.outline),
            "share": box.share,
        }
        for box in ordered
    ]
    return json.dumps(entries, sort_keys=True, separators=(",", ":"))


def boxes_in(text: str | None) -> list[Box]:
    """The boxes of a cell of the column `boxes`; none where it is null. Raises ValueError where it
    is not what `as_text` writes."""
    if text is None:
        return []
    entries = parse_json(text)
    if not isinstance(entries, list) or len(entries) > MOST_BOXES:
        raise ValueError("not a list of boxes")
    return [_of_entry(entry) for entry in entries]


def _of_entry(entry: Any) -> Box:
    if not isinstance(entry, dict) or entry.keys() != _KEYS:
        raise ValueError("not a box")
    film, outline = _numbers(entry["film"], 4), _numbers(entry["outline"], 8)
    x, y, width, height, share = _numbers(
        [entry[name] for name in ("x", "y", "width", "height", "share")], 5
    )
    number, label, by = entry["number"], entry["label"], entry["by"]
    if (
        type(number) is not int
        or not 1 <= number <= MOST_BOXES
        or not isinstance(label, str)
        or not _SLUG.fullmatch(label)
        or by not in (FROM_FILE, BY_PERSON)
        or min(width, height, film[2], film[3]) < 0
        or not 0 <= share <= 1
    ):
        raise ValueError("not a box")
    return Box(
        number, label, by, (film[0], film[1], film[2], film[3]), x, y, width, height, outline, share
    )


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    if (
        not isinstance(values, list)
        or len(values) != count
        or not all(
            type(one) in (int, float) and -LARGEST_PLACE <= one <= LARGEST_PLACE for one in values
        )
    ):
        raise ValueError("not places on a film")
    return tuple(float(one) for one in values)


def _placed(
    number: int,
    label: str,
    by: str,
    film: tuple[float, float, float, float],
    to_image: NDArray[np.float64],
    seen: Polygon,
) -> Box | None:
    """A film's box on an image. to_image: 3x3, from the film's pixel centres to the image's. seen:
    what of the image shows the film, on its pixel corners."""
    outline = moved(rectangle(*film), to_image)
    common, area = shared(outline, seen), area_of(outline)
    if not len(common) or area <= 0:
        return None
    (x, y), (right, bottom) = common.min(axis=0), common.max(axis=0)
    return Box(
        number,
        label,
        by,
        film,
        _rounded(x),
        _rounded(y),
        _rounded(right - x),
        _rounded(bottom - y),
        tuple(_rounded(value) for value in outline.ravel()),
        round(min(1.0, area_of(common) / area), 4),
    )


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0  # -0.0 becomes 0.0
