"""Where the boxes around text lie after a film was turned, cut and resized."""

from __future__ import annotations

import json
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.burned_in.glyphs import Window

BURNED_IN = "burned_in"
"""Name of what is said of text in the column `decisions`."""


LARGEST_PLACE = 1_000_000
"""Pixels: no film reaches further."""


def boxes_in(decisions: str | None) -> list[Window]:
    """The boxes that a row's `decisions` (JSON) name, x, y, width and height in pixels of the
    converted film; none where they are not what convert writes."""
    try:
        boxes = json.loads(decisions or "{}")[BURNED_IN]["boxes"]
        return [_box(box) for box in boxes]
    except (KeyError, TypeError, ValueError):
        return []


def boxes_of(text: str) -> tuple[Window, ...] | None:
    """The boxes that a person writes: `none`, or `x y w h` in whole pixels, with `+` between two
    boxes. None where the text is not this."""
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(_box([int(number) for number in one.split()]) for one in text.split("+"))
    except ValueError:
        return None


def boxes_as_text(boxes: Sequence[Window]) -> str:
    """The same as a person would write it."""
    return " + ".join(" ".join(map(str, box)) for box in boxes) or "none"


def outlines(
    boxes: Sequence[Window], source_matrix: NDArray[np.float64], width: int, height: int
) -> list[list[float]]:
    """The four corners of each box on an image, in order around it: [x, y, x, y, x, y, x, y] in
    pixels, where (0, 0) is the centre of the first pixel. A box that is not on the image is left
    out.

    boxes: x, y, width and height on the converted film, pixels. source_matrix: 3x3, from the pixel
    centres of the image to those of the converted film. width, height: of the image, pixels.
    """
    film = _corners((0, 0, width, height))
    found = []
    for box in boxes:
        corners = cv2.perspectiveTransform(_corners(box)[None], np.linalg.inv(source_matrix))[0]
        shared, _ = cv2.intersectConvexConvex(corners.astype(np.float32), film.astype(np.float32))
        if shared > 0:
            found.append([round(float(value), 1) for value in corners.ravel()])
    return found


def _box(numbers: Sequence[int]) -> Window:
    """Four whole numbers as a box. ValueError where they are none, TypeError likewise."""
    x, y, width, height = numbers
    if not all(type(one) is int and abs(one) <= LARGEST_PLACE for one in numbers):
        raise ValueError("not whole pixels of a film")
    if min(width, height) < 1:
        raise ValueError("an empty box")
    return x, y, width, height


def _corners(box: Window) -> NDArray[np.float64]:
    """The corners of a box of whole pixels, (4, 2)."""
    x, y, width, height = box
    left, top, right, bottom = x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
