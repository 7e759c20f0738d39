"""Which of a picture's values are shown, and as which grey: as convert does for a DICOM file that
names no window."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.greys import PERCENTILES, code_counts, share_of_range, usual_range
from radprep.image.image import Pixels
from radprep.pictures.grey import GreyFrame

_SAMPLE = 1 << 20


def shown(frame: GreyFrame, bits: int, window: str) -> tuple[Pixels, dict[str, Any]]:
    """The grey values of a frame, uint8 or uint16, and what was chosen, for the record.

    bits: of the result, 8 or 16. window: as for DICOM. A picture of 8 bits is shown as it is, since
    it was made to be looked at. Of more bits the percentiles are shown, or with `full` and `dicom`
    all that the bits used can hold; with `percentile` the percentiles of any picture.
    """
    white = (1 << bits) - 1
    if frame.top is None:
        return _of_numbers(frame, white, bits, window)
    is_deep = frame.top > np.iinfo(np.uint8).max
    if window == "percentile" or (is_deep and window == "auto"):
        share, said = _percentiles(frame)
    else:
        top, said = _full(frame, is_deep=is_deep)
        if top == white:
            return frame.codes.astype(_dtype(bits), copy=False), said
        share = np.arange(frame.top + 1) / top
    table = np.rint(np.clip(share, 0, 1) * white).astype(_dtype(bits))
    full = np.zeros(1 << 8 * frame.codes.dtype.itemsize, table.dtype)
    full[: table.size] = table
    pixels: Pixels = cv2.LUT(frame.codes, full)
    return pixels, said


def _dtype(bits: int) -> type[np.uint8] | type[np.uint16]:
    return np.uint8 if bits == 8 else np.uint16


def _full(frame: GreyFrame, *, is_deep: bool) -> tuple[int, dict[str, Any]]:
    """The value that is white, where no part of the range is chosen."""
    said = {"voi": "full", "low": 0.0, "high": float(frame.used)}
    return frame.used, said | ({"bits_used": frame.used.bit_length()} if is_deep else {})


def _percentiles(frame: GreyFrame) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Share of the range for each code. What the file lost does not count."""
    counts = code_counts(frame.codes, (frame.top or 0) + 1)
    counts[0] = max(0, counts[0] - frame.lost)
    values = np.arange(counts.size, dtype=np.float64)
    found = usual_range(values, counts)
    if found is None:
        return np.zeros_like(values), {"voi": "none"}
    low, high = found
    return share_of_range(values, low, high), {"voi": "percentiles", "low": low, "high": high}


def _of_numbers(
    frame: GreyFrame, white: int, bits: int, window: str
) -> tuple[Pixels, dict[str, Any]]:
    """Numbers that have no greatest one: their percentiles, or all of them."""
    values = frame.codes
    there = values[np.isfinite(values)]
    if window in ("full", "dicom"):
        low, high, said = float(there.min()), float(there.max()), "full"
    else:
        sample = there[:: max(1, there.size // _SAMPLE)]
        low, high = (float(one) for one in np.percentile(sample, PERCENTILES))
        said = "percentiles"
    share = np.nan_to_num(share_of_range(values.astype(np.float64), low, high))  # what is lost
    pixels: Pixels = np.rint(np.clip(share, 0, 1) * white).astype(_dtype(bits))
    return pixels, {"voi": said, "low": low, "high": high}
