"""The boxes of files that are made of boxes, as JP2 and JPEG XL are (ISO/IEC 15444-1 annex I.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_MOST_BOXES = 1 << 12
"""Boxes that are looked at: an image has a few."""


class Box(NamedTuple):
    """kind: four characters; start, end: where its contents begin and end in the file. The end may
    lie behind that of the file, and before the start where the box is broken."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes) -> Iterator[Box]:
    """The boxes of a file, one behind the other, up to its end, to a broken one or to the last that
    is looked at."""
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if length == 1:  # its length follows in eight bytes
            length = int.from_bytes(data[start : start + 8])
            start += 8
        end = position + length if length else len(data)  # 0: it is the last one
        yield Box(kind, start, end)
        if end < start:
            return
        position = end
