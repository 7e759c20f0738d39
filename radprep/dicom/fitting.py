"""What a codec gave, held against the header: the shape, the depth, the sign and the range of its
values. What the stream says of its samples counts where both differ (PS3.5 section 8.2.1); of two
signs, values are read with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radprep.dicom.codestream import Samples
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure

Codes = NDArray[Any]
"""Stored bits as unsigned numbers, uint8 or uint16 (uint32 and uint64 before `wide` has seen them),
shape (rows, columns)."""

CLAMPED, OTHER_BITS, OTHER_SIGN = "clamped_values", "stream_precision", "stream_sign"
STRAY_BITS = "stray_bits"
"""Marks for review."""

_SAMPLE = 1 << 20
_NEAR = 16
_MOST_FAR = 0.01
"""A lossy coder rings around edges: values leave the range by a little, and at most this share of
them by more than a 16th of it."""


@dataclass(frozen=True)
class Fitted:
    """codes: what the pixels are; form: how they are to be read; marks: what a person is to look
    at; seen: numbers for the record."""

    codes: Codes
    form: PixelFormat
    marks: tuple[str, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)


def fitted(
    decoded: NDArray[np.generic], form: PixelFormat, said: Samples | None, *, lossy: bool
) -> Fitted:
    """Hold decoded values against their header. said: what the stream says of its samples; lossy:
    whether the transfer syntax lets values change, which counts where the stream does not tell.

    Raises Failure: frame_does_not_fit, unsupported_bits.
    """
    _refuse_other_shape(decoded, form)
    bits = said.bits if said else form.stored
    if form.high_bit != form.stored - 1 and _cells_were_coded(form, said):
        cells = np.ascontiguousarray(decoded).view(f"u{decoded.dtype.itemsize}")
        return Fitted(masked(cells, form), form)
    marks = []
    if bits < form.stored:
        marks.append(OTHER_BITS)
        form = replace(form, stored=bits, high_bit=bits - 1)
    if said and said.signed is not None and said.signed != form.signed and _negative(decoded, form):
        marks.append(OTHER_SIGN)
        form = replace(form, signed=True)
    may_clamp = lossy if said is None or said.lossy is None else said.lossy
    codes, outside = _within(decoded, form, bits, may_clamp=may_clamp)
    wrapped = 0 if said and said.signed else _wrapped_bits(codes, form)
    if wrapped:
        marks.append(OTHER_SIGN)
        form = replace(form, stored=wrapped, high_bit=wrapped - 1)
    seen = {"clamped": outside} if outside else {}
    seen |= {"stream_bits": bits} if OTHER_BITS in marks else {}
    marks += [CLAMPED] if outside else []
    return Fitted(codes, form, tuple(marks), seen)


def masked(cells: Codes, form: PixelFormat) -> Codes:
    """Take the stored bits out of the allocated ones: overlays of old machines stand in the others
    (PS3.5 section 8.1.1)."""
    if form.high_bit != form.stored - 1:
        cells = cells >> (form.high_bit + 1 - form.stored)
    if form.stored != form.allocated and int(cells.max()) >> form.stored:
        cells = cells & cells.dtype.type((1 << form.stored) - 1)
    return cells


def stray_bits(cells: Codes, form: PixelFormat) -> int:
    """How many cells hold a value that their stored bits do not, so that `masked` makes another one
    of it: bits above the High Bit are neither an overlay nor copies of the sign."""
    above = form.allocated - 1 - form.high_bit
    if not above or (form.signed and form.overlays):  # overlays hide the copies of the sign
        return 0
    values = cells.view(f"i{cells.dtype.itemsize}") if form.signed else cells
    if form.overlays:
        values = values & cells.dtype.type(~form.overlays & ((1 << form.allocated) - 1))
    low, high = 0, 1 << (form.high_bit + 1)
    if form.signed and values.min() < 0:  # the sign is copied: that of all cells is
        low, high = -high // 2, high // 2
    if values.min() >= low and int(values.max()) < high:
        return 0
    return int(np.count_nonzero((values < low) | (values >= high)))


def _refuse_other_shape(decoded: NDArray[np.generic], form: PixelFormat) -> None:
    size = (form.rows, form.columns)
    shape = size if form.samples == 1 else (*size, form.samples)
    most = max(16, form.allocated)
    kind, bits = decoded.dtype.kind, 8 * decoded.dtype.itemsize
    if decoded.shape != shape or kind not in "iu" or bits > most:
        raise Failure(
            "frame_does_not_fit",
            f"{decoded.dtype} {decoded.shape} for {form.rows} x {form.columns}",
        )


def _cells_were_coded(form: PixelFormat, said: Samples | None) -> bool:
    """A High Bit above the stored bits speaks of native cells (PS3.5 section 8.1.1): whether these
    went through the codec as they were, or their stored bits only, the stream's own precision
    tells. Raises Failure("unsupported_bits") where it tells neither."""
    precision = said.bits if said else 0
    if precision != form.stored and not form.high_bit < precision <= form.allocated:
        raise Failure(
            "unsupported_bits",
            f"stored {form.stored}, high bit {form.high_bit}, stream of {precision} bits",
        )
    return precision != form.stored


def _negative(decoded: NDArray[np.generic], form: PixelFormat) -> bool:
    """Whether a value is below zero if it is read with a sign: only then it matters who is right,
    stream or header."""
    if decoded.dtype.kind == "i":
        return bool(decoded.min() < 0)
    return bool(int(decoded.max()) >> (form.stored - 1))


def _wrapped_bits(codes: Codes, form: PixelFormat) -> int:
    """How many bits two's complements have that were put into a wider stream without their sign,
    which then says nothing of it: black and white stand beside each other where grey is in the
    middle. 0 where that is not plain to see."""
    bits = int(codes.max()).bit_length()
    if not form.signed or form.samples != 1 or not 1 < bits < form.stored:
        return 0
    half = 1 << (bits - 1)
    values = codes[:: max(1, codes.size // _SAMPLE)].astype(np.int64)
    turned = values - 2 * half * (values >= half)
    if min(int(turned.max()), -int(turned.min())) < half // 4:  # not both sides are in use
        return 0
    jumps, fewer = (
        np.count_nonzero(np.abs(np.diff(one, axis=1)) > half) for one in (values, turned)
    )
    return bits if jumps > len(values) // 2 and 8 * fewer < jumps else 0


def _within(
    decoded: NDArray[np.generic], form: PixelFormat, bits: int, *, may_clamp: bool
) -> tuple[Codes, int]:
    """Codes of values that the stored bits can hold, and how many had to be clamped to them. Raises
    Failure("frame_does_not_fit") where values lie outside and were coded without losses, or far
    outside."""
    values: NDArray[Any] = decoded
    low, high = _range(decoded, form)
    least, most = int(values.min()), int(values.max())
    clamped = 0
    if most > high and form.signed and decoded.dtype.kind == "u":
        # cells that were coded whole, with their sign in all bits of the stream
        values = values.astype(np.int64)
        values[values >= 1 << (bits - 1)] -= 1 << bits
        least, most = int(values.min()), int(values.max())
    if least < low or most > high:
        near = max(1, (1 << form.stored) // _NEAR)
        far = np.count_nonzero((values < low - near) | (values > high + near))
        if not may_clamp or far > _MOST_FAR * values.size:
            raise Failure("frame_does_not_fit", f"values outside {form.stored} bits")
        clamped = int(np.count_nonzero((values < low) | (values > high)))
        values = np.clip(values, low, high)
    mask = (1 << form.stored) - 1
    if values.dtype.kind == "i":
        values = values.astype(f"u{decoded.dtype.itemsize}") & np.uint64(mask).astype(
            f"u{decoded.dtype.itemsize}"
        )
    return np.ascontiguousarray(values), clamped


def _range(decoded: NDArray[np.generic], form: PixelFormat) -> tuple[int, int]:
    """The least and the greatest value that the stored bits can hold. A codec that knows no sign
    gives a signed value as its two's complement."""
    half = 1 << (form.stored - 1)
    if not form.signed:
        return 0, 2 * half - 1
    return -half, half - 1 if decoded.dtype.kind == "i" else 2 * half - 1
