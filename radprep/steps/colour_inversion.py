"""Bring every film to white bones on black."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.steps.base import ImageStep
from radprep.study import Image


class ColourInversion(ImageStep):
    """Turn the grey values over where the corners are bright, because the background is then white.

    Sets inversion_confidence (0 to 1): how far the corners lie from the threshold, as a share of the room on that side.
    Source: wrist thesis, 4.2.2.2, equations 4.1a and 4.1b. Its known failures are bright frames and dark noisy backgrounds.
    """

    name: ClassVar[str] = "colour_inversion"

    corner: float = Field(default=0.05, gt=0, le=0.5)
    """Side of a corner patch, as a share of the image's side."""

    threshold: float = Field(default=100, gt=0, lt=255)
    """Invert where the mean of the four patches reaches this grey value of 0..255."""

    review_below: float = Field(default=0.1, ge=0, le=1)
    """Mark the image for review where the confidence is lower."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image, inverted or not."""
        corners = corner_means(image.view.pixels, self.corner)
        mean = sum(corners) / 4
        inverted = mean >= self.threshold
        room = 255 - self.threshold if inverted else self.threshold
        confidence = round(abs(mean - self.threshold) / room, 3)
        result = image.invert() if inverted else image
        review = "unsure" if confidence < self.review_below else None
        return [result.with_columns(inversion_confidence=confidence).note(
            self.name, review=review, inverted=inverted, mean=round(mean, 2), threshold=self.threshold,
            corners=[round(value, 2) for value in corners])]


def corner_means(pixels: NDArray[np.uint8], share: float) -> list[float]:
    """Mean grey values of the four corner patches: top left, top right, bottom left, bottom right."""
    height, width = (max(1, round(share * side)) for side in pixels.shape)
    patches = pixels[:height, :width], pixels[:height, -width:], pixels[-height:, :width], pixels[-height:, -width:]
    return [float(patch.mean()) for patch in patches]
