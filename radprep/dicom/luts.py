"""From stored values to grey: modality LUT, then VOI LUT or window, then the photometric
interpretation, once and last; or from a palette's numbers and from luminance, which know none of
these.

All of it is one table with an entry for every possible stored value, so that a film is touched once
(PS3.4 annex N.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pydicom
from numpy.typing import NDArray

from radprep.dicom import colour, header, segments, wide
from radprep.dicom.fitting import Codes
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure
from radprep.image.image import Pixels

Values = NDArray[np.float64]

_PERCENTILES = (0.5, 99.5)
"""Range shown where the file says none: the padding apart, all but the darkest and the brightest
half per cent."""

WINDOWS = ("auto", "dicom", "percentile", "full")
"""What may be shown: the file's VOI LUT or window, else percentiles; the same, else the full range;
percentiles; the full range."""

_PIECE = 1 << 22

_TOO_LARGE = 1e30
"""No rescaled value means as much; sums and products of smaller ones stay finite."""


@dataclass(frozen=True)
class GreyTable:
    """table: grey value for each code, uint8 or uint16; applied: what was chosen, for the
    record."""

    table: Pixels
    applied: dict[str, Any]

    def render(self, codes: Codes) -> Pixels:
        """Grey values of the same shape as the codes, which are all in the table."""
        # OpenCV asks for an entry for every value of the dtype
        full = np.zeros(1 << 8 * codes.dtype.itemsize, self.table.dtype)
        full[: self.table.size] = self.table[: full.size]
        grey: Pixels = cv2.LUT(codes, full)
        return grey


def grey_table(
    dataset: pydicom.Dataset, form: PixelFormat, codes: Codes, bits: int, window: str = "auto"
) -> GreyTable:
    """Build the table for one frame.

    codes: the frame, looked at only for percentiles. bits: 8 or 16, of the output. window: one of
    WINDOWS. Raises Failure("unsupported_photometric") for a palette that cannot be read.
    """
    stored = form.stored_values()
    if form.grey:
        values, applied = _modality_lut(dataset, stored)
        share, voi = _shown(dataset, form, values, codes, window)
    else:
        values, top, applied = _colour(dataset, form, stored)
        share, voi = (
            _percentiles(dataset, form, values, codes)
            if window == "percentile"
            else _range(values, 0.0, top)
        )
    inverse = form.grey and (
        form.photometric == "MONOCHROME1"
        or header.code(dataset, "PresentationLUTShape") == "INVERSE"
    )
    if inverse:
        share = 1 - share
    white = (1 << bits) - 1
    table = np.rint(np.clip(share, 0, 1) * white).astype(np.uint8 if bits == 8 else np.uint16)
    return GreyTable(
        table, {**applied, **voi, "monochrome1": inverse, "photometric": form.photometric}
    )


def _shown(
    dataset: pydicom.Dataset, form: PixelFormat, values: Values, codes: Codes, window: str
) -> tuple[Values, dict[str, Any]]:
    """What the `window` option asks for, as share of the output range for each code, and its
    record."""
    found = (
        (_voi_lut(dataset, values) or _window(dataset, values))
        if window in ("auto", "dicom")
        else None
    )
    if found:
        return found
    if window in ("auto", "percentile"):
        return _percentiles(dataset, form, values, codes)
    return _range(values, float(values.min()), float(values.max()))


def _range(values: Values, low: float, high: float) -> tuple[Values, dict[str, Any]]:
    """From the least to the greatest that the stored bits can mean."""
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return share, {"voi": "full", "low": low, "high": high}


def _colour(
    dataset: pydicom.Dataset, form: PixelFormat, stored: Values
) -> tuple[Values, float, dict[str, Any]]:
    """Luminance for each code, the greatest possible one, and a record: neither LUT is for colour
    (PS3.3 C.11.1, C.11.2)."""
    values, top = (
        _palette(dataset, stored)
        if form.photometric == colour.PALETTE
        else (stored, float(stored.size - 1))
    )
    return values, top, {"modality_lut": "none", "colour": True}


def _palette(dataset: pydicom.Dataset, stored: Values) -> tuple[Values, float]:
    """Luminance of a palette's colours for each number (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6). Not by
    pydicom's apply_color_lut, which wraps numbers from 256 where entries have 8 bits. Raises
    Failure("unsupported_photometric"): segmented, or unusable."""
    little_endian = dataset.original_encoding[1] is not False
    found = [
        _lut(dataset, f"{name}PaletteColorLookupTable", little_endian)
        for name in ("Red", "Green", "Blue")
    ]
    luts = [lut for lut in found if lut is not None]
    if len(luts) < 3 or len({(first, table.size, bits) for first, table, bits in luts}) > 1:
        raise Failure("unsupported_photometric", "no palette that can be read")
    first, _, bits = luts[0]
    rgb = np.stack([table for _, table, _ in luts], -1).astype(np.uint16)
    # entries of 8 bits stand in the low byte of a word, or its high byte is used all the same
    wide = bits > 8 or rgb.max() > 255
    index = np.clip(stored - first, 0, len(rgb) - 1).astype(np.int64)
    return colour.luminance(rgb)[index].astype(np.float64), 65535.0 if wide else 255.0


def _modality_lut(dataset: pydicom.Dataset, stored: Values) -> tuple[Values, dict[str, Any]]:
    """PS3.3 C.11.1: a look-up table, or a slope and an intercept; and which, for the record."""
    lut = _lut_sequence(dataset, "ModalityLUTSequence")
    if lut is not None:
        first, table, _ = lut
        return table[np.clip(stored - first, 0, table.size - 1).astype(np.int64)], {
            "modality_lut": "table"
        }
    slope, intercept = (
        header.number(dataset, "RescaleSlope"),
        header.number(dataset, "RescaleIntercept"),
    )
    if not slope or intercept is None or (slope == 1 and intercept == 0):
        return stored, {"modality_lut": "none"}
    with np.errstate(over="ignore"):
        values = stored * slope + intercept
    usable = np.abs(values).max() < _TOO_LARGE
    return values if usable else stored, {"modality_lut": "rescale" if usable else "none"}


def _voi_lut(dataset: pydicom.Dataset, values: Values) -> tuple[Values, dict[str, Any]] | None:
    """PS3.3 C.11.2.1.1: the first VOI LUT, which counts before any window (as share of its output
    range)."""
    lut = _lut_sequence(dataset, "VOILUTSequence")
    if lut is None:
        return None
    first, table, bits = lut
    index = np.clip(np.rint(values) - first, 0, table.size - 1).astype(np.int64)
    return table[index] / ((1 << bits) - 1), {"voi": "table"}


def _window(dataset: pydicom.Dataset, values: Values) -> tuple[Values, dict[str, Any]] | None:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3: the first usable window, by its VOI LUT Function; None where
    none is."""
    function = header.code(dataset, "VOILUTFunction") or "LINEAR"
    least = 1 if function not in ("SIGMOID", "LINEAR_EXACT") else 0
    pairs = zip(_decimals(dataset, "WindowCenter"), _decimals(dataset, "WindowWidth"), strict=False)
    usable = [
        (center, width)
        for center, width in pairs
        if center is not None and width is not None and width > 0 and width >= least
    ]
    if not usable:
        return None
    center, width = usable[0]
    if function == "SIGMOID":
        share = 1 / (1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        share = (values - center) / width + 0.5
    else:
        function = "LINEAR"
        share = (
            (values - (center - 0.5)) / (width - 1) + 0.5
            if width > 1
            else (values > center - 0.5).astype(np.float64)
        )
    return share, {"voi": "window", "function": function, "center": center, "width": width}


def _decimals(dataset: pydicom.Dataset, keyword: str) -> list[float | None]:
    """The values of a decimal string (PS3.5 section 6.2), None for each that is no finite number.
    pydicom gives none of them where one cannot be parsed, so they are read from the bytes then."""
    found = header.values(dataset, keyword) or header.raw_texts(dataset, keyword)
    return [_finite(value) for value in found]


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _percentiles(
    dataset: pydicom.Dataset, form: PixelFormat, values: Values, codes: Codes
) -> tuple[Values, dict[str, Any]]:
    """The range of the frame's own values, without the padding (PS3.3 C.7.5.1.1.2) and a few
    outliers."""
    counts = _counts(codes, values.size)
    if form.grey:
        counts[_padding_codes(dataset, form)] = 0
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[order])
    if reached[-1] == 0:  # nothing but padding
        return np.zeros_like(values), {"voi": "none"}
    low, high = (
        float(values[order[np.searchsorted(reached, reached[-1] * percent / 100)]])
        for percent in _PERCENTILES
    )
    share = (values - low) / (high - low) if high > low else (values > low).astype(np.float64)
    return share, {"voi": "percentiles", "low": low, "high": high}


