"""List the letters that are burnt into a film."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image
from radprep.steps import _draw
from radprep.steps._binary import odd_kernel
from radprep.steps.base import ImageStep

Box = tuple[int, int, int, int]

# Chosen on letters drawn on the films of hands to elbows in one half of FracAtlas (CC BY 4.0), and
# on the markers these have themselves.
STROKE = 0.02
"""Widest stroke, as a share of the view's long side."""
CONTRAST = 60
"""Grey levels by which a stroke is brighter than what surrounds it."""
SHORTEST = 0.02
"""Least length of a marker's longer side, as a share of the view's long side."""
LONGEST = 0.09
"""Greatest length of the same."""
GAP = 0.008
"""Strokes that are nearer belong to one marker."""
SLENDER = 0.12
"""Least width of a marker, as a share of its longer side: scratches and the edges of turned films
are thinner than an I."""
EVEN = 40
"""Most by which the grey levels around a marker may differ (5th to 95th percentile)."""
ROUND = 0.6
"""Widest stroke, as a share of the marker's longer side: the diameter of the largest circle inside.
Of a spot it is 1."""


class LateralityMarker(ImageStep):
    """List the markers on a film, such as L or R: small, bright, made of strokes, and alone on an
    even ground. It changes no pixel.

    It does not read them, and misses those that lie on the limb. Put it behind colour_inversion:
    markers are bright then.
    """

    name: ClassVar[str] = "laterality_marker"
    summary: ClassVar[str] = (
        "Lists where letters such as L and R are burnt in; it reads none and changes nothing."
    )
    for_paper: ClassVar[str] = "letters on the film were located"

    least_level: int = Field(default=170, ge=0, le=255)
    """Grey level of 0..255 that the brightest tenth of a marker must reach."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image as it is. Notes count and boxes: [x, y, width, height] each, in pixels
        of the image as it is here (steps that follow may turn it), from left to right."""
        boxes = [list(image.view.box_in_image(*box)) for box in self._boxes(image)]
        return [image.note(self.name, count=len(boxes), boxes=boxes)]

    def _boxes(self, image: Image) -> list[Box]:
        return markers(image.view.pixels, self.least_level)

    def draw(self, image: Image) -> _draw.Picture:
        """The markers' boxes."""
        drawn = _draw.picture(image.view.pixels)
        for box in self._boxes(image):
            drawn = _draw.box(drawn, *box, _draw.SAMPLE)
        return drawn


def markers(pixels: NDArray[np.uint8], least_level: int) -> list[Box]:
    """Boxes (x, y, width, height) of the markers on a view, from left to right. pixels: uint8,
    shape (h, w)."""
    thin = cv2.morphologyEx(pixels, cv2.MORPH_TOPHAT, odd_kernel(STROKE, pixels))
    strokes = (thin >= CONTRAST).astype(np.uint8)
    grown = odd_kernel(GAP, pixels)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(strokes, grown))
    margin = len(grown) // 2
    height, width = pixels.shape
    boxes = [
        (int(x) + margin, int(y) + margin, int(w) - 2 * margin, int(h) - 2 * margin)
        for x, y, w, h, _ in stats[1:]
        if x > 0 and y > 0 and x + w < width and y + h < height
    ]
    return sorted(
        box
        for box in boxes
        if _is_letter(strokes, box) and _stands_alone(pixels, strokes, box, least_level)
    )


def _is_letter(strokes: NDArray[np.uint8], box: Box) -> bool:
    """Whether the strokes in a box are as large as letters are, and neither a spot nor a
    scratch."""
    x, y, width, height = box
    longer = max(width, height)
    if not SHORTEST * max(strokes.shape) <= longer <= LONGEST * max(strokes.shape):
        return False
    inside = np.ascontiguousarray(strokes[y : y + height, x : x + width])
    depth = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 3)
    sides = cv2.minAreaRect(cv2.findNonZero(inside))[1]
    return bool(2 * depth.max() <= ROUND * longer and min(sides) + 1 >= SLENDER * longer)


def _stands_alone(
    pixels: NDArray[np.uint8], strokes: NDArray[np.uint8], box: Box, least_level: int
) -> bool:
    """Whether strokes are bright, on a ground that is even and darker all around."""
    x, y, width, height = box
    bright = pixels[y : y + height, x : x + width][strokes[y : y + height, x : x + width] > 0]
    if np.percentile(bright, 90) < least_level:
        return False
    margin = 2 * max(2, round(GAP * max(pixels.shape)))
    around = pixels[
        max(0, y - margin) : y + height + margin, max(0, x - margin) : x + width + margin
    ]
    # at the side of the view: a piece of a frame
    if around.shape != (height + 2 * margin, width + 2 * margin):
        return False
    outer = np.pad(
        np.zeros((height + margin, width + margin), dtype=bool), margin // 2, constant_values=True
    )
    low, high = np.percentile(around[outer], (5, 95))
    return bool(high - low <= EVEN and np.median(bright) - high >= CONTRAST)
