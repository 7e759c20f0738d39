"""Raise local contrast."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.image.image import Image, Pixels
from radprep.steps.base import ImageStep


class Clahe(ImageStep):
    """Equalise the histogram of each tile, with a limit to how much noise may be raised (CLAHE).

    A 16-bit image is stretched to its full range first: OpenCV then uses 65,536 bins, which is
    another filter than that on 256 bins, and would treat 12-bit values in 16 bits as all but black.
    Source: elbow report, 3.2 (OpenCV, clip limit 2.5, grid 4). Not idempotent on pixels.
    """

    name: ClassVar[str] = "clahe"
    summary: ClassVar[str] = (
        "Raises local contrast by contrast-limited adaptive histogram equalisation."
    )
    for_paper: ClassVar[str] = (
        "local contrast was raised with CLAHE (clip limit {clip_limit}, grid {grid}) [4]"
    )

    clip_limit: float = Field(default=2.5, gt=0)
    """How high a bin of a tile's histogram may be, in multiples of a flat histogram's height."""

    grid: int = Field(default=4, gt=0, le=256)
    """Tiles along each side of the image."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image with new pixels of the same shape and dtype."""
        pixels = image.render()
        seen: dict[str, Any] = {}
        if pixels.dtype == np.uint16:
            pixels, seen = stretch(pixels)
        clahe = cv2.createCLAHE(clipLimit=self.clip_limit, tileGridSize=(self.grid, self.grid))
        equalised: Pixels = clahe.apply(pixels)
        return [image.with_pixels(equalised).note(self.name, bins=image.white + 1, **seen)]


def stretch(pixels: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], dict[str, Any]]:
    """Map the darkest value to 0 and the brightest to 65,535, and say so; one grey value alone
    stays as it is."""
    low, high = int(pixels.min()), int(pixels.max())
    seen = {"stretched_from": [low, high], "remark": "16-bit CLAHE uses 65,536 bins"}
    if low == high:
        return pixels, seen
    levels = np.clip(np.arange(65536), low, high) - low
    table = np.rint(levels * (65535 / (high - low))).astype(np.uint16)
    return table[pixels], seen