def _counts(codes: Codes, size: int) -> NDArray[np.int64]:
    """How often each code occurs. In pieces: numpy makes eight bytes of each code that it counts,
    which of a whole film would be the largest thing in memory."""
    flat = codes.ravel()
    counts = np.zeros(size, np.int64)
    for start in range(0, flat.size, _PIECE):
        counts += np.bincount(flat[start : start + _PIECE], minlength=size)
    return counts


def _padding_codes(dataset: pydicom.Dataset, form: PixelFormat) -> NDArray[np.int64]:
    """The codes of Pixel Padding Value, or of the range up to Pixel Padding Range Limit (PS3.3
    C.7.5.1.1.2)."""
    if form.levels is not None:
        return wide.padding_codes(dataset, form.levels)
    first, last = (
        header.integer(dataset, keyword)
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    )
    if first is None:
        return np.empty(0, np.int64)
    # 16 bits that some files declare signed, some not, whatever the pixels are
    wrap = 1 << 15 if form.signed else 0
    low, high = sorted(
        (value + wrap) % (1 << 16) - wrap for value in (first, first if last is None else last)
    )
    half = 1 << form.stored - 1
    least, most = (-half, half - 1) if form.signed else (0, 2 * half - 1)
    return np.arange(max(low, least), min(high, most) + 1) % (1 << form.stored)


