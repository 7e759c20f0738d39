"""Drawing what a step saw: outlines, boxes and lines in colour over a view."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.steps._binary import Mask

Picture = NDArray[np.uint8]
"""RGB, uint8, shape (h, w, 3). The functions below draw on the picture they are given and give it
back."""
Colour = tuple[int, int, int]

FIELD: Colour = (86, 180, 233)
"""What lies inside the exposed field is outlined in this."""
LIMB: Colour = (0, 200, 120)
"""Foreground, components and what is kept."""
AXIS: Colour = (240, 228, 66)
"""Axes and directions."""
SAMPLE: Colour = (213, 94, 0)
"""Patches and marks that a decision was read from."""


def picture(pixels: NDArray[np.uint8]) -> Picture:
    """A grey view, shape (h, w), as a picture to draw on."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def outline(on: Picture, mask: Mask, colour: Colour) -> Picture:
    """Draw the edges of a mask's regions."""
    found, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(on, found, -1, colour, _thickness(on))
    return on


def box(on: Picture, x: float, y: float, width: float, height: float, colour: Colour) -> Picture:
    """Draw a rectangle by its corner and size, in view pixels."""
    cv2.rectangle(
        on,
        (round(x), round(y)),
        (round(x + width) - 1, round(y + height) - 1),
        colour,
        _thickness(on),
    )
    return on


def line(
    on: Picture,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: Colour,
    *,
    arrow: bool = False,
) -> Picture:
    """Draw a line between two points (x, y), with a head at its end where it is an arrow."""
    first, last = (round(start[0]), round(start[1])), (round(end[0]), round(end[1]))
    if arrow:
        cv2.arrowedLine(on, first, last, colour, _thickness(on), tipLength=0.08)
    else:
        cv2.line(on, first, last, colour, _thickness(on))
    return on


def _thickness(on: Picture) -> int:
    return max(1, int(max(on.shape[:2])) // 256)
