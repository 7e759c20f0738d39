"""Bring every film to white bones on black."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image, View
from radprep.steps._binary import Mask
from radprep.steps._draw import FIELD, LIMB, SAMPLE, Colour, Picture, box, outline, picture
from radprep.steps._polarity import read_polarity
from radprep.steps.base import Effect, ImageStep


class ColourInversion(ImageStep):
    """Turn the grey values over where the film shows black bones on white.

    Sets inversion_confidence (0 to 1). With `field` it is 2 p - 1, where p is the share of
    decisions of this confidence that are right: 0 is a coin, 0.8 is right nine times in ten.
    Measured with benchmarks/fit_polarity.py on one half of FracAtlas: films as they are, turned,
    framed, and cut down to tight boxes. With `corners` it is how far the corners lie from the
    threshold, as a share of the room on that side. Source of `corners`: wrist thesis, 4.2.2.2,
    equations 4.1a and 4.1b. Its known failures are bright frames and strips, and dark noisy
    backgrounds.
    """

    name: ClassVar[str] = "colour_inversion"
    version: ClassVar[int] = 2
    summary: ClassVar[str] = (
        "Turns films with black bones over: it compares flat with busy areas of the exposed "
        "field, or, as published, reads the four corners."
    )
    for_paper: ClassVar[str] = "images were brought to white bones on a black ground (after [1])"
    confidence_column: ClassVar[str | None] = "inversion_confidence"
    effect: ClassVar[Effect | None] = Effect("turned over", lambda row: bool(row["inverted"]))
    corrects: ClassVar[str | None] = "inverted"

    method: Literal["field", "corners"] = "field"
    """`field` compares busy with flat areas and dark with bright ones inside the exposed field;
    `corners` is the published mean of four corner patches."""

    corner: float = Field(default=0.05, gt=0, le=0.5)
    """Side of a corner patch, as a share of the image's side. Published method only."""

    threshold: float = Field(default=100, gt=0, lt=255)
    """Invert where the mean of the four patches reaches this grey value of 0..255. Published method
    only."""

    review_below: float = Field(default=0.8, ge=0, le=1)
    """Mark the image for review where the confidence is lower. 0.8 suits `field`, 0.1 suits
    `corners`."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image, inverted or not."""
        inverted, confidence, seen = (
            self._by_field if self.method == "field" else self._by_corners
        )(image.view)
        result = image.invert() if inverted else image
        review = "unsure" if confidence < self.review_below else None
        return [
            result.with_columns(inversion_confidence=confidence).note(
                self.name, review=review, inverted=inverted, **seen
            )
        ]

    def corrected(self, image: Image, value: bool) -> list[Image]:
        """Return the image with the parity that a person wants: `value` is whether it ends inverted
        since convert."""
        result = image if image.inverted == value else image.invert()
        return [
            result.with_columns(inversion_confidence=1.0).note(
                self.name, inverted=result is not image, corrected=True
            )
        ]

    def draw(self, image: Image) -> Picture:
        """The corner patches; or the exposed field, tinted where it is busiest and where it is
        flattest."""
        pixels = image.view.pixels
        on = picture(pixels)
        if self.method == "field":
            reading = read_polarity(image.view)
            return outline(
                _tint(_tint(on, reading.flat, LIMB), reading.busy, SAMPLE), reading.field, FIELD
            )
        height, width = pixels.shape
        tall, wide = patch_size(pixels, self.corner)
        for x in (0, width - wide):
            for y in (0, height - tall):
                box(on, x, y, wide, tall, SAMPLE)
        return on

    def _by_field(self, view: View) -> tuple[bool, float, dict[str, Any]]:
        reading = read_polarity(view)
        confidence = round(math.tanh(abs(reading.score) / 2), 3)
        return (
            bool(reading.score < 0),
            confidence,
            {
                "contrast": round(reading.contrast, 3),
                "tails": round(reading.tails, 3),
                "field": round(float(reading.field.mean()), 3),
            },
        )

    def _by_corners(self, view: View) -> tuple[bool, float, dict[str, Any]]:
        corners = corner_means(view.pixels, self.corner)
        mean = sum(corners) / 4
        inverted = mean >= self.threshold
        room = 255 - self.threshold if inverted else self.threshold
        return (
            inverted,
            round(abs(mean - self.threshold) / room, 3),
            {
                "mean": round(mean, 2),
                "threshold": self.threshold,
                "corners": [round(value, 2) for value in corners],
            },
        )


def corner_means(pixels: NDArray[np.uint8], share: float) -> list[float]:
    """Mean grey values of the four corner patches: top left, top right, bottom left, bottom
    right."""
    height, width = patch_size(pixels, share)
    patches = (
        pixels[:height, :width],
        pixels[:height, -width:],
        pixels[-height:, :width],
        pixels[-height:, -width:],
    )
    return [float(patch.mean()) for patch in patches]


def patch_size(pixels: NDArray[np.uint8], share: float) -> tuple[int, int]:
    """Height and width in pixels of a corner patch: this share of the view's, one pixel at
    least."""
    height, width = pixels.shape
    return max(1, round(share * height)), max(1, round(share * width))


def _tint(on: Picture, mask: Mask, colour: Colour) -> Picture:
    """Mix a third of the colour into the picture where a mask of any size has its 1."""
    where = cv2.resize(mask, on.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    on[where] = np.asarray(
        2 * on[where].astype(np.float32) / 3 + np.array(colour) / 3, dtype=np.uint8
    )
    return on
