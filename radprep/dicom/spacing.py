"""What a header says of the size of its pixels (PS3.3 sections 10.7.1, C.7.6.3.1.7)."""

from __future__ import annotations

from dataclasses import dataclass

import pydicom

from radprep.dicom import header, numbers
from radprep.image.image import Pixels
from radprep.image.spacing import LARGEST_RATIO, are_square, squared, squared_size

_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
"""In order of trust. The first may be corrected for magnification; the second is that at the
detector; the third is that of the scanner, on the film."""
_RATIO = "PixelAspectRatio"

APPLIED, UNSURE = "pixel_aspect", "unsure_pixel_aspect"
"""Marks for review: the image was stretched, or it was not although it may have to be."""


@dataclass(frozen=True)
class PixelSize:
    """What a header says. spacing: mm between rows and between columns, as it may leave, and
    source, the keyword that it stands in; None where it stands nowhere. aspect: height of a pixel
    in widths; is_sure: the attributes agree on it, and it can be true."""

    spacing: tuple[float, float] | None
    source: str | None
    aspect: float
    is_sure: bool


@dataclass(frozen=True)
class Squared:
    """An image in square pixels, as far as its header can be believed. pixels: uint8 or uint16,
    shape (h, w); spacing: mm between its rows and columns; mark: for review, or nothing; seen: what
    `decisions` says of it."""

    pixels: Pixels
    spacing: list[float] | None
    source: str | None
    mark: str | None
    seen: dict[str, float]


def pixel_size(dataset: pydicom.Dataset) -> PixelSize:
    """What a header says of the size of its pixels. A ratio of its own counts where no spacing
    stands (it may be left out then), and contradicts one that differs."""
    ratios = [_ratio(dataset, keyword) for keyword in (*_SPACINGS, _RATIO)]
    found = [ratio for ratio in ratios if ratio is not None]
    aspect = found[0] if found else 1.0
    agree = all(are_square(ratio / aspect) for ratio in found)
    can_be = 1 / LARGEST_RATIO <= aspect <= LARGEST_RATIO
    for keyword in _SPACINGS:
        if shown := numbers.shown_numbers(dataset, keyword):
            return PixelSize((shown[0], shown[1]), keyword, aspect, agree and can_be)
    return PixelSize(None, None, aspect, agree and can_be)


def in_square_pixels(pixels: Pixels, size: PixelSize, most_pixels: int) -> Squared:
    """Stretch a film whose pixels are not square, unless its header is not to be believed or the
    film would have more than so many pixels.

    pixels: uint8 or uint16, shape (h, w).
    """
    spacing = list(size.spacing) if size.spacing else None
    if size.is_sure and are_square(size.aspect):
        return Squared(pixels, spacing, size.source, None, {})
    height, width = pixels.shape
    seen = {"pixel_aspect": float(f"{min(max(size.aspect, 0.001), 1000):.3g}")}
    new_width, new_height = squared_size(width, height, size.aspect) if size.is_sure else (0, 0)
    if not size.is_sure or new_width * new_height > most_pixels:
        return Squared(pixels, spacing, size.source, UNSURE, seen)
    if spacing:
        rounded = (spacing[0] * height / new_height, spacing[1] * width / new_width)
        spacing = [float(f"{one:.4g}") for one in rounded]
    return Squared(squared(pixels, size.aspect), spacing, size.source, APPLIED, seen)


def _ratio(dataset: pydicom.Dataset, keyword: str) -> float | None:
    """Height of a pixel in widths, as an attribute of two numbers says; None where it does not."""
    found = header.numbers(dataset, keyword) or []
    if len(found) != 2 or min(found) <= 0:
        return None
    ratio = found[0] / found[1]
    return ratio if 0 < ratio < float("inf") else None
