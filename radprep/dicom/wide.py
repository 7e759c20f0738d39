"""Frames of real numbers and of more than 16 bits become codes of 16: everything behind this works
on a table with an entry for each code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from radprep.dicom import header
from radprep.dicom.fitting import Fitted
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure

_TOO_LARGE = 1e300
"""Real numbers that are larger count as infinite: sums and products of smaller ones are finite."""

NOT_FINITE = "not_finite_values"
"""Mark for review."""

_BITS = 16
_CODES = 1 << _BITS
_SAMPLE = 1 << 20
_PIECE = 1 << 22


def narrowed(cells: NDArray[Any], form: PixelFormat) -> Fitted:
    """Codes of 16 bits for a frame of grey integers of more bits, as they are stored, or of real
    numbers. Integers that span fewer than 65,536 values keep each of them. Others, and real
    numbers, are rounded to 65,536 levels: half of them evenly over the range, half of them where
    the values are, so that a few outliers cost nothing.

    Raises Failure("decode_error") where no value is finite.
    """
    if cells.dtype.kind == "f":
        return _of_reals(cells, form)
    if form.stored <= _BITS:
        return Fitted(cells.astype(np.uint16), form)
    values = _with_sign(cells, form)
    least, most = int(values.min()), int(values.max())
    if most - least < _CODES:
        levels = np.arange(least, most + 1, dtype=np.float64)
        return _leveled((values - least).astype(np.uint16), levels, form)
    return _rounded(values, form)


def padding_codes(dataset: pydicom.Dataset, levels: NDArray[np.float64]) -> NDArray[np.int64]:
    """The codes of a padding value, or of the range from it to its limit (PS3.3 C.7.5.1.1.2,
    C.7.6.24, C.7.6.25)."""
    for kind in ("Float", "DoubleFloat", ""):
        first = header.number(dataset, f"{kind}PixelPaddingValue")
        if first is not None:
            last = header.number(dataset, f"{kind}PixelPaddingRangeLimit")
            low, high = sorted((first, first if last is None else last))
            return np.flatnonzero((levels >= low) & (levels <= high))
    return np.empty(0, np.int64)


def _of_reals(cells: NDArray[Any], form: PixelFormat) -> Fitted:
    finite = np.isfinite(cells)
    if cells.dtype.itemsize == 8:
        finite &= np.abs(cells) < _TOO_LARGE
    lost = int(cells.size - np.count_nonzero(finite))
    if lost == cells.size:
        raise Failure("decode_error", "no pixel is a finite number")
    if lost:
        cells = np.where(finite, cells, cells[finite].min())
    found = _rounded(cells, form)
    marks = (NOT_FINITE,) if lost else ()
    return replace(
        found, marks=marks, seen={**found.seen, **({"not_finite": lost} if lost else {})}
    )


def _with_sign(cells: NDArray[Any], form: PixelFormat) -> NDArray[Any]:
    """The numbers that two's complements in the stored bits stand for."""
    if not form.signed:
        return cells
    room = 8 * cells.dtype.itemsize - form.stored
    numbers: NDArray[Any] = (cells << room).view(f"i{cells.dtype.itemsize}") >> room
    return numbers


def _rounded(values: NDArray[Any], form: PixelFormat) -> Fitted:
    """Values as the nearest of at most 65,536 levels. Those that a sample of the pixels has are
    among them, where they are no more than half of that."""
    flat = values.ravel()
    sample = np.unique(flat[:: max(1, flat.size // _SAMPLE)]).astype(np.float64)
    half = _CODES // 2
    even = np.linspace(float(flat.min()), float(flat.max()), half)
    if sample.size > half:
        sample = np.quantile(sample, np.linspace(0, 1, half), method="nearest")
    levels = np.unique(np.concatenate([even, sample]))
    between = levels[:-1] + np.diff(levels) / 2
    codes = np.empty(flat.size, np.uint16)
    for start in range(0, flat.size, _PIECE):
        codes[start : start + _PIECE] = np.searchsorted(between, flat[start : start + _PIECE])
    return _leveled(codes.reshape(values.shape), levels, form)


def _leveled(codes: NDArray[np.uint16], levels: NDArray[np.float64], form: PixelFormat) -> Fitted:
    kept = replace(form, stored=_BITS, high_bit=_BITS - 1, signed=False, levels=levels)
    return Fitted(codes, kept, seen={"levels": int(levels.size)})
