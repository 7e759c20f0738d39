"""TIFF and BigTIFF, by tifffile and the codecs of imagecodecs: strips and tiles, each decoded by
itself, so that a broken one costs itself alone."""

from __future__ import annotations

import io
import logging
import zlib
from typing import Any

import numpy as np
import tifffile

from radprep.errors import Failure
from radprep.pictures import tiff_pages
from radprep.pictures.decoded import (
    CMYK,
    GREY,
    RGB,
    Area,
    Check,
    Decoded,
    Decoder,
    Samples,
)
from radprep.pictures.orientation import usable
from radprep.pictures.png_file import unpacked
from radprep.pictures.segments import FRAME_HEADERS, segments, size_of_frame
from radprep.pictures.tiff_pages import Page, pages_of

TIFF_DECODER = Decoder("tifffile", "tifffile")

logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # its messages quote a file's texts

_NONE, _JPEG = 1, 7
_DEFLATE = (8, 32946)
_COMPRESSIONS = frozenset({_NONE, 2, 3, 4, 5, _JPEG, *_DEFLATE, 32773, 34712, 34925, 50000, 50001})
"""None, fax (2 to 4), LZW, JPEG, deflate, PackBits, JPEG 2000, LZMA, Zstandard, WebP."""
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
_UNSIGNED = 1
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
        compression = page.number(tiff_pages.COMPRESSION, _NONE)
        if compression not in _COMPRESSIONS:
            raise Failure("unsupported_picture", f"TIFF compression {compression}")
        if photometric not in _COLOURS:
            raise Failure("unsupported_picture", f"TIFF photometric interpretation {photometric}")
        with tifffile.TiffFile(io.BytesIO(page.alone())) as file:
            decoded: Any = file.pages.first
            samples, lost = self._samples(decoded, page)
            return _as_decoded(samples, lost, page, decoded)

    def _samples(self, decoded: Any, page: Page) -> tuple[Samples, tuple[Area, ...]]:
        """All strips or tiles in place, shape (h, w, samples), and the areas that are lost. Raises
        Failure where none can be decoded."""
        planes, depth, height, width, contiguous = decoded.shaped
        if depth != 1 or (height, width) != _size_of(page)[:2]:
            raise Failure("unreadable_picture", "a TIFF page of another size than it says")
        out = np.zeros((planes, height, width, contiguous), decoded.dtype)
        lost: list[Area] = []
        count = min(len(decoded.dataoffsets), len(decoded.databytecounts))
        expected = _segments_of(decoded)
        for index in range(expected):
            piece = None
            if index < count:
                piece = self._piece(decoded, page, index)
            (plane, _, top, left, _), shape = _place_of(decoded, index)
            bottom, right = min(top + shape[1], height), min(left + shape[2], width)
            rows = 0
            if piece is not None:
                segment, rows = piece
                rows = min(rows, bottom - top)
                out[plane, top : top + rows, left:right] = segment[0, :rows, : right - left]
            if rows < bottom - top:
                lost.append(Area(top + rows, bottom, left, right))
        if sum(one.pixels for one in lost) >= planes * height * width:
            raise Failure("unreadable_picture", "no strip or tile of it can be decoded")
        samples = np.moveaxis(out[..., 0], 0, -1) if planes > 1 else out[0]
        return samples, tuple(dict.fromkeys(lost))

    def _piece(self, decoded: Any, page: Page, index: int) -> tuple[Samples, int] | None:
        """A strip or tile, shape (1, h, w, samples), and how many of its rows are there; None for
        one that cannot be decoded."""
        start, size = decoded.dataoffsets[index], decoded.databytecounts[index]
        raw = page.data[start : start + size]
        if not raw:
            return None
        tables = decoded.jpegtables
        if page.number(tiff_pages.COMPRESSION, _NONE) == _JPEG:
            self._check_stream(raw)
        try:
            segment, _, shape = decoded.decode(raw, index, jpegtables=tables)
            return segment, shape[1]
        except MemoryError:
            raise
        except Exception:  # codecs raise many kinds
            return self._begun(decoded, page, index, raw)

    def _check_stream(self, raw: bytes) -> None:
        """Hold a JPEG stream against the bounds: a decoder makes room for what it says. Raises
        Failure."""
        for marker, content in segments(raw):
            if marker in FRAME_HEADERS and (size := size_of_frame(content)):
                self._check((size[0], size[1], size[2], 1))

    def _begun(
        self, decoded: Any, page: Page, index: int, raw: bytes
    ) -> tuple[Samples, int] | None:
        """A strip or tile that breaks off, filled up with zeros, and how many of its rows are
        whole; None for one of a compression that cannot be filled up."""
        compression = page.number(tiff_pages.COMPRESSION, _NONE)
        _, shape = _place_of(decoded, index)
        if compression not in (_NONE, *_DEFLATE):
            return None
        row = (shape[2] * shape[3] * decoded.bitspersample + 7) // 8
        size = row * shape[1]
        begun = raw[:size] if compression == _NONE else unpacked(raw, size)
        filled = begun.ljust(size, b"\0")
        try:
            segment, _, _ = decoded.decode(
                filled if compression == _NONE else zlib.compress(filled, 1), index
            )
        except MemoryError:
            raise
        except Exception:  # as above
            return None
        return segment, len(begun) // row


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


def _segments_of(decoded: Any) -> int:
    """How many strips or tiles a page has."""
    planes, _, height, width, _ = decoded.shaped
    if decoded.is_tiled:
        return int(planes * -(-height // decoded.tilelength) * -(-width // decoded.tilewidth))
    return int(planes * -(-height // max(1, min(decoded.rowsperstrip, height))))


def _place_of(decoded: Any, index: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where a strip or tile stands in its page, and its shape (depth, height, width, samples)."""
    _, place, shape = decoded.decode(None, index)
    return place, shape


def _as_decoded(samples: Samples, lost: tuple[Area, ...], page: Page, decoded: Any) -> Decoded:
    """The frame of a page. samples: shape (h, w, samples)."""
    photometric = page.number(tiff_pages.PHOTOMETRIC, _MIN_IS_BLACK)
    colours, count = _COLOURS[photometric]
    bits = int(decoded.bitspersample)
    top = (1 << bits) - 1
    said: dict[str, Any] = {"bits": bits, "compression": int(decoded.compression)}
    extra = page.numbers(tiff_pages.EXTRA_SAMPLES)
    has_alpha = samples.shape[2] > count and extra[:1] == (_UNASSOCIATED_ALPHA,)
    alpha = samples[..., count] if has_alpha else None
    samples = samples[..., :count]
    if samples.shape[2] < count:
        raise Failure("unsupported_picture", "fewer samples than its colours have")
    if photometric == _PALETTE:
        samples, top = _of_palette(samples[..., 0], decoded), 255
    elif photometric == _YCBCR and decoded.compression != _JPEG:
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


def _of_palette(numbers: Samples, decoded: Any) -> Samples:
    """The colours of a palette for each of its numbers. Raises Failure where there is none."""
    palette = decoded.colormap
    if palette is None or palette.ndim != 2 or palette.shape[0] != 3:
        raise Failure("unsupported_picture", "no palette that can be read")
    # its entries have 16 bits; some writers put 8 into them
    colours = (palette >> 8 if palette.max() > 255 else palette).astype(np.uint8)
    return np.asarray(colours.T[np.minimum(numbers, palette.shape[1] - 1)])
