"""What the first bytes of a JPEG XL stream say about it (ISO/IEC 18181-1 annexes A and D, 18181-2
for the boxes around it). Nothing is decoded here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from radprep.dicom.boxes import boxes
from radprep.errors import Failure

_CODESTREAM = b"\xff\x0a"
_BOXES = b"\0\0\0\x0cJXL "
STARTS = (_CODESTREAM, _BOXES)
"""How a JPEG XL stream begins: the codestream alone, or boxes around it."""

_HEADER_BYTES = 64
"""The sizes and the depth stand in fewer."""

_GREY, _UNKNOWN = 1, 3
"""Colour spaces (18181-1 table E.1); the others are RGB and XYB."""
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


class Head(NamedTuple):
    """Size in pixels, components, and bits of a sample. named: whether the stream says which
    colours it has, so that a decoder gives them as RGB."""

    rows: int
    columns: int
    samples: int
    bits: int
    named: bool = True


class _Bits:
    """Bits of a header, from the lowest of each byte on (18181-1 annex B)."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """The next bits as a number."""
        self._left -= count
        if self._left < 0:
            raise Failure("truncated", "the stream ends in its header")
        value = self._bits & ((1 << count) - 1)
        self._bits >>= count
        return value

    def choice(self, *ways: tuple[int, int]) -> int:
        """A number in one of four ways (U32): an offset, and so many bits that are added."""
        offset, count = ways[self.read(2)]
        return offset + self.read(count)


def head_of(stream: bytes) -> Head:
    """What a stream says of itself. Raises Failure: truncated, decode_error where it is no still
    picture of one or three components."""
    start = b"".join(_parts(stream))[:_HEADER_BYTES] if stream.startswith(_BOXES) else stream
    if not start.startswith(_CODESTREAM):
        raise Failure("decode_error", "no JPEG XL codestream")
    bits = _Bits(start[len(_CODESTREAM) : _HEADER_BYTES])
    rows, columns = _size(bits)
    if bits.read(1):  # all as usual: 8 bits, three components
        return Head(rows, columns, 3, 8)
    if bits.read(1):  # orientation, intrinsic size, preview, animation
        bits.read(3)
        if bits.read(1):
            _size(bits)
        if bits.read(1) or bits.read(1):
            raise Failure("decode_error", "a JPEG XL stream with several pictures")
    if bits.read(1):
        raise Failure("decode_error", "a JPEG XL stream of real numbers")
    depth = bits.choice((8, 0), (10, 0), (12, 0), (1, 6))
    bits.read(1)
    if bits.choice((0, 0), (1, 0), (2, 4), (1, 12)):
        raise Failure("decode_error", "a JPEG XL stream with further channels")
    bits.read(1)
    if bits.read(1):  # the usual colours
        return Head(rows, columns, 3, depth)
    bits.read(1)
    space = bits.choice((0, 0), (1, 0), (2, 4), (18, 6))
    return Head(rows, columns, 1 if space == _GREY else 3, depth, space != _UNKNOWN)


def _size(bits: _Bits) -> tuple[int, int]:
    """Rows and columns (18181-1 D.2)."""
    small = bits.read(1)
    rows = _side(bits, small)
    ratio = bits.read(3)
    if not ratio:
        return rows, _side(bits, small)
    numerator, denominator = _RATIOS[ratio - 1]
    return rows, rows * numerator // denominator


def _side(bits: _Bits, small: int) -> int:
    return 8 * (bits.read(5) + 1) if small else bits.choice((1, 9), (1, 13), (1, 18), (1, 30))


def _parts(stream: bytes) -> Iterator[bytes]:
    """The codestream in boxes: whole, or in parts that begin with a number of four bytes."""
    for box in boxes(stream):
        if box.kind in (b"jxlc", b"jxlp"):
            first = box.start + (4 if box.kind == b"jxlp" else 0)
            yield stream[first : min(box.end, first + _HEADER_BYTES)]
