"""Grey values out of colours, and the range of values that is shown where a file names none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (0.5, 99.5)
"""The range shown: all but the darkest and the brightest half per cent."""
_PIECE = 1 << 22


def luminance(rgb: NDArray[Any]) -> NDArray[Any]:
    """Y of Rec. 601 (PS3.3 C.7.6.3.1.2, YBR_FULL) of unsigned samples of up to 16 bits, shape (...,
    3); rounded, in integers, so that no machine differs. pydicom's convert_color_space knows 8 bits
    only."""
    red, green, blue = (rgb[..., index].astype(np.uint32) for index in range(3))
    return ((299 * red + 587 * green + 114 * blue + 500) // 1000).astype(rgb.dtype)


def code_counts(codes: NDArray[Any], size: int) -> NDArray[np.int64]:
    """How often each of so many codes occurs. In pieces: numpy makes eight bytes of each code that
    it counts, which of a whole film would be the largest thing in memory."""
    flat = codes.ravel()
    counts = np.zeros(size, np.int64)
    for start in range(0, flat.size, _PIECE):
        counts += np.bincount(flat[start : start + _PIECE], minlength=size)
    return counts


def usual_range(
    values: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[float, float] | None:
    """The values at PERCENTILES; None where nothing is counted. counts: how often each value, which
    stand in any order, occurs."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[order])
    if reached[-1] == 0:
        return None
    low, high = (
        float(values[order[np.searchsorted(reached, reached[-1] * percent / 100)]])
        for percent in PERCENTILES
    )
    return low, high


def share_of_range(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Where values stand between two others, as a share; not clipped. Where these are equal,
    whatever is greater is white."""
    return (values - low) / (high - low) if high > low else (values > low).astype(np.float64)
