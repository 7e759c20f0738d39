"""Bring images to one size."""

from __future__ import annotations

from typing import ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from radprep.image.image import Image, Pixels, scaling
from radprep.steps.base import ImageStep


class Resize(ImageStep):
    """Scale the image to a width and a height, with its proportions kept (pad) or not (stretch).

    Shrinks with INTER_AREA, because anything else aliases, and enlarges with INTER_CUBIC.
    """

    name: ClassVar[str] = "resize"
    summary: ClassVar[str] = "Brings images to a fixed size, padded or stretched."
    for_paper: ClassVar[str] = "images were resized"

    width: int = Field(default=512, gt=0, le=32766)
    """Width in pixels of the new image."""

    height: int = Field(default=512, gt=0, le=32766)
    """Height in pixels of the new image."""

    mode: Literal["pad", "stretch"] = "pad"
    """pad: scale until one side fits, then fill both ends of the other. stretch: fit both sides,
    whatever becomes of the shape."""

    fill: int = Field(default=0, ge=0, le=255)
    """Grey value of 0..255 of the padding; a 16-bit image takes 257 times as much."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image with new pixels, (height, width), of the same dtype."""
        pixels = image.render()
        width, height = self._scaled_size(image)
        left, top = (self.width - width) // 2, (self.height - height) // 2
        canvas: Pixels = np.full(
            (self.height, self.width), self.fill * (image.white // 255), dtype=pixels.dtype
        )
        canvas[top : top + height, left : left + width] = scale(pixels, width, height)
        placed = scaling(image.width / width, image.height / height) @ np.array(
            [[1, 0, -left], [0, 1, -top], [0, 0, 1.0]]
        )
        return [image.with_pixels(canvas, placed).note(self.name, box=[left, top, width, height])]

    def _scaled_size(self, image: Image) -> tuple[int, int]:
        if self.mode == "stretch":
            return self.width, self.height
        factor = min(self.width / image.width, self.height / image.height)
        return max(1, round(image.width * factor)), max(1, round(image.height * factor))


def scale(pixels: Pixels, width: int, height: int) -> Pixels:
    """Scale to (height, width): first the sides that shrink, then those that grow."""
    old_height, old_width = pixels.shape
    smaller = cv2.resize(
        pixels, (min(width, old_width), min(height, old_height)), interpolation=cv2.INTER_AREA
    )
    scaled: Pixels = cv2.resize(smaller, (width, height), interpolation=cv2.INTER_CUBIC)
    return scaled
