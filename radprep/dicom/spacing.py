"""What a header says of the size of its pixels (PS3.3 sections 10.7.1, C.7.6.3.1.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pydicom

from radprep.dataset.image_file import MOST_PIXELS
from radprep.dicom import decimal_text, functional_groups, header, numbers
from radprep.dicom.voi import UNUSABLE_NUMBER
from radprep.image.image import Pixels
from radprep.image.spacing import LARGEST_RATIO, are_square, squared, squared_size

_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
"""In order of trust. The first may be corrected for magnification; the second is that at the
detector; the third is that of the scanner, on the film."""
_RATIO = "PixelAspectRatio"
_MACROS = {
    "PixelSpacing": "PixelMeasuresSequence",
    "ImagerPixelSpacing": "FramePixelDataPropertiesSequence",
}
"""Where they stand in enhanced images (PS3.3 C.7.6.16.2.1, C.8.19.6)."""

_PARTED = re.compile(
    r"(.+?)[xX\u00d7*:;/|](.+)|(\S+)\s+(\S+)|(\d*\.\d+),\s*(\d*\.\d+)", re.ASCII | re.DOTALL
)
"""Two numbers in one text. A comma parts those with points only: it may be a decimal one."""
_LONGEST = 128

APPLIED, UNSURE = "pixel_aspect", "unsure_pixel_aspect"
"""Marks for review: the image was stretched, or it was not although it may have to be."""


@dataclass(frozen=True)
class PixelSize:
    """What a header says. spacing: mm between rows and between columns, as it may leave, and
    source, the keyword that it stands in; None where it stands nowhere. aspect: height of a pixel
    in widths; is_sure: the attributes agree on it, and it can be true; is_usable: whatever stands
    there could be used."""

    spacing: tuple[float, float] | None
    source: str | None
    aspect: float
    is_sure: bool
    is_usable: bool = True


@dataclass(frozen=True)
class Squared:
    """An image in square pixels, as far as its header can be believed. pixels: uint8 or uint16,
    shape (h, w); spacing: mm between its rows and columns; marks: for review; seen: what
    `decisions` says of it."""

    pixels: Pixels
    spacing: list[float] | None
    source: str | None
    marks: tuple[str, ...]
    seen: dict[str, float]


def pixel_size(dataset: pydicom.Dataset, frame: int = 0) -> PixelSize:
    """What a header says of the size of the pixels of a frame, from 0. A ratio of its own counts
    where no spacing stands (it may be left out then), and contradicts one that differs."""
    said = {keyword: _said(dataset, keyword, frame) for keyword in (*_SPACINGS, _RATIO)}
    pairs = {keyword: pair for keyword, pair in said.items() if pair}
    ratios = [between_rows / between_columns for between_rows, between_columns in pairs.values()]
    aspect = ratios[0] if ratios else 1.0
    agree = all(are_square(ratio / aspect) for ratio in ratios)
    can_be = 1 / LARGEST_RATIO <= aspect <= LARGEST_RATIO
    shown = {one: numbers.shown_as(one, pairs[one]) for one in _SPACINGS if one in pairs}
    is_usable = () not in said.values() and all(shown.values())
    for keyword, spacing in shown.items():
        if spacing:
            sides = (spacing[0], spacing[1])
            return PixelSize(sides, keyword, aspect, agree and can_be, is_usable)
    return PixelSize(None, None, aspect, agree and can_be, is_usable)


def in_square_pixels(pixels: Pixels, size: PixelSize, most_pixels: int) -> Squared:
    """Stretch a film whose pixels are not square, unless its header is not to be believed or the
    film would have more than so many pixels.

    pixels: uint8 or uint16, shape (h, w).
    """
    spacing = list(size.spacing) if size.spacing else None
    marks = () if size.is_usable else (UNUSABLE_NUMBER,)
    if size.is_sure and are_square(size.aspect):
        return Squared(pixels, spacing, size.source, marks, {})
    height, width = pixels.shape
    seen = {"pixel_aspect": float(f"{min(max(size.aspect, 0.001), 1000):.3g}")}
    new_width, new_height = squared_size(width, height, size.aspect) if size.is_sure else (0, 0)
    if not size.is_sure or new_width * new_height > min(most_pixels, MOST_PIXELS):
        return Squared(pixels, spacing, size.source, (UNSURE, *marks), seen)
    if spacing:
        rounded = (spacing[0] * height / new_height, spacing[1] * width / new_width)
        spacing = [float(f"{one:.4g}") for one in rounded]
    return Squared(squared(pixels, size.aspect), spacing, size.source, (APPLIED, *marks), seen)


def _said(dataset: pydicom.Dataset, keyword: str, frame: int) -> tuple[float, ...] | None:
    """The two numbers of an attribute, from the nearest place that has it; () where they cannot be
    used, None where it stands nowhere."""
    macro = _MACROS.get(keyword)
    places = functional_groups.sources(dataset, macro, frame) if macro else [dataset]
    for place in places:
        written = header.written(place, keyword)
        if not all(map(decimal_text.is_empty, written)):
            return _pair(written)
    return None


def _pair(written: list[Any]) -> tuple[float, ...]:
    """Two numbers above zero; () where there are others, or nobody knows which."""
    if len(written) == 1 and isinstance(written[0], str):
        written = _parted(written[0])
    found = [decimal_text.number(value) for value in written[:3]]
    if len(found) != 2 or not found[0] or not found[1] or min(found[0], found[1]) <= 0:
        return ()
    return (found[0], found[1]) if 0 < found[0] / found[1] < float("inf") else ()


def _parted(text: str) -> list[str]:
    """The two numbers that one text holds with another mark between them than a backslash, such as
    0.4x0.2 or 2:1; otherwise the text."""
    found = _PARTED.fullmatch(text.strip(" \0\t\r\n")) if len(text) <= _LONGEST else None
    return [part for part in found.groups() if part] if found else [text]
