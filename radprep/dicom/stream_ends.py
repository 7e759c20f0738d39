"""Where a JPEG, JPEG-LS or JPEG 2000 stream ends. An end marker may stand in a thumbnail, a comment
or a length, so that the segments before it are gone through. Nothing is decoded here."""

from __future__ import annotations

import re

END_MARKER = b"\xff\xd9"
"""End of image (JPEG, JPEG-LS) and end of codestream (JPEG 2000). It cannot occur in coded data:
each of the three coders stuffs a bit or a byte after 0xff (ITU-T T.81 B.1.1.5, T.87 A.1, T.800
D.4.1)."""

_START_OF_JPEG = 0xD8
_SCAN = 0xDA
_END = 0xD9
_JPEG_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xef\xf7\xf8\xfe])", re.DOTALL)
"""Markers with a length behind them, a start and the end (T.81 table B.1, T.87 C.1). No such pair
of bytes stands in coded data."""

_CODESTREAM = b"\xff\x4f\xff\x51"
_TILE_PART = b"\xff\x90"
_TILE_HEAD = 12
_SHORTEST_TILE_PART = 14

_MOST_SEGMENTS = 1 << 16
"""Segments, and tile-parts, that are gone through. A colour profile takes 255 at most."""


def end_of_jpeg(data: bytes, start: int = 0) -> int | None:
    """The place behind the end marker of a JPEG or JPEG-LS stream, which begins at `start`; None
    where it is cut off, or another stream begins before its end."""
    position, in_scan = start + 2, False
    for _ in range(_MOST_SEGMENTS):
        found = _JPEG_MARKER.search(data, position)
        if found is None:
            return None
        marker, position = found[1][0], found.end()
        if marker == _END:
            return position
        if marker != _START_OF_JPEG:
            position += max(2, int.from_bytes(data[position : position + 2]))
        elif in_scan:
            return None
        in_scan = in_scan or marker == _SCAN
    return None


def end_of_jpeg2k(data: bytes, start: int = 0) -> int | None:
    """The place behind the end marker of a JPEG 2000 codestream, which begins at `start`; None
    where it is cut off, or another stream begins before its end."""
    position = _behind_main_header(data, start + 2)
    searched = position
    for _ in range(_MOST_SEGMENTS):
        if data[position : position + 2] != _TILE_PART:
            break
        searched = position + _TILE_HEAD
        length = int.from_bytes(data[position + 6 : position + 10])  # T.800 A.4.2
        if length < _SHORTEST_TILE_PART:  # 0: it is the last one
            break
        position += length
    if data[position : position + 2] == END_MARKER:
        return position + 2
    end = data.find(END_MARKER, searched)
    if end < 0 or data.find(_CODESTREAM, searched, end) >= 0:
        return None
    return end + 2


def _behind_main_header(data: bytes, position: int) -> int:
    """Where the first tile-part begins, or where no segment follows (T.800 A.2)."""
    for _ in range(_MOST_SEGMENTS):
        marker = data[position : position + 2]
        if marker in (_TILE_PART, END_MARKER) or marker[:1] != b"\xff":
            break
        position += 2 + max(2, int.from_bytes(data[position + 2 : position + 4]))
    return position
