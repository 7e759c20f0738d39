"""Which numbers of a header may leave: those that measure something on a film, as exactly as it is
measured. A number can say anything: a record number, a date, a text as the codes of its letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pydicom

from radprep.dicom import header


@dataclass(frozen=True)
class Limits:
    """What a value of an attribute may be. least, most: the smallest and the largest plausible one;
    digits: significant decimal digits it is rounded to; values: how many an attribute may have, no
    more and, where `exactly`, no fewer."""

    least: float
    most: float
    digits: int
    values: int = 1
    exactly: bool = False


_COUNT = Limits(0, 999, 3)
_SIDE = Limits(1, 16_384, 5)
_SPACING = Limits(0.01, 10, 4, values=2, exactly=True)
_DISTANCE = Limits(100, 5_000, 4)
_INDEX = Limits(0, 9_999, 3)
_GREY = Limits(-70_000, 70_000, 4)

LIMITS: dict[str, Limits] = {
    # General Series, General Image (PS3.3 C.7.3.1, C.7.6.1). The Standard lets them be any number
    # and people type record numbers into them; a study of films has a handful of each.
    "SeriesNumber": _COUNT,
    "AcquisitionNumber": _COUNT,
    "InstanceNumber": _COUNT,
    "NumberOfFrames": Limits(1, 999, 3),
    # Image Pixel (PS3.3 C.7.6.3): what decides how pixels are read is exact.
    "SamplesPerPixel": Limits(1, 4, 1),
    "Rows": _SIDE,
    "Columns": _SIDE,
    "BitsAllocated": Limits(1, 64, 2),
    "BitsStored": Limits(1, 64, 2),
    "HighBit": Limits(0, 63, 2),
    "PixelRepresentation": Limits(0, 1, 1),
    # One ratio for each lossy compression in turn (PS3.3 C.7.6.1.1.5.2).
    "LossyImageCompressionRatio": Limits(0.01, 1_000, 3, values=3),
    # VOI LUT, Modality LUT (PS3.3 C.11.1, C.11.2): 16 bits and some room. Machines write up to four
    # windows, and as many widths as centres.
    "WindowCenter": Limits(-70_000, 70_000, 4, values=4),
    "WindowWidth": Limits(0.001, 140_000, 4, values=4),
    "RescaleSlope": Limits(-10_000, 10_000, 4),
    "RescaleIntercept": _GREY,
    # Pixels of detectors and scanners, mm (PS3.3 10.7.1, C.8.1.2, C.8.11.4).
    "PixelSpacing": _SPACING,
    "ImagerPixelSpacing": _SPACING,
    "NominalScannedPixelSpacing": _SPACING,
    # Height and width of a pixel, in no unit (PS3.3 C.7.6.3.1.7): a fraction of small numbers.
    "PixelAspectRatio": Limits(1, 9_999, 4, values=2, exactly=True),
    # X-Ray Acquisition Dose, CR Image (PS3.3 C.8.7.8, C.8.1.3): kV, ms, mA, mAs, uAs, mm, dGy cm2.
    "KVP": Limits(0, 200, 3),
    "ExposureTime": Limits(0, 9_999, 3),
    "XRayTubeCurrent": Limits(0, 3_000, 3),
    "Exposure": Limits(0, 3_000, 3),
    "ExposureInuAs": Limits(0, 3_000_000, 3),
    "DistanceSourceToDetector": _DISTANCE,
    "DistanceSourceToPatient": _DISTANCE,
    "ImageAndFluoroscopyAreaDoseProduct": Limits(0, 10_000, 3),
    "Sensitivity": _INDEX,
    "RelativeXRayExposure": _INDEX,
    # IEC 62494-1: the index is 100 times the detector's dose in uGy, some hundreds; the deviation
    # is ten times the decadic logarithm of index and target.
    "ExposureIndex": _INDEX,
    "TargetExposureIndex": _INDEX,
    "DeviationIndex": Limits(-30, 30, 3),
    # Nominal sizes, mm (PS3.3 C.8.7.2); IEC 60336 has none above 3.
    "FocalSpots": Limits(0.05, 3, 2, values=2),
}
"""Attribute -> what may leave of it. What is outside is empty, never clipped: a clipped value would
be a false one."""

_NOTHING = 1e-9
"""What is smaller is zero: a long exponent says as much as a long number."""
_WINDOWS = ("WindowCenter", "WindowWidth")
_LONG_NUMBER = re.compile(r"(?!(?<=\b1\.2\.840\.)10008\.)\d{5,}")
"""But for the number that the UIDs of the Standard begin with."""


def shown_numbers(dataset: pydicom.Dataset, keyword: str) -> list[float]:
    """All values of a numeric attribute as they may leave; empty where one of them may not, or
    where they are too many or too few."""
    limits = LIMITS[keyword]
    found = header.numbers(dataset, keyword) or []
    too_few = limits.exactly and len(found) < limits.values
    # 200,000 numbers are not rounded first
    if too_few or len(found) > limits.values:
        return []
    if keyword in _WINDOWS and any(_count(dataset, one) not in (0, len(found)) for one in _WINDOWS):
        return []  # PS3.3 C.11.2.1.2: each centre has its width
    return shown_as(keyword, found)


def shown_as(keyword: str, found: Sequence[float]) -> list[float]:
    """Numbers as the values of an attribute may leave; empty where one of them may not."""
    shown = [_within(value, LIMITS[keyword]) for value in found]
    return [value for value in shown if value is not None] if None not in shown else []


def shown_number(dataset: pydicom.Dataset, keyword: str) -> int | None:
    """The first value of an attribute of whole numbers as it may leave."""
    found = header.integer(dataset, keyword)
    value = None if found is None else _within(found, LIMITS[keyword])
    return None if value is None else int(value)


def shown_grey(value: float) -> float | None:
    """A grey value that was computed with a header's numbers, such as the ends of a window."""
    return _within(value, _GREY)


def shown_frames(count: int) -> int | None:
    """How many frames a file says it has, as that may leave."""
    value = _within(count, LIMITS["NumberOfFrames"])
    return None if value is None else int(value)


def shown_detail(detail: str) -> str:
    """A sentence on a file with every long number as ***: numbers of a header stand in some, and
    one of five digits may name a person."""
    return _LONG_NUMBER.sub("***", detail)


def _count(dataset: pydicom.Dataset, keyword: str) -> int:
    return len(header.decimals(dataset, keyword))


def _within(value: float, limits: Limits) -> float | None:
    """The value rounded, None where it is not plausible."""
    if not limits.least <= value <= limits.most:
        return None
    if abs(value) < _NOTHING:
        return 0.0 if limits.least <= 0 else None
    return float(f"{value:.{limits.digits}g}")
