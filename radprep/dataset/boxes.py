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
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.dataset.names import SLUG
from radprep.text.small_file import parse_json

MOST_BOXES = 256
"""Boxes that an image may have: a film with more is annotated by mistake."""
LARGEST_PLACE = 1_000_000.0
"""Pixels: no film reaches further."""

FROM_FILE, BY_PERSON = "file", "person"
"""Who has drawn a box: it stood in a file of boxes, or a person added it with a correction."""

_DIGITS = 3
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
        return self.share >= 0.999


def box_on_film(
    number: int, label: str, by: str, film: tuple[float, float, float, float], size: tuple[int, int]
) -> Box | None:
    """A box as it lies on the converted film itself; None where none of it does. film: x, y, width
    and height; size: width and height of the film, all in pixels."""
    return _placed(number, label, by, film, np.eye(3), size)


def carried(
    boxes: Iterable[Box], source_matrix: NDArray[np.float64], width: int, height: int
) -> list[Box]:
    """The boxes of a film as they lie on an image made of it; one that is not on the image is left
    out.

    source_matrix: 3x3, from the pixel centres of the image to those of the converted film. width,
    height: of the image, pixels.
    """
    back = np.asarray(np.linalg.inv(source_matrix), dtype=np.float64)
    placed = (
        _placed(box.number, box.label, box.by, box.film, back, (width, height)) for box in boxes
    )
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
    corners = np.array(box.outline).reshape(-1, 2)
    points = _common(corners, (width, height))[1]
    if len(points) < 3 or round(cv2.contourArea(points), _DIGITS) <= 0:
        points = _corners((x, y, across, down)).astype(np.float32)
    outline = tuple(map(_rounded, points.ravel().tolist()))
    return Shown(x, y, across, down, outline, round(cv2.contourArea(points), 2 * _DIGITS))


def as_text(boxes: Iterable[Box]) -> str:
    """Boxes as the column `boxes` has them, in the order of their numbers."""
    ordered = sorted(boxes, key=lambda box: box.number)
    entries = [
        {
            "number": box.number,
            "label": box.label,
            "by": box.by,
            "film": list(box.film),
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
    size: tuple[int, int],
) -> Box | None:
    """A film's box on an image. to_image: 3x3, from the film's pixel centres to the image's."""
    corners = _corners(film) - 0.5
    outline = cv2.perspectiveTransform(corners[None], to_image)[0] + 0.5
    shared, points = _common(outline, size)
    area = abs(float(cv2.contourArea(outline.astype(np.float32))))
    if shared <= 0 or area <= 0:
        return None
    (x, y), (right, bottom) = points.min(axis=0), points.max(axis=0)
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
        round(min(1.0, shared / area), 4),
    )


def _common(
    outline: NDArray[np.float64], size: tuple[int, int]
) -> tuple[float, NDArray[np.float32]]:
    """What of an outline lies on an image: its area, and its corners in order around it, shape
    (n, 2). outline: the corners, shape (n, 2); size: width and height of the image. All pixels."""
    image = _corners((0, 0, *size)).astype(np.float32)
    area, common = cv2.intersectConvexConvex(outline.astype(np.float32), image)
    points = np.empty(0) if common is None else common
    return float(area), np.clip(points.reshape(-1, 2), 0, size).astype(np.float32)


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0  # -0.0 becomes 0.0


def _corners(box: tuple[float, ...]) -> NDArray[np.float64]:
    x, y, width, height = box
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
