"""From the samples of a picture to grey codes: colour becomes luminance, what is transparent or
lost becomes black, a negative is turned over, and the picture stands upright."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radprep.image.greys import luminance
from radprep.pictures.decoded import (
    DAMAGED,
    GREY,
    NOT_FINITE,
    RGB,
    TRANSPARENT,
    Decoded,
    Samples,
    lost_share,
)
from radprep.pictures.orientation import UPRIGHT, upright

_BAND = 1 << 20
"""Pixels that are made grey at a time: arithmetic takes several times the memory of a picture."""
_DEPTHS = (8, 10, 12, 14, 16)
"""Bits that detectors and scanners have: the least of these that holds all values of a picture of
more than 8 bits is what its maker used."""


@dataclass(frozen=True)
class GreyFrame:
    """codes: shape (h, w), upright; uint8 or uint16 with `top` as white, else float64 or float32,
    and top is None. used: the greatest value of the bits that its maker used; it is `top` where it
    has 8 bits, or less. lost: how many of them the file does not give; they are 0, or not-a-number.
    decoder, version: what decoded it. seen: for the record. marks: for review."""

    codes: Samples
    top: int | None
    lost: int
    decoder: str
    version: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    used: int = 0


def grey_frame(decoded: Decoded) -> GreyFrame:
    """The grey codes of a frame."""
    seen: dict[str, Any] = {"colours": decoded.colours, **decoded.seen}
    marks: list[str] = []
    is_code = decoded.samples.dtype in (np.uint8, np.uint16)
    codes, bare = (_grey_codes(decoded), 0) if is_code else _finite(_luminance(decoded.samples))
    if bare:
        seen["not_finite"] = bare
        marks.append(NOT_FINITE)
    used = _used(codes, decoded.top) if is_code else 0
    if decoded.is_negative:
        # of the bits that are stored: with more of them all would be nearly white
        codes = (used if is_code else codes.max() + codes.min()) - codes
    codes, transparent = _on_black(codes, decoded)
    if transparent:
        seen["transparent"] = transparent
        marks.append(TRANSPARENT)
    lost = sum(area.pixels for area in decoded.lost)
    if decoded.is_damaged or lost:
        seen.setdefault("lost", round(lost_share(decoded.lost, codes.shape), 4))
        marks.append(DAMAGED)
    codes = _filled(codes, decoded, 0 if is_code else np.nan)
    if decoded.orientation != UPRIGHT:
        seen["orientation"] = decoded.orientation
        codes = upright(codes, decoded.orientation)
    decoder = decoded.decoder
    top = decoded.top if is_code else None
    return GreyFrame(codes, top, lost, decoder.name, decoder.version, seen, tuple(marks), used)


def _used(codes: Samples, top: int) -> int:
    """The greatest value of the bits that are used of codes as they are stored."""
    if top <= np.iinfo(np.uint8).max:
        return top
    needed = int(codes.max(initial=0)).bit_length()
    return min(top, (1 << next(depth for depth in _DEPTHS if depth >= needed)) - 1)


def _grey_codes(decoded: Decoded) -> Samples:
    """Luminance of codes, a few rows at a time."""
    samples = decoded.samples
    if decoded.colours == GREY:
        return samples
    height, width = samples.shape[:2]
    grey = np.empty((height, width), samples.dtype)
    step = max(1, _BAND // max(1, width))
    for start in range(0, height, step):
        rows = samples[start : start + step]
        rgb = rows if decoded.colours == RGB else _from_cmyk(rows, decoded.top)
        grey[start : start + step] = luminance(rgb)
    return grey


def _from_cmyk(inks: Samples, top: int) -> Samples:
    """RGB of inks, of which `top` is all of one: what colours and black leave of white."""
    left = top - inks.astype(np.uint32)
    rgb: Samples = ((left[..., :3] * left[..., 3:] + top // 2) // top).astype(inks.dtype)
    return rgb


def _luminance(values: Samples) -> NDArray[Any]:
    """The same weights for numbers that are no codes."""
    if values.ndim == 2:
        return values if values.dtype == np.float32 else values.astype(np.float64)
    return np.asarray(values[..., :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114]))


def _finite(values: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Numbers of which those that are none, or too large, stand as the least one; and how many."""
    most = np.finfo(np.float32).max / 4
    with np.errstate(invalid="ignore"):
        is_fine = np.abs(values) < most
    lost = int(values.size - np.count_nonzero(is_fine))
    if not lost:
        return values, 0
    least = values[is_fine].min() if lost < values.size else 0
    return np.where(is_fine, values, least).astype(values.dtype), lost


def _on_black(codes: Samples, decoded: Decoded) -> tuple[Samples, float]:
    """Codes before a black ground, and the share of pixels that are not opaque. What a picture
    hides behind its transparent pixels does not come to light."""
    alpha, top = decoded.alpha, decoded.top
    if alpha is None:
        return codes, 0.0
    alpha = _filled(alpha, decoded, top)
    clear = float(np.count_nonzero(alpha < top)) / max(1, alpha.size)
    if not clear:
        return codes, 0.0
    if codes.dtype.kind == "f":
        return codes * (alpha / top), round(clear, 4)
    shown = (codes.astype(np.uint32) * alpha + top // 2) // top
    return shown.astype(codes.dtype), round(clear, 4)


def _filled(values: Samples, decoded: Decoded, value: float) -> Samples:
    """Values with another one where the file lost them."""
    if not decoded.lost:
        return values
    filled = values.copy()
    for top, bottom, left, right in decoded.lost:
        filled[top:bottom, left:right] = value
    return filled
