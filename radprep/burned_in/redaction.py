"""Text painted over with what surrounds it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radprep.burned_in.glyphs import Window
from radprep.image.image import Pixels

_RIM = 2
"""Pixels around a box that tell what it is filled with."""


def redact(pixels: Pixels, boxes: Sequence[Window]) -> Pixels:
    """A copy in which each box goes over smoothly from what stands on its left to what stands on
    its right, and from above to below. Nothing of what was in a box is left.

    pixels: uint8 or uint16, shape (h, w). boxes: x, y, width and height in pixels, inside the
    film; filled one after the other.
    """
    filled = pixels.copy()
    for x, y, width, height in boxes:
        across = _between(filled[y : y + height], x, x + width)
        down = _between(filled[:, x : x + width].T, y, y + height).T
        known = [fill for fill in (across, down) if not np.isnan(fill).any()]
        fill = np.mean(known, axis=0) if known else np.zeros((height, width))
        filled[y : y + height, x : x + width] = np.rint(fill).astype(pixels.dtype)
    return filled


def _between(lines: Pixels, start: int, stop: int) -> NDArray[np.float64]:
    """For each line, values from start to stop that lead from what stands before to what stands
    behind, or those of the one side that there is; nan where the lines have neither."""
    before, behind = lines[:, max(0, start - _RIM) : start], lines[:, stop : stop + _RIM]
    if not before.size and not behind.size:
        return np.full((len(lines), stop - start), np.nan)
    first = np.mean(before if before.size else behind, axis=1, keepdims=True)
    last = np.mean(behind if behind.size else before, axis=1, keepdims=True)
    share = (np.arange(stop - start) + 0.5) / (stop - start)
    return np.asarray(first * (1 - share) + last * share)
