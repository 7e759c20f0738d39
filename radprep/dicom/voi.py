"""What of a film's values is shown: by a VOI LUT or a window of its header, or by the range of its
own values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from radprep.dicom import decimal_text, functional_groups, header, wide
from radprep.dicom.fitting import Codes
from radprep.dicom.lut_tables import Lut, Values, read_lut, says_something
from radprep.dicom.pixel_format import PixelFormat
from radprep.image.greys import code_counts, share_of_range, usual_range

WINDOWS = ("auto", "dicom", "percentile", "full")
"""What may be shown: the file's VOI LUT or window if it fits the film, else percentiles; the file's
even where it does not fit, else the full range; percentiles; the full range."""

LUT_MENDED, LUT_UNUSABLE = "lut_mended", "lut_unusable"
NARROW_VOI, UNUSABLE_NUMBER = "narrow_voi", "unusable_number"

_LOOKED_AT = (2.0, 98.0)
"""Of a film under a window these percentiles are compared: letters and borders do not count."""
_LEAST_RANGE = 0.25
"""A film that varies must keep this share of the range of grey, or its VOI LUT or window is not
meant for it."""
_VARIED_SPREAD, _VARIED_VALUES = 1 / 16, 128
"""A film varies where its values reach over this share of the greatest, or where they are as many
different ones. A blank one does not: nothing but noise would be shown of it."""
_SAMPLE = 1 << 16
"""Pixels that are looked at to find out how much of the grey range a film keeps."""

_MOST_VIEWS = 16
"""VOI LUTs and windows of a file that are tried. Machines write up to four."""


@dataclass(frozen=True)
class Shown:
    """share: of the range of grey for each code, not clipped; None where the header has something
    that cannot be used. applied: the record. marks: codes for a person. falls: whether high values
    are dark."""

    share: Values | None
    applied: dict[str, Any]
    marks: tuple[str, ...] = ()
    falls: bool = False


@dataclass(frozen=True)
class Film:
    """A frame of a file. values: those that its codes mean, behind the modality LUT. frame: its
    number in the file, from 0."""

    dataset: pydicom.Dataset
    form: PixelFormat
    codes: Codes
    values: Values
    frame: int = 0


def shown(film: Film, window: str) -> tuple[Values, dict[str, Any], set[str]]:
    """What the `window` option (one of WINDOWS) asks for: share of the range of grey for each code,
    the record, and marks for a person.

    A VOI LUT or window that leaves a film that varies less than a quarter of the grey range gives
    way to the next one. Where none is left, "dicom" keeps to the first one, and "auto" shows the
    film's own range, in the polarity that the first one gave it.
    """
    first, chosen, refused, marks = _chosen(film)
    if window == "dicom" and chosen is None:
        chosen = first
    if window in ("auto", "dicom") and chosen is not None and chosen.share is not None:
        return chosen.share, {**chosen.applied, **refused}, marks
    share, own = (
        percentiles(film)
        if window in ("auto", "percentile")
        else full_range(film.values, float(film.values.min()), float(film.values.max()))
    )
    if window in ("percentile", "full"):
        refused, marks = {}, set()
    if first is not None and first.falls:
        share, refused = 1 - share, {**refused, "falling": True}
    return share, {**own, **refused}, marks


def _chosen(film: Film) -> tuple[Shown | None, Shown | None, dict[str, Any], set[str]]:
    """The first VOI LUT or window that can be used, the one that leaves enough of the film, what is
    to be said of the first where that is another, and marks for a person."""
    first: Shown | None = None
    refused: dict[str, Any] = {}
    marks: set[str] = set()
    sample = _sample(film)
    for view in _views(film):
        if view.share is None:
            marks.update(view.marks)
            continue
        kept = _reach(view.share[sample])
        if kept >= _LEAST_RANGE or not _varies(film, sample):
            return first or view, view, refused, marks.union(view.marks)
        if first is None:
            first = view
            refused = {"refused": view.applied["voi"], "refused_range": kept}
            if "voi_lut_faults" in view.applied:
                refused["refused_faults"] = view.applied["voi_lut_faults"]
            marks.update(view.marks, (NARROW_VOI,))
    return first, None, refused, marks


def _sample(film: Film) -> Codes:
    """Codes of pixels all over the frame, without the padding."""
    step = max(1, math.isqrt(film.codes.size // _SAMPLE))
    sample: Codes = film.codes[::step, ::step].ravel()
    padding = padding_codes(film.dataset, film.form)
    return sample[~np.isin(sample, padding)] if len(padding) else sample


def _reach(share: Values) -> float:
    """How much of the range of grey some pixels take, a few outliers apart."""
    if not share.size:
        return 0.0
    low, high = np.percentile(np.clip(share, 0, 1), _LOOKED_AT)
    return float(high - low)


def _varies(film: Film, sample: Codes) -> bool:
    """Whether a frame shows something."""
    if not sample.size:
        return False
    stored = film.form.stored_values()[sample]
    low, high = np.percentile(stored, _LOOKED_AT)
    if high - low >= _VARIED_SPREAD * max(abs(low), abs(high)) > 0:
        return True
    return np.unique(stored).size >= _VARIED_VALUES


def _views(film: Film) -> Iterator[Shown]:
    """Each VOI LUT and window of the header in the order in which they count: those of the frame
    before those of all frames (PS3.3 C.7.6.16.2.10), tables before windows."""
    for source in functional_groups.sources(film.dataset, "FrameVOILUTSequence", film.frame):
        yield from itertools.islice(_tables(source, film), _MOST_VIEWS)
        yield from itertools.islice(_windows(source, film.values), _MOST_VIEWS)


def _tables(source: pydicom.Dataset, film: Film) -> Iterator[Shown]:
    """VOI LUTs (PS3.3 C.11.2.1.1), as share of their output range."""
    inputs = float(film.values.min()), float(film.values.max())
    little_endian = header.is_little_endian(film.dataset)
    if header.is_too_large(source, "VOILUTSequence"):
        yield Shown(None, {}, (LUT_UNUSABLE,))
    for item in header.values(source, "VOILUTSequence"):
        is_item = isinstance(item, pydicom.Dataset)
        if is_item and not says_something(item):
            continue
        lut = read_lut(item, "LUT", little_endian, inputs) if is_item else None
        if lut is None:
            yield Shown(None, {}, (LUT_UNUSABLE,))
            continue
        yield _table(lut, film.values)
        other = lut.with_other_sign()
        if other is not None:  # asked for only where the reading by the Standard leaves too little
            yield _table(other, film.values)


def _table(lut: Lut, values: Values) -> Shown:
    applied: dict[str, Any] = {"voi": "table"}
    if lut.faults:
        applied["voi_lut_faults"] = list(lut.faults)
    return Shown(lut.share(values), applied, (LUT_MENDED,) if lut.faults else (), lut.falls)


def _windows(source: pydicom.Dataset, values: Values) -> Iterator[Shown]:
    """Windows (PS3.3 C.11.2.1.2 and C.11.2.1.3), by their VOI LUT Function."""
    function = header.code(source, "VOILUTFunction") or "LINEAR"
    least = 1 if function not in ("SIGMOID", "LINEAR_EXACT") else 0
    pairs = itertools.zip_longest(
        header.written(source, "WindowCenter"), header.written(source, "WindowWidth")
    )
    for pair in pairs:
        if all(decimal_text.is_empty(value) for value in pair):
            continue
        center, width = (decimal_text.number(value) for value in pair)
        if center is None or width is None or width <= 0 or width < least:
            yield Shown(None, {}, (UNUSABLE_NUMBER,))
        else:
            yield _window(values, function, center, width)


def _window(values: Values, function: str, center: float, width: float) -> Shown:
    if function == "SIGMOID":
        share = 1 / (1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        with np.errstate(over="ignore"):  # what is beyond every range is black or white
            share = (values - center) / width + 0.5
    else:
        function = "LINEAR"
        share = (
            (values - (center - 0.5)) / (width - 1) + 0.5
            if width > 1
            else (values > center - 0.5).astype(np.float64)
        )
    applied = {"voi": "window", "function": function, "center": center, "width": width}
    return Shown(share, applied)


def full_range(values: Values, low: float, high: float) -> tuple[Values, dict[str, Any]]:
    """From the least to the greatest that the stored bits can mean."""
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return share, {"voi": "full", "low": low, "high": high}


def percentiles(film: Film) -> tuple[Values, dict[str, Any]]:
    """The range of the frame's own values, without the padding (PS3.3 C.7.5.1.1.2) and a few
    outliers."""
    values = film.values
    counts = code_counts(film.codes, values.size)
    counts[padding_codes(film.dataset, film.form)] = 0
    found = usual_range(values, counts)
    if found is None:  # nothing but padding
        return np.zeros_like(values), {"voi": "none"}
    low, high = found
    share = share_of_range(values, low, high)
    return share, {"voi": "percentiles", "low": low, "high": high}


def padding_codes(dataset: pydicom.Dataset, form: PixelFormat) -> NDArray[np.int64]:
    """The codes of Pixel Padding Value, or of the range up to Pixel Padding Range Limit (PS3.3
    C.7.5.1.1.2); none of what is not grey."""
    if not form.grey:
        return np.empty(0, np.int64)
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
