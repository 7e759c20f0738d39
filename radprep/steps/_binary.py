"""Masks of a small copy, as several steps need them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""1 in the foreground, 0 elsewhere: uint8, shape (h, w)."""


def otsu_mask(pixels: NDArray[np.uint8]) -> tuple[int, Mask]:
    """Cut grey values in two with Otsu's threshold: (threshold, mask of all that is brighter).

    pixels: uint8, shape (h, w). An image of one grey value has no foreground.
    Source: wrist thesis, 4.2.2.3.
    """
    threshold, mask = cv2.threshold(pixels, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # OpenCV answers threshold 0 for any level, so all of it would be foreground
    if pixels.min() == pixels.max():
        mask = np.zeros_like(pixels)
    return int(threshold), np.asarray(mask, dtype=np.uint8)


def odd_kernel(share: float, pixels: NDArray[np.uint8]) -> Mask:
    """Square structuring element whose side is this share of the image's long side, made odd so
    that nothing shifts."""
    side = 2 * (round(share * max(pixels.shape)) // 2) + 1
    return np.ones((side, side), dtype=np.uint8)


def outlines(mask: Mask) -> list[NDArray[np.int32]]:
    """The outer outline of each 8-connected region of a mask: x and y of every pixel along it,
    shape (n, 1, 2)."""
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(outline, dtype=np.int32) for outline in found]


def largest_component(mask: Mask) -> Mask:
    """Only the 8-connected region of the mask whose outline encloses most."""
    found = outlines(mask)
    if len(found) < 2:
        return mask
    filled = cv2.drawContours(
        np.zeros(mask.shape, np.uint8), [max(found, key=cv2.contourArea)], -1, 1, cv2.FILLED
    )
    return np.where(filled > 0, mask, np.uint8(0))
