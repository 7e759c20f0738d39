"""Spread the grey values evenly."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.image import Image, Pixels
from radprep.steps.base import ImageStep


class Equalise(ImageStep):
    """Equalise the histogram of the whole image. Not idempotent on pixels.

    Source: MURA report, 2.6.1 (after Davletshina et al. 2020): it helped every autoencoder on fully
    pre-processed hands.
    """

    name: ClassVar[str] = "equalise"
    summary: ClassVar[str] = "Spreads the grey values evenly by histogram equalisation."
    for_paper: ClassVar[str] = "histograms were equalised (after [6])"

    def apply(self, image: Image) -> list[Image]:
        """Return the image with new pixels of the same shape and dtype."""
        pixels = image.render()
        equalised: Pixels = (
            equalise_16_bits(pixels) if pixels.dtype == np.uint16 else cv2.equalizeHist(pixels)
        )
        return [image.with_pixels(equalised).note(self.name, bins=image.white + 1)]


def equalise_16_bits(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Do what cv2.equalizeHist does, with 65,536 bins: the lowest value goes to 0, the highest to
    65,535."""
    histogram = np.bincount(pixels.ravel(), minlength=65536)
    lowest = int(histogram[pixels.min()])
    if lowest == pixels.size:
        return pixels
    cumulative = np.cumsum(histogram) - lowest
    table = np.rint(np.maximum(cumulative, 0) * (65535 / (pixels.size - lowest))).astype(np.uint16)
    return table[pixels]
