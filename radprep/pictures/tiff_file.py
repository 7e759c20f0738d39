"""TIFF and BigTIFF: which pages are frames, and what their samples mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from radprep.errors import Failure
from radprep.pictures import tiff_pages
from radprep.pictures.decoded import CMYK, GREY, RGB, Area, Check, Decoded, Decoder, Samples
from radprep.pictures.orientation import usable
from radprep.pictures.tiff_pages import Page, pages_of
from radprep.pictures.tiff_strips import COMPRESSIONS, JPEG_IN_TIFF, NOT_PACKED, Strips

TIFF_DECODER = Decoder("tifffile", "tifffile")

_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE, _SEPARATED, _YCBCR = 0, 1, 2, 3, 5, 6
_COLOURS = {
    _MIN_IS_WHITE: (GREY, 1),
    _MIN_IS_BLACK: (GREY, 1),
    _RGB: (RGB, 3),
    _PALETTE: (RGB, 1),
    _SEPARATED: (CMYK, 4),
    _YCBCR: (RGB, 3),
}
"""Photometric interpretation -> the colours that it is read as, and samples of a pixel."""
_UNASSOCIATED_ALPHA = 2
_MOST_BITS, _MOST_SAMPLES = 64, 8


class TiffReader:
    """A TIFF, of which each page is a frame. data: the file. Raises Failure."""

    def __init__(self, data: bytes, check: Check, *, most_frames: int, first_only: bool) -> None:
        # one more than may be tells that there are too many
        self._pages = pages_of(data, most_frames + 1)
        read = self._pages[:1] if first_only else self._pages
        sizes = [_size_of(page) for page in read]
        largest = [max(one) for one in zip(*sizes, strict=True)]
        check((largest[0], largest[1], largest[2], len(read)))
        for page in read:
            if page.number(tiff_pages.TILE_WIDTH, 0):
                height = page.number(tiff_pages.TILE_HEIGHT, 0)
                check((height, page.number(tiff_pages.TILE_WIDTH, 0), largest[2], 1))
        self._check = check

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self._pages)

    def read(self, number: int) -> Decoded:
        """A page. Raises Failure, and whatever tifffile does."""
        page = self._pages[number]
        photometric = page.number(tiff_pages.PHOTOMETRIC, _MIN_IS_BLACK)
        compression = page.number(tiff_pages.COMPRESSION, NOT_PACKED)
        if compression not in COMPRESSIONS:
            raise Failure("unsupported_picture", f"TIFF compression {compression}")
        if photometric not in _COLOURS:
            raise Failure("unsupported_picture", f"TIFF photometric interpretation {photometric}")
        strips = Strips(page, self._check)
        samples, lost = strips.in_place()
        if samples.shape[:2] != _size_of(page)[:2]:
            raise Failure("unreadable_picture", "a TIFF page of another size than it says")
        return _as_decoded(samples, lost, page, strips)


def _size_of(page: Page) -> tuple[int, int, int]:
    """Rows, columns and samples of a page. Raises Failure for one that says none."""
    height, width = (page.number(tag, 0) for tag in (tiff_pages.HEIGHT, tiff_pages.WIDTH))
    samples = page.number(tiff_pages.SAMPLES, 1)
    bits = page.numbers(tiff_pages.BITS) or (1,)
    if not (width and height and 1 <= samples <= _MOST_SAMPLES):
        raise Failure("unreadable_picture", "a TIFF page that does not say its size")
    if not 1 <= bits[0] <= _MOST_BITS:
        raise Failure("unsupported_picture", f"TIFF samples of {bits[0]} bits")
    return height, width, samples


def _as_decoded(samples: Samples, lost: tuple[Area, ...], page: Page, strips: Strips) -> Decoded:
    """The frame of a page. samples: shape (h, w, samples)."""
    photometric = page.number(tiff_pages.PHOTOMETRIC, _MIN_IS_BLACK)
    colours, count = _COLOURS[photometric]
    bits, compression = strips.bits, page.number(tiff_pages.COMPRESSION, NOT_PACKED)
    top = (1 << bits) - 1
    said: dict[str, Any] = {"bits": bits, "compression": compression}
    extra = page.numbers(tiff_pages.EXTRA_SAMPLES)
    has_alpha = samples.shape[2] > count and extra[:1] == (_UNASSOCIATED_ALPHA,)
    alpha = samples[..., count] if has_alpha else None
    samples = samples[..., :count]
    if samples.shape[2] < count:
        raise Failure("unsupported_picture", "fewer samples than its colours have")
    if photometric == _PALETTE:
        samples, top = _of_palette(samples[..., 0], strips.palette), 255
    elif photometric == _YCBCR and compression != JPEG_IN_TIFF:
        samples, colours = samples[..., 0], GREY
    elif count == 1:
        samples = samples[..., 0]
    return Decoded(
        _as_codes(samples, page),
        TIFF_DECODER,
        colours,
        top,
        None if alpha is None else _as_codes(alpha, page),
        is_negative=photometric == _MIN_IS_WHITE,
        orientation=usable(page.number(tiff_pages.ORIENTATION, 1)),
        lost=lost,
        is_damaged=strips.is_damaged,
        seen=said,
    )


def _as_codes(samples: Samples, page: Page) -> Samples:
    """Unsigned samples of at most 16 bits as uint8 or uint16; signed and real ones, and those of
    more bits, as real numbers."""
    if samples.dtype.kind in "ub" and samples.dtype.itemsize <= 2:
        return samples.astype(np.uint8 if samples.dtype.itemsize == 1 else np.uint16, copy=False)
    if samples.dtype.kind == "c":
        raise Failure("unsupported_picture", "complex samples")
    return samples.astype(np.float32 if samples.dtype.itemsize <= 2 else np.float64, copy=False)


def _of_palette(numbers: Samples, palette: Samples | None) -> Samples:
    """The colours of a palette, shape (3, n), for each of its numbers. Raises Failure where there
    is none."""
    if palette is None or palette.ndim != 2 or palette.shape[0] != 3:
        raise Failure("unsupported_picture", "no palette that can be read")
    # its entries have 16 bits; some writers put 8 into them
    colours = (palette >> 8 if palette.max() > 255 else palette).astype(np.uint8)
    return np.asarray(colours.T[np.minimum(numbers, palette.shape[1] - 1)])
