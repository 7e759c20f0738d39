"""PNG (ISO/IEC 15948): only the chunks that make pixels reach the decoder, so that no compressed
text or colour profile is unpacked. Of a file that breaks off the rows that are there are kept."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import imagecodecs
import numpy as np

from radprep.errors import Failure
from radprep.pictures.decoded import Area, Check, Decoded, Decoder, with_alpha
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
        self._header, self._is_interlaced = found.header, bool(rest[2])
        check((self.height, self.width, _SAMPLES[self.kind], 1))

    def read(self, number: int) -> Decoded:
        """The picture. Raises Failure."""
        found = self._chunks
        seen = {"animated": True} if found.is_animated else {}
        seen |= {"profile_ignored": True} if found.has_profile else {}
        body, rows, is_sound = self._checked(b"".join(found.data))
        samples = imagecodecs.png_decode(self._rebuilt(body))
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

    def _rebuilt(self, body: bytes) -> bytes:
        """A PNG of nothing but what makes pixels, in which libpng, which prints, finds no fault."""
        chunks = [(b"IHDR", self._header), *_fitting(self._chunks.needed, self.kind, self.depth)]
        parts = [_chunk(*one) for one in [*chunks, (b"IDAT", body), (b"IEND", b"")]]
        return _SIGNATURE + b"".join(parts)

    def _checked(self, body: bytes) -> tuple[bytes, int, bool]:
        """Data that unpack to all of the picture, how many of its rows are there, and whether the
        file held all of them: what is missing is filled up with zeros. Raises Failure where nothing
        is there."""
        stride = 1 + (self.width * self.depth * _STORED[self.kind] + 7) // 8
        size = self._interlaced_bytes() if self._is_interlaced else stride * self.height
        raw, end = _unpacked_whole(body, size)
        is_sound = end > 0 and len(raw) == size
        rows = self.height
        if not self._is_interlaced:  # else what is missing is in all of its rows
            filters = np.frombuffer(raw, np.uint8)[::stride]
            wrong = np.flatnonzero(filters > _LAST_FILTER)
            rows = min(int(wrong[0]) if wrong.size else self.height, len(raw) // stride)
            raw = raw if rows == self.height else raw[: rows * stride]
        if not raw:
            raise Failure("unreadable_picture", "no row of it can be read")
        if is_sound and rows == self.height:
            return body[:end], rows, True
        return zlib.compress(raw.ljust(size, b"\0"), 1), rows, False

    def _interlaced_bytes(self) -> int:
        """Bytes of the seven passes (ISO/IEC 15948, 8.2)."""
        bits = self.depth * _STORED[self.kind]
        total = 0
        for left, top, across, down in (
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ):
            columns = max(0, -(-(self.width - left) // across))
            rows = max(0, -(-(self.height - top) // down))
            total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
        return total


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
