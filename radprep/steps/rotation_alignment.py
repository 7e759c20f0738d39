"""Stand the limb upright."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image, View, wrap_degrees
from radprep.steps import _draw
from radprep.steps._binary import Mask, odd_kernel, otsu_mask
from radprep.steps._hand import hand_cues, hand_lead
from radprep.steps._limb import find_limb
from radprep.steps.base import Effect, ImageStep, Published

LONG = 0.7
"""Least elongation (1 - minor / major variance) of a limb whose axis is its direction; arms bent at
right angles have less. Chosen on the films of hands to elbows in one half of FracAtlas (CC BY 4.0):
straight hands and wrists have 0.82 and more."""


class Sight(NamedTuple):
    """What was seen on a view. field and mask: where air and foreground were looked for and found.
    tilt: degrees of the axis from upright, counter-clockwise on screen, in (-90, 90]. elongation: 0
    (a disc) to 1. cues: of the hand's end, {} where not asked for."""

    field: Mask
    mask: Mask
    tilt: float
    elongation: float
    cues: dict[str, float]

    @property
    def lead(self) -> float:
        """Log odds that the hand is the upper end of the axis."""
        return hand_lead(self.cues)


class RotationAlignment(ImageStep):
    """Turn the image so that the main axis of its limb stands upright with the fingers above.

    `limb`: the axis of the limb's mask above a fitted background, and the end that looks more like
    a hand. On a film without a hand the narrower end of the arm comes up. The corners that come to
    light take the level of the air. `pca`: as published, Otsu, close and open, PCA, on all that is
    bright, black corners; the arc cosine gives the tilt without its side, so every film is turned
    counter-clockwise, half of the tilted ones end twice as tilted, and the hand may be below.

    Sets rotation_confidence (0 to 1): with `limb` 2p - 1, where p is the probability that the hand
    is above, as it was found by cross-validation (0 is a coin toss), and 0 for a limb too short or
    bent to have an axis; with `pca` the foreground's elongation. Source: wrist thesis, 4.2.2.4 and
    equation 4.2.
    """

    name: ClassVar[str] = "rotation_alignment"
    version: ClassVar[int] = 2
    summary: ClassVar[str] = (
        "Stands the limb upright with the hand above: by the axis of what is brighter than the "
        "background, or, as published, by an unsigned PCA."
    )
    for_paper: ClassVar[str] = "the limb's main axis was stood upright (after [1])"
    published: ClassVar[Published | None] = Published("pca", work=3)
    confidence_column: ClassVar[str | None] = "rotation_confidence"
    effect: ClassVar[Effect | None] = Effect("turned", lambda row: bool(row["rotation_degrees"]))
    corrects: ClassVar[str | None] = "rotation_degrees"

    method: Literal["limb", "pca"] = "limb"
    """Ours or the published one."""

    kernel: float = Field(default=0.01, ge=0, le=0.5)
    """Of `pca`: side of the square that closes holes and then removes specks, as a share of the
    long side. The thesis names no size."""

    signed: bool = False
    """Of `pca`: turn by the tilt with its sign (-90 to 90 degrees), not by its absolute value."""

    min_turn: float = Field(default=1.0, ge=0, lt=90)
    """A tilt that is this close, in degrees, to 0 or 90 is taken for it: the axis is no better, and
    pixels are copied as they are."""

    review_below: float = Field(default=0.8, ge=0, le=1)
    """Mark the image for review where the confidence is lower."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image turned, on a canvas that loses nothing."""
        seen = self._look(image.view)
        if not seen.mask.any():
            return [
                image.with_columns(rotation_confidence=0.0).note(
                    self.name, review="no_foreground", turn=0.0
                )
            ]
        turn = self._turn(seen)
        confidence, doubt = self._confidence(seen)
        review = doubt if confidence < self.review_below else None
        return [
            self._turned(image, turn, seen)
            .with_columns(rotation_confidence=round(confidence, 3))
            .note(
                self.name,
                review=review,
                tilt=round(seen.tilt, 2),
                turn=turn,
                elongation=round(seen.elongation, 3),
                **{cue: round(value, 3) for cue, value in seen.cues.items()},
            )
        ]

    def corrected(self, image: Image, value: Any) -> list[Image]:
        """Return the image with this total turn since convert, in degrees counter-clockwise on
        screen."""
        turn = wrap_degrees(value - image.rotation)
        turned = self._turned(image, turn, self._look(image.view))
        return [
            turned.with_columns(rotation_confidence=1.0).note(self.name, turn=turn, corrected=True)
        ]

    def draw(self, image: Image) -> _draw.Picture:
        """Show the field, the outline of the foreground, and its axis: an arrow towards what comes
        up."""
        seen = self._look(image.view)
        drawing = _draw.outline(_draw.picture(image.view.pixels), seen.mask, _draw.LIMB)
        if self.method == "limb":
            _draw.outline(drawing, seen.field, _draw.FIELD)
        if not seen.mask.any():
            return drawing
        up = math.radians(-self._turn(seen))
        y, x = (float(places.mean()) for places in np.nonzero(seen.mask))
        reach = 0.4 * max(drawing.shape)
        dx = reach * math.sin(up)
        dy = reach * math.cos(up)
        return _draw.line(drawing, (x + dx, y + dy), (x - dx, y - dy), _draw.AXIS, arrow=True)

    def _look(self, view: View) -> Sight:
        if self.method == "pca":
            mask = published_foreground(view.pixels, self.kernel)
            return Sight(np.ones_like(mask), mask, *limb_tilt(mask, view), cues={})
        limb = find_limb(view)
        tilt, elongation = limb_tilt(limb.mask, view)
        return Sight(
            limb.field,
            limb.mask,
            tilt,
            elongation,
            hand_cues(limb, tilt) if limb.mask.any() else {},
        )

    def _turn(self, seen: Sight) -> float:
        quarter = 90.0 * round(seen.tilt / 90)
        tilt = quarter if abs(seen.tilt - quarter) < self.min_turn else seen.tilt
        if self.method == "pca":
            return round(-tilt if self.signed else abs(tilt), 3) + 0.0  # no -0.0
        return round(wrap_degrees(180 - tilt if seen.lead < 0 else -tilt), 3)

    def _confidence(self, seen: Sight) -> tuple[float, str]:
        """How sure the turn is, and what the doubt is about."""
        if self.method == "pca":
            return seen.elongation, "unsure_axis"
        if seen.elongation < LONG:
            return 0.0, "unsure_axis"
        return math.tanh(abs(seen.lead) / 2), "unsure_direction"

    def _turned(self, image: Image, turn: float, seen: Sight) -> Image:
        air = image.view.pixels[(seen.field > 0) & (seen.mask == 0)]
        level = int(np.median(air)) if self.method == "limb" and air.size else 0
        return image.rotate(turn, level * (image.white // 255)) if turn else image


def published_foreground(pixels: NDArray[np.uint8], kernel: float) -> Mask:
    """Otsu's mask of all that is bright, closed and then opened by a square of this share of the
    long side."""
    square = odd_kernel(kernel, pixels)
    closed = cv2.morphologyEx(otsu_mask(pixels)[1], cv2.MORPH_CLOSE, square)
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, square), dtype=np.uint8)


def limb_tilt(mask: Mask, view: View) -> tuple[float, float]:
    """Tilt of the first principal axis in degrees from upright, counter-clockwise on screen, in
    (-90, 90], and 1 - minor / major variance. It is the PCA of the foreground's coordinates in
    image pixels, in closed form from its second moments."""
    moments = cv2.moments(mask, binaryImage=True)
    xx = moments["mu20"] * view.scale_x**2
    yy = moments["mu02"] * view.scale_y**2
    xy = moments["mu11"] * view.scale_x * view.scale_y
    spread = math.hypot(2 * xy, xx - yy)
    tilt = 90 - math.degrees(math.atan2(2 * xy, xx - yy) / 2)
    if spread == 0:  # a disc, a square or one pixel has no axis
        return 0.0, 0.0
    return tilt - 180 if tilt > 90 else tilt, 2 * spread / (xx + yy + spread)
