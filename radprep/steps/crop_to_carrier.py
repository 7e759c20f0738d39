"""Cut an image down to the film in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image, View, inverse, wrap_degrees
from radprep.steps import _draw
from radprep.steps._binary import otsu_mask, outlines
from radprep.steps._field import field_of
from radprep.steps.base import ImageStep, Published

ROUNDS = {"field": 2, "otsu": 1}
"""The most cuts by method: strips along the sides of a turned film are found only once it is
upright."""


class Carrier(NamedTuple):
    """A turned rectangle in image pixels. degrees: the turn, counter-clockwise on screen, in (-45,
    45], that stands it upright; fills: the share of it that the mask fills."""

    x: float
    y: float
    width: float
    height: float
    degrees: float
    fills: float


class CropToCarrier(ImageStep):
    """Find the image carrier (the exposed film on its canvas), stand it upright with the smallest
    turn, and cut the rest away.

    Source: MURA report, 2.2: Otsu's threshold and the smallest rectangle of any tilt, which fails
    on strong tilts and on carriers that leave the picture.
    """

    name: ClassVar[str] = "crop_to_carrier"
    summary: ClassVar[str] = (
        "Cuts an image down to the exposed film in it, and stands that upright."
    )
    for_paper: ClassVar[str] = "images were cut down to the film in them (after [6])"
    published: ClassVar[Published | None] = Published("otsu", work=2)

    method: Literal["field", "otsu"] = "field"
    """field: the exposed field, which is without frames, canvas and collimator strips. otsu: the
    published method, the largest region above Otsu's threshold: the carrier where it is brighter
    than what surrounds it, but the limb where it fills the picture."""

    min_turn: float = Field(default=0.3, ge=0, lt=45)
    """A smaller tilt in degrees is left alone."""

    min_area: float = Field(default=0.02, ge=0, lt=1)
    """Leave the image alone where less than this share of it would be cut away."""

    rectangular: float = Field(default=0.9, ge=0, le=1)
    """With the method field: leave an image alone and mark it for review where the carrier fills
    less than this share of its rectangle. The published method cuts in any case, and only marks."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image turned and cut, or as it is."""
        now = image
        cuts = 0
        carrier = self._carrier(image)
        while carrier and self._is_worth_it(now, carrier):
            now = _cut(now, carrier)
            cuts += 1
            if cuts == ROUNDS[self.method]:
                break
            carrier = self._carrier(now)
        return [
            now.note(
                self.name,
                review=self._review(carrier),
                cuts=cuts,
                turn=round(wrap_degrees(now.rotation - image.rotation), 2),
                kept=round(now.width * now.height / (image.width * image.height), 4),
                fills=round(carrier.fills, 3) if carrier else None,
            )
        ]

    def _review(self, carrier: Carrier | None) -> str | None:
        if carrier is None:
            return "no_carrier"
        return "not_a_rectangle" if carrier.fills < self.rectangular else None

    def _is_worth_it(self, image: Image, carrier: Carrier) -> bool:
        left_out = 1 - carrier.width * carrier.height / (image.width * image.height)
        return left_out >= self.min_area and (
            self.method == "otsu" or carrier.fills >= self.rectangular
        )

    def _carrier(self, image: Image) -> Carrier | None:
        pixels = image.view.pixels
        mask = field_of(image.view) if self.method == "field" else otsu_mask(pixels)[1]
        found = outlines(mask)
        if self.method == "otsu":
            found = sorted(found, key=cv2.contourArea)[-1:]
        return rectangle_around(found, image.view, self.min_turn) if found else None

    def draw(self, image: Image) -> _draw.Picture:
        """The rectangle that is cut out first."""
        view = image.view
        carrier = self._carrier(image)
        drawn = _draw.picture(view.pixels)
        if carrier is None:
            return drawn
        corners = cv2.boxPoints(
            ((carrier.x, carrier.y), (carrier.width, carrier.height), carrier.degrees)
        ) / [view.scale_x, view.scale_y]
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            drawn = _draw.line(drawn, tuple(start), tuple(end), _draw.FIELD)
        return drawn


def _cut(image: Image, carrier: Carrier) -> Image:
    turned = image.rotate(carrier.degrees) if carrier.degrees else image
    x, y, _ = inverse(turned.source_matrix) @ image.source_matrix @ [carrier.x, carrier.y, 1]
    left = max(0, round(x - (carrier.width - 1) / 2))
    top = max(0, round(y - (carrier.height - 1) / 2))
    right = min(turned.width, left + round(carrier.width))
    bottom = min(turned.height, top + round(carrier.height))
    return turned.crop(left, top, max(1, right - left), max(1, bottom - top))


def rectangle_around(found: Sequence[NDArray[np.int32]], view: View, min_turn: float) -> Carrier:
    """The smallest rectangle of any tilt around some outlines on a view. Where it is tilted less
    than `min_turn` degrees, the smallest upright one in whole pixels of the view."""
    scale = np.array([view.scale_x, view.scale_y])
    points = (np.concatenate(found)[:, 0] * scale + (scale - 1) / 2).astype(np.float32)
    area = sum(cv2.contourArea(outline) for outline in found) * scale.prod()
    (x, y), (width, height), degrees = cv2.minAreaRect(points)
    quarters = round(degrees / 90)
    if quarters % 2:
        width, height = height, width
    turn = degrees - 90 * quarters
    if abs(turn) < min_turn or not width or not height:
        low, high = points.min(axis=0), points.max(axis=0)
        x, y = (low + high) / 2
        width, height = high - low
        turn = 0.0
    fills = float(area / (width * height)) if width and height else 1.0
    # whole pixels; a turned rectangle stays inside its outermost ones, which are blended with the
    # canvas
    if not turn:
        width, height = np.array([width, height]) + scale
    return Carrier(float(x), float(y), float(width), float(height), float(turn), min(1.0, fills))
