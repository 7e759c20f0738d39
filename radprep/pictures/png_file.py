"""PNG (ISO/IEC 15948): only the chunks that make pixels reach the decoder, so that no compressed
text or colour profile is unpacked. Of a file that breaks off the rows that are there are kept."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import imagecodecs
import numpy as np

from radprep.errors import Failure
from radprep.pictures.decoded import Area, Check, Decoded, Decoder, Samples, with_alpha
from radprep.pictures.orientation import UPRIGHT, orientation_in

PNG_DECODER = Decoder("imagecodecs.png", "imagecodecs")

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
"""Colour type -> samples of a decoded pixel."""
_STORED = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {
    0: (1, 2, 4, 8, 16),
    2: (8, 16),
    3: (1, 2, 4, 8),
    4: (8, 16),
    6: (8, 16),
}
"""Colour type -> bits that a sample may have (ISO/IEC 15948 table 11.1)."""
_NEEDED = (b"PLTE", b"tRNS")
_PALETTE = 3
_PIECE = 1 << 12
_LAST_FILTER = 4
_MOST_CHUNKS = 1_000_000


@dataclass
class _Chunks:
    """What of a file is looked at. header: of IHDR; needed: other chunks that pixels are made of;
    data: of all IDAT; is_whole: none is cut short, and their end is there."""

    header: bytes = b""
    needed: list[tuple[bytes, bytes]] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    orientation: int = UPRIGHT
    has_profile: bool = False
    is_animated: bool = False
    is_whole: bool = False


class PngReader:
    """A PNG; of an animated one the still image that every reader shows. data: the file. Raises
    Failure."""

    frames = 1

    def __init__(self, data: bytes, check: Check) -> None:
        self._chunks = found = _chunks_of(data)
        if len(found.header) != 13:
            raise Failure("unreadable_picture", "no PNG header")
        self.width, self.height, self.depth, self.kind, *rest = struct.unpack(
            ">IIBBBBB", found.header
        )
        if not (self.width and self.height) or self.depth not in _DEPTHS.get(self.kind, ()):
            raise Failure("unreadable_picture", "a PNG header that makes no sense")
        if rest[0] or rest[1] or rest[2] > 1:
            raise Failure("unreadable_picture", "a PNG header that makes no sense")
        self._is_interlaced = bool(rest[2])
        check((self.height, self.width, _SAMPLES[self.kind], 1))

    def read(self, number: int) -> Decoded:
        """The picture. Raises Failure."""
        found = self._chunks
        seen: dict[str, Any] = {"animated": True} if found.is_animated else {}
        seen |= {"profile_ignored": True} if found.has_profile else {}
        body = b"".join(found.data)
        if self._is_interlaced:
            samples, lost, is_sound = self._of_passes(body)
            rows = self.height
            seen |= {"lost": lost} if lost else {}
        else:
            raw, rows, is_sound = self._checked(body)
            samples = imagecodecs.png_decode(self._rebuilt(raw, self.width, self.height))
        top = 65535 if samples.dtype.itemsize == 2 else 255
        return with_alpha(
            samples,
            PNG_DECODER,
            top,
            orientation=found.orientation,
            lost=(Area(rows, self.height, 0, self.width),) if rows < self.height else (),
            is_damaged=not (is_sound and found.is_whole),
            seen={"bits": self.depth, **seen},
        )

    def _rebuilt(self, body: bytes, width: int, height: int) -> bytes:
        """A PNG of nothing but what makes pixels, in which libpng, which prints, finds no fault."""
        header = struct.pack(">IIBBBBB", width, height, self.depth, self.kind, 0, 0, 0)
        chunks = [(b"IHDR", header), *_fitting(self._chunks.needed, self.kind, self.depth)]
        parts = [_chunk(*one) for one in [*chunks, (b"IDAT", body), (b"IEND", b"")]]
        return _SIGNATURE + b"".join(parts)

    def _stride(self, width: int) -> int:
        """Bytes of a row, with that of its filter."""
        return 1 + (width * int(self.depth) * _STORED[self.kind] + 7) // 8

    def _checked(self, body: bytes) -> tuple[bytes, int, bool]:
        """Data that unpack to all of the picture, how many of its rows are there, and whether the
        file held all of them: what is missing is filled up with zeros. Raises Failure where nothing
        is there."""
        stride = self._stride(self.width)
        raw, end = _unpacked_whole(body, stride * self.height)
        rows = _sound_rows(raw, stride)
        if rows == self.height and end:
            return body[:end], rows, True
        if not rows:
            raise Failure("unreadable_picture", "no row of it can be read")
        filled = raw[: rows * stride].ljust(stride * self.height, b"\0")
        return zlib.compress(filled, 1), rows, False

    def _of_passes(self, body: bytes) -> tuple[Samples, float, bool]:
        """The pixels of an interlaced picture, each pass of it decoded as a picture of its own, and
        the share of its data that is missing: these pixels are zero; and whether the data are as
        they were written. Raises Failure where nothing is there."""
        passes = [one for one in _passes(self.width, self.height) if one.width and one.height]
        sizes = [self._stride(one.width) * one.height for one in passes]
        raw, end = _unpacked_whole(body, sum(sizes))
        found: Samples | None = None
        start = kept = 0
        for one, size in zip(passes, sizes, strict=True):
            stride = self._stride(one.width)
            rows = _sound_rows(raw[start : start + size], stride)
            if rows:
                part = raw[start : start + rows * stride].ljust(size, b"\0")
                picture = self._rebuilt(zlib.compress(part, 1), one.width, one.height)
                pixels = imagecodecs.png_decode(picture)
                if found is None:
                    shape = (self.height, self.width, *pixels.shape[2:])
                    found = np.zeros(shape, pixels.dtype)
                place = np.s_[one.top :: one.down, one.left :: one.across]
                found[place][:rows] = pixels[:rows]
            start, kept = start + size, kept + rows * stride
        if found is None:
            raise Failure("unreadable_picture", "no row of it can be read")
        return found, round(1 - kept / start, 4), end > 0 and kept == start


def _chunks_of(data: bytes) -> _Chunks:
    found = _Chunks()
    for name, body, is_whole in _walk(data):
        if name == b"IHDR" and not found.header:
            found.header = body
        elif name in _NEEDED and not found.data:
            found.needed.append((name, body))
        elif name == b"IDAT":
            found.data.append(body)
        elif name == b"eXIf":
            found.orientation = orientation_in(body)
        elif name in (b"iCCP", b"gAMA"):
            found.has_profile = True
        elif name == b"acTL":
            found.is_animated = True
        elif name == b"IEND" and is_whole:
            found.is_whole = True
    return found


def _walk(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Names and bodies of the chunks, and whether each is whole. What is cut short ends it."""
    place = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if place + 8 > len(data):
            return
        length, name = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        is_whole = place + 12 + length <= len(data)
        yield name, body, is_whole
        if not is_whole or name == b"IEND":
            return
        place += 12 + length


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


