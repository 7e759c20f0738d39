"""Foreground and background of a small copy, as the splitter and the alignment see them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""1 in the foreground, 0 elsewhere, uint8, shape (h, w)."""


def otsu_mask(pixels: NDArray[np.uint8]) -> tuple[int, Mask]:
    """Cut grey values in two with Otsu's threshold: (threshold, mask of what is brighter).

    An image of one grey value has no foreground. Source: wrist thesis, 4.2.2.3.
    """
    threshold, mask = cv2.threshold(pixels, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if pixels.min() == pixels.max():  # OpenCV calls all of it foreground
        mask = np.zeros_like(pixels)
    return int(threshold), np.asarray(mask, dtype=np.uint8)
