"""Sharpen edges."""

from __future__ import annotations

from typing import ClassVar

import cv2
from pydantic import Field, field_validator

from radprep.image.image import Image, Pixels
from radprep.steps.base import ImageStep


class Unsharp(ImageStep):
    """Add to the image its difference from a blurred copy: (1 + amount) * image - amount * blurred,
    held to the dtype's range.

    Source: elbow report, 3.2 (amount 2; Gaussian of 7x7 on its own films, 5x5 on MURA). Not
    idempotent on pixels.
    """

    name: ClassVar[str] = "unsharp"
    summary: ClassVar[str] = "Sharpens edges by an unsharp mask."
    for_paper: ClassVar[str] = "an unsharp mask was applied (amount {amount})"

    amount: float = Field(default=2.0, gt=0)
    """How many times the difference is added."""

    kernel: int = Field(default=7, gt=1, le=255)
    """Side of the Gaussian in pixels, odd."""

    sigma: float = Field(default=0.0, ge=0)
    """Standard deviation of the Gaussian in pixels. 0: OpenCV's own for this kernel, 0.3 * ((kernel
    - 1) / 2 - 1) + 0.8, up to kernel 7 as rounded weights."""

    @field_validator("kernel")
    @classmethod
    def _is_odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError(
                f"a Gaussian needs a middle pixel: {kernel} is even, take {kernel - 1} or "
                f"{kernel + 1}"
            )
        return kernel

    def apply(self, image: Image) -> list[Image]:
        """Return the image with new pixels of the same shape and dtype."""
        pixels = image.render()
        blurred = cv2.GaussianBlur(pixels, (self.kernel, self.kernel), self.sigma)
        sharp: Pixels = cv2.addWeighted(pixels, 1 + self.amount, blurred, -self.amount, 0)
        sigma = self.sigma or 0.3 * ((self.kernel - 1) / 2 - 1) + 0.8
        return [image.with_pixels(sharp).note(self.name, sigma=round(sigma, 3))]
