"""Streams within streams: a part of a file, and what a compressed file unpacks to. Any place of
them can be read again without unpacking all before it, and nothing is unpacked to a disk."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, BinaryIO

from radprep.errors import Failure

GZIP, RAW_DEFLATE = 31, -15
"""What zlib calls the format of a gzip file (RFC 1952), and of a file in a zip archive."""

_PIECE = 1 << 16
_BUFFER = 1 << 17
_MEGABYTE = 1 << 20
_GAP = 4 << 20
"""Unpacked bytes between two places that unpacking can go on from. Each place keeps the state of
zlib, 40 KB, and unpacking so many bytes takes about 20 ms."""
_MOST_MARKS = 512
_MOST_STREAMS = 1000
"""Streams without a byte in them, one after the other, in one file; and streams of a bzip2 or xz
file. Programs that work in parallel write a stream a megabyte."""
_XZ_MEMORY = 160 << 20
"""Memory that unpacking xz may take; its strongest setting asks for 65 MiB."""
MAX_HELD = 256 << 20
"""Bytes that a bzip2 or xz file may unpack to: it is held in memory, since nobody can start in the
midst of it."""


class Part(io.RawIOBase):
    """Bytes of a stream from `start` on, at most `size`, as a stream of their own. The stream
    behind it is moved by every read, and not closed."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream, self._start, self._size, self._at = stream, start, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any stream."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As of any stream."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        self._stream.seek(self._start + self._at)
        data = self._stream.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Inflated(io.RawIOBase):
    """What a gzip file, or a deflated one, unpacks to. The states of zlib on the way are kept, so
    that reading goes on from the last one before a place.

    most: bytes; beyond it every read raises Failure("too_large_in_archive"). Raises EOFError and
    zlib.error, too.
    """

    def __init__(self, packed: BinaryIO, form: int, most: int) -> None:
        self._packed, self._form, self._most = packed, form, most
        self._at = self._out = self._in = self._empty = 0
        self._state = zlib.decompressobj(form)
        self._marks = [(0, 0, self._state.copy())]
        self._gap = _GAP

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any stream; the end is found by unpacking all."""
        if whence == io.SEEK_END:
            self._go_to(self._most + 1)
            self._at = self._out
        self._at = max(0, offset if whence == io.SEEK_SET else self._at + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As of any stream."""
        self._go_to(self._at)
        data = self._unpack(len(buffer)) if self._out == self._at else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _go_to(self, place: int) -> None:
        """Unpack up to a place, or to the end, from the nearest state before it."""
        out, packed, state = self._marks[bisect_right(self._marks, place, key=_unpacked_at) - 1]
        if not out <= self._out <= place:
            self._out, self._in, self._state = out, packed, state.copy()
        while self._out < place and self._unpack(min(_BUFFER, place - self._out)):
            pass

    def _unpack(self, most: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        while True:
            if self._state.eof and not self._begins_another():
                return b""
            self._packed.seek(self._in)
            data = self._packed.read(_PIECE)
            unpacked = self._state.decompress(data, most)
            left = self._state.unused_data if self._state.eof else self._state.unconsumed_tail
            self._in += len(data) - len(left)
            self._out += len(unpacked)
            if self._out > self._most:
                raise Failure("too_large_in_archive", f"more than {self._most} bytes")
            if unpacked:
                self._empty = 0
                self._mark()
                return unpacked
            if not data and not self._state.eof:
                raise EOFError

    def _begins_another(self) -> bool:
        """Whether a gzip file holds one more stream here, as files that were put together do."""
        self._packed.seek(self._in)
        self._empty += 1
        if self._form != GZIP or self._packed.read(2) != b"\x1f\x8b" or self._empty > _MOST_STREAMS:
            return False
        self._state = zlib.decompressobj(self._form)
        return True

    def _mark(self) -> None:
        if self._out - self._marks[-1][0] < self._gap:
            return
        self._marks.append((self._out, self._in, self._state.copy()))
        if len(self._marks) > _MOST_MARKS:
            self._gap *= 2
            self._marks = self._marks[::2]


def read_up_to(stream: BinaryIO, most: int) -> bytes:
    """All that a stream still has, at most so many bytes. A buffered stream makes room at once for
    all that it is asked for."""
    pieces: list[bytes] = []
    while most > 0 and (piece := stream.read(min(_MEGABYTE, most))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _unpacked_at(mark: tuple[int, int, Any]) -> int:
    return mark[0]


def part(stream: BinaryIO, start: int, size: int) -> BinaryIO:
    """So many bytes of a stream from a place on, as a buffered stream."""
    return io.BufferedReader(Part(stream, start, size), _BUFFER)


def inflated(packed: BinaryIO, form: int, most: int) -> BinaryIO:
    """What a gzip or deflated stream unpacks to, as a buffered stream; see Inflated."""
    return io.BufferedReader(Inflated(packed, form, most), _BUFFER)


def unpacked_bzip2(packed: BinaryIO, most: int) -> BinaryIO:
    """What a bzip2 stream unpacks to, in memory. Raises Failure("too_large_in_archive"), EOFError,
    OSError."""
    return _held(packed, bz2.BZ2Decompressor, most)


def unpacked_xz(packed: BinaryIO, most: int) -> BinaryIO:
    """What an xz stream unpacks to, in memory. Raises Failure("too_large_in_archive"), EOFError,
    lzma.LZMAError."""
    return _held(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY), most)


def _held(packed: BinaryIO, make: Callable[[], Any], most: int) -> BinaryIO:
    """All that the streams of a file unpack to, in memory. make: gives an unpacker of one."""
    whole, unpacker, streams = io.BytesIO(), make(), 1
    packed.seek(0)
    data = packed.read(_PIECE)
    while True:
        whole.write(unpacker.decompress(data, _PIECE))
        if whole.tell() > min(most, MAX_HELD):
            raise Failure("too_large_in_archive", f"more than {min(most, MAX_HELD)} bytes")
        if unpacker.eof:
            data = unpacker.unused_data.lstrip(b"\0") or packed.read(_PIECE).lstrip(b"\0")
            if not data:
                break
            unpacker, streams = make(), streams + 1
            if streams > _MOST_STREAMS:
                raise EOFError
        elif unpacker.needs_input:
            data = packed.read(_PIECE)
            if not data:
                raise EOFError
        else:
            data = b""
    whole.seek(0)
    return whole