def _lut_sequence(dataset: pydicom.Dataset, keyword: str) -> tuple[int, Values, int] | None:
    """First item of a LUT sequence (PS3.3 C.11.1.1): first value mapped, entries, bits an entry.
    None where it is unusable."""
    items = header.values(dataset, keyword)
    if not items or not isinstance(items[0], pydicom.Dataset):
        return None
    return _lut(items[0], "LUT", dataset.original_encoding[1] is not False)


def _lut(item: pydicom.Dataset, name: str, little_endian: bool) -> tuple[int, Values, int] | None:
    """A LUT by the beginning of its attributes' keywords: first value mapped, entries, bits an
    entry. None where it is unusable."""
    descriptor, data = header.numbers(item, f"{name}Descriptor"), header.values(item, f"{name}Data")
    if not descriptor or len(descriptor) != 3:
        return None
    length, first, bits = int(descriptor[0]) or 1 << 16, int(descriptor[1]), int(descriptor[2])
    segmented = header.values(item, f"Segmented{name}Data")
    if not data and len(segmented) == 1 and isinstance(segmented[0], bytes):
        table = segments.expanded(segmented[0], bits, little_endian=little_endian)
        table = table[:length] if table is not None and table.size >= length else None
    else:
        table = _lut_entries(data, length, bits, little_endian)
    return (first, table, bits) if table is not None else None


def _lut_entries(data: list[Any], length: int, bits: int, little_endian: bool) -> Values | None:
    """LUT Data as numbers: words, or bytes where entries of up to 8 bits are two to a word. None
    where it is too short."""
    try:
        if len(data) == 1 and isinstance(data[0], bytes):
            words = np.frombuffer(
                data[0][: len(data[0]) // 2 * 2], "<u2" if little_endian else ">u2"
            )
        else:
            words = np.array(data, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if bits <= 8 and words.size < length <= 2 * words.size:
        words = words.astype("<u2").view("u1")
    usable = 1 <= length <= words.size and 1 <= bits <= 16 and bool(np.isfinite(words).all())
    return words[:length].astype(np.float64) if usable else None
