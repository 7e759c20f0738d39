"""The strips or tiles of a page of a TIFF, by tifffile and the codecs of imagecodecs: each decoded
by itself, so that a broken one costs itself alone."""

from __future__ import annotations

import io
import logging
import zlib
from functools import cached_property
from typing import Any

import imagecodecs
import numpy as np
import tifffile

from radprep.errors import Failure
from radprep.pictures import tiff_pages
from radprep.pictures.decoded import Area, Check, Samples
from radprep.pictures.jpeg2000_file import size_of_jpeg2000
from radprep.pictures.png_file import unpacked
from radprep.pictures.segments import FRAME_HEADERS, segments, size_of_frame
from radprep.pictures.tiff_pages import Page

logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # its messages quote a file's texts

NOT_PACKED, JPEG_IN_TIFF = 1, 7
_LZW, _PACKBITS, _DEFLATE, _JPEG2000 = 5, 32773, (8, 32946), 34712
COMPRESSIONS = frozenset(
    {NOT_PACKED, 2, 3, 4, _LZW, JPEG_IN_TIFF, *_DEFLATE, _PACKBITS, _JPEG2000, 34925, 50000}
)
"""Those that are read; 2 to 4 are the codes of fax, the last three JPEG 2000, LZMA and
Zstandard."""
_END_OF_JPEG = b"\xff\xd9"
_LAST_BYTES = 64
_STEP_OF_TILES = 16
_LONGEST_RUN = 130
"""Bytes of a run of PackBits, which has up to 128, with what stands before it."""