class _Pass(NamedTuple):
    """A pass of an interlaced picture: where its first pixel stands, how far apart its pixels are,
    and its size."""

    left: int
    top: int
    across: int
    down: int
    width: int
    height: int


def _passes(width: int, height: int) -> list[_Pass]:
    """The seven passes of a picture (ISO/IEC 15948, 8.2)."""
    return [
        _Pass(left, top, across, down, -((left - width) // across), -((top - height) // down))
        for left, top, across, down in (
            *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
            *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
        )
    ]


def _sound_rows(raw: bytes, stride: int) -> int:
    """How many rows from the first one on are whole, and filtered in a way that there is."""
    filters = np.frombuffer(raw, np.uint8)[::stride]
    wrong: Any = np.flatnonzero(filters > _LAST_FILTER)
    return min(int(wrong[0]) if wrong.size else len(filters), len(raw) // stride)


def _fitting(
    chunks: list[tuple[bytes, bytes]], kind: int, depth: int
) -> Iterator[tuple[bytes, bytes]]:
    """Palette and transparency as their colour type has them; others would say nothing. A palette
    is filled up, so that each number has a colour."""
    colours = 1 << depth
    for name, body in dict(reversed(chunks)).items():
        if name == b"PLTE" and kind == _PALETTE:
            yield name, body[: 3 * colours].ljust(3 * colours, b"\0")
    for name, body in dict(reversed(chunks)).items():
        if name == b"tRNS" and kind == _PALETTE:
            yield name, body[:colours]
        elif name == b"tRNS" and len(body) == {0: 2, 2: 6}.get(kind):
            yield name, body


def _unpacked_whole(body: bytes, size: int) -> tuple[bytes, int]:
    """What a zlib stream unpacks to, at most so many bytes, and where it ends; 0 where it breaks
    off, or goes on."""
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(body, size + 1)
    except zlib.error:
        return unpacked(body, size), 0
    end = len(body) - len(stream.unused_data) if stream.eof else 0
    return (raw, end) if len(raw) <= size else (raw[:size], 0)


def unpacked(body: bytes, most: int) -> bytes:
    """What a zlib stream unpacks to before it ends or breaks, at most so many bytes."""
    stream = zlib.decompressobj()
    found = bytearray()
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        before = stream.copy()
        try:
            found += stream.decompress(piece, most - len(found))
        except zlib.error:
            found += _before_the_break(before, piece, most - len(found))
            break
        if len(found) >= most or stream.eof:
            break
    return bytes(found)


def _before_the_break(stream: Any, piece: bytes, most: int) -> bytes:
    """What a piece unpacks to before the byte that breaks the stream."""
    found = bytearray()
    for place in range(len(piece)):
        try:
            found += stream.decompress(piece[place : place + 1], max(1, most - len(found)))
        except zlib.error:
            break
    return bytes(found[:most])
