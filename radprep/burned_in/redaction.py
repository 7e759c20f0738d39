"""Text painted over with what surrounds it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radprep.burned_in.glyphs import Window
from radprep.image.image import Pixels


def redact(pixels: Pixels, boxes: Sequence[Window]) -> Pixels:
    """A copy in which what lies in the boxes goes over smoothly from what stands on their left to
    what stands on their right, and from above to below. No pixel of any box decides on another.

    pixels: uint8 or uint16, shape (h, w). boxes: x, y, width and height in pixels, inside the film.
    A film that is all boxes becomes black.
    """
    hidden = np.zeros(pixels.shape, dtype=bool)
    for x, y, width, height in boxes:
        hidden[y : y + height, x : x + width] = True
    across, down = _bridged(pixels, hidden), _bridged(pixels.T, hidden.T).T
    across = np.where(np.isnan(across), down, across)
    down = np.where(np.isnan(down), across, down)
    painted = np.nan_to_num((across + down) / 2)
    filled = pixels.copy()
    filled[hidden] = np.rint(painted[hidden]).astype(pixels.dtype)
    return filled


def _bridged(lines: Pixels, hidden: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The lines with straight bridges over what is hidden, from the last pixel before it to the
    first behind it; at an end of the line, what the other side has. nan where a line is hidden as a
    whole, and nothing of use where it is not hidden at all."""
    bridged = np.zeros(lines.shape)
    places = np.arange(lines.shape[1])
    for number in np.flatnonzero(hidden.any(axis=1)):
        seen = ~hidden[number]
        if seen.any():
            bridged[number] = np.interp(places, places[seen], lines[number, seen])
        else:
            bridged[number] = np.nan
    return bridged