class Strips:
    """The strips or tiles of a page. check: see `Check`. bits: of a sample. is_damaged: something
    of what was read is broken, though nobody can say which pixels. Raises whatever tifffile
    does."""

    def __init__(self, page: Page, check: Check) -> None:
        self._page, self._check = page, check
        self._decoded = _opened(page)
        self._compression = page.number(tiff_pages.COMPRESSION, NOT_PACKED)
        self.bits = int(self._decoded.bitspersample)
        self.is_damaged = False

    @property
    def palette(self) -> Samples | None:
        """The colours of a palette, uint16, shape (3, n)."""
        found: Samples | None = self._decoded.colormap
        return found

    def in_place(self) -> tuple[Samples, tuple[Area, ...]]:
        """All of them in place, shape (h, w, samples), and the areas that are lost. Raises Failure
        where none can be decoded."""
        planes, depth, height, width, contiguous = self._decoded.shaped
        if depth != 1:
            raise Failure("unsupported_picture", "a TIFF page that is a volume")
        self._check_segments()
        out = np.zeros((planes, height, width, contiguous), self._decoded.dtype)
        lost: list[Area] = []
        for index in range(self._count()):
            _, (plane, _, top, left, _), shape = self._decoded.decode(None, index)
            bottom, right = min(top + shape[1], height), min(left + shape[2], width)
            piece = self._piece(index, shape)
            rows = 0
            if piece is not None:
                rows = min(piece[1], bottom - top)
                out[plane, top : top + rows, left:right] = piece[0][0, :rows, : right - left]
            if rows < bottom - top:
                lost.append(Area(top + rows, bottom, left, right))
        if sum(one.pixels for one in lost) >= planes * height * width:
            raise Failure("unreadable_picture", "no strip or tile of it can be decoded")
        samples = np.moveaxis(out[..., 0], 0, -1) if planes > 1 else out[0]
        return samples, tuple(dict.fromkeys(lost))

    def _check_segments(self) -> None:
        """Hold their number and size against the bounds, since each costs time and room, however
        little of it stands in the file. Sides of tiles are multiples of 16 (TIFF 6.0, section
        15). Raises Failure."""
        page = self._decoded
        sides = (page.tilelength, page.tilewidth) if page.is_tiled else ()
        if any(side <= 0 or side % _STEP_OF_TILES for side in sides):
            raise Failure("unreadable_picture", "a TIFF with tiles of a size that no tile may have")
        if self._count() > tiff_pages.MOST_SEGMENTS:
            raise Failure("unreadable_picture", "a TIFF with too many strips or tiles")

    def _count(self) -> int:
        """How many there are."""
        page = self._decoded
        planes, _, height, width, _ = page.shaped
        if page.is_tiled:
            return int(planes * -(-height // page.tilelength) * -(-width // page.tilewidth))
        return int(planes * -(-height // max(1, min(page.rowsperstrip, height))))

    def _piece(self, index: int, shape: tuple[int, ...]) -> tuple[Samples, int] | None:
        """A strip or tile, shape (1, h, w, samples), and how many of its rows are there; None for
        one of which nothing can be had."""
        offsets, sizes = self._decoded.dataoffsets, self._decoded.databytecounts
        if index >= min(len(offsets), len(sizes)):
            return None
        raw = self._page.data[offsets[index] : offsets[index] + sizes[index]]
        if not raw:
            return None
        if self._compression == JPEG_IN_TIFF:
            self._check_stream(raw)
        if self._compression == _JPEG2000:
            size = size_of_jpeg2000(raw)
            if size is None or size.rows > shape[1] or size.columns > shape[2]:
                return None  # before a decoder makes room for it
        try:
            tables = self._decoded.jpegtables
            segment, _, _ = self._decoded.decode(raw, index, jpegtables=tables)
            return segment, shape[1]
        except MemoryError:
            raise
        except Exception:  # codecs raise many kinds
            return self._begun(index, raw, shape)

    def _check_stream(self, raw: bytes) -> None:
        """Hold a JPEG stream against the bounds: a decoder makes room for what it says. Raises
        Failure."""
        for marker, content in segments(raw):
            if marker in FRAME_HEADERS and (size := size_of_frame(content)):
                self._check((size[0], size[1], size[2], 1))
        # libjpeg fills up what breaks off, and says nothing
        self.is_damaged |= _END_OF_JPEG not in raw[-_LAST_BYTES:]

    def _begun(self, index: int, raw: bytes, shape: tuple[int, ...]) -> tuple[Samples, int] | None:
        """A strip or tile that breaks off, filled up with zeros, and how many of its rows are
        whole; None for one of which nothing can be had."""
        row = (shape[2] * shape[3] * self.bits + 7) // 8
        size = row * shape[1]
        begun = self._unpacked(raw, size)[:size]
        if not begun:
            return None
        try:
            # deflated again, so that tifffile undoes the differences that rows are stored as
            segment, _, _ = self._deflated.decode(zlib.compress(begun.ljust(size, b"\0"), 1), index)
        except MemoryError:
            raise
        except Exception:  # as above
            return None
        return segment, len(begun) // row

    @cached_property
    def _deflated(self) -> Any:
        """The page as one whose strips or tiles are deflated."""
        return _opened(self._page.compressed_as(_DEFLATE[0]))

    def _unpacked(self, raw: bytes, size: int) -> bytes:
        """As many bytes as can be had of a strip or tile that is broken."""
        if self._compression == NOT_PACKED:
            return raw
        if self._compression in _DEFLATE:
            return unpacked(raw, size)
        unpack = {_LZW: imagecodecs.lzw_decode, _PACKBITS: imagecodecs.packbits_decode}
        if self._compression not in unpack:
            return b""
        for cut in range(min(_LONGEST_RUN, len(raw))):  # within a run of bytes nothing is given
            try:
                return bytes(unpack[self._compression](raw[: len(raw) - cut], out=size))
            except MemoryError:
                raise
            except Exception:  # as above
                continue
        return b""


def _opened(page: Page) -> Any:
    """A page as tifffile sees it. Raises Failure, and whatever it does."""
    return tifffile.TiffFile(io.BytesIO(page.alone())).pages.first
