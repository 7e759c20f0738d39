"""The segments of a JPEG, JPEG-LS or JPEG 2000 stream in front of its coded data, and what they
say. Nothing is decoded here."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_STARTS = (b"\xff\xd8", b"\xff\x4f")
_END = b"\xff\xd9"

FRAME_HEADERS = (
    *range(0xC0, 0xC4),
    *range(0xC5, 0xC8),
    *range(0xC9, 0xCC),
    *range(0xCD, 0xD0),
    0xF7,
)
"""Start of frame of any JPEG process, and of JPEG-LS."""
LOSSLESS_FRAMES = (0xC3, 0xC7, 0xCB, 0xCF)

SCAN, _TILE_PART, _END_OF_IMAGE = 0xDA, 0x90, 0xD9
"""Start of scan (JPEG, JPEG-LS), start of tile-part (JPEG 2000): the headers end there."""
_JFIF, ADOBE = 0xE0, 0xEE
_WITHOUT_CONTENT = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
"""What no length follows: a stuffed byte, TEM, restarts, and a second start (T.81 table B.1)."""

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""What ends coded data: no stuffed byte, restart or fill byte (T.81 B.1.1.2, B.1.1.5)."""
_MOST_SCANS = 100
"""A progressive JPEG, which DICOM does not know, has a dozen."""

_MOST_TILES = 8192
"""A decoder keeps some KB for each tile; a film of 100 million pixels has 6,100 of 128 x 128."""


def segments(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers and contents of the segments up to the coded data. What stands between segments is
    passed over, as decoders do it."""
    return ((marker, content) for _, marker, content in _places(stream))


def first_scan(stream: bytes) -> int:
    """Where the first scan of a JPEG begins; -1 where there is none. A thumbnail among its segments
    has scans and an end of its own, which are no part of it."""
    return next((place for place, marker, _ in _places(stream) if marker == SCAN), -1)


def _places(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each segment up to the coded data: where it begins, its marker and its content."""
    position = 2 if stream.startswith(_STARTS) else len(stream)
    while (position := stream.find(b"\xff", position)) >= 0 and position + 4 <= len(stream):
        marker = stream[position + 1]
        if marker == 0xFF:  # a fill byte (T.81 B.1.1.2)
            position += 1
            continue
        if marker in _WITHOUT_CONTENT:
            position += 2
            continue
        if marker in (_TILE_PART, _END_OF_IMAGE):
            return
        length = int.from_bytes(stream[position + 2 : position + 4])
        yield position, marker, stream[position + 4 : position + 2 + length]
        if marker == SCAN:
            return
        position += 2 + max(2, length)


def size_of_frame(content: bytes) -> tuple[int, ...]:
    """(rows, columns, components) of the content of a frame header (T.81 B.2.2, T.87 C.2.2); () of
    one that is cut off."""
    return struct.unpack(">xHHB", content[:6]) if len(content) > 5 else ()


def size_of_grid(content: bytes) -> tuple[int, ...]:
    """Size of a JPEG 2000 image by its SIZ segment; () where it has too many tiles, or components
    that leave out pixels."""
    right, bottom, left, top, width, height, first_column, first_row, components = struct.unpack(
        ">8IH", content[2:36]
    )
    steps = content[37::3] + content[38::3]
    if not (width and height and right > first_column and bottom > first_row):
        return ()
    tiles = -((first_column - right) // width) * -((first_row - bottom) // height)
    if tiles > _MOST_TILES or any(step != 1 for step in steps):
        return ()
    return bottom - top, right - left, components


def has_too_many_scans(stream: bytes) -> bool:
    """Whether a JPEG stream has more scans than an image: a decoder goes over it in each. What
    stands behind its end, as the short film of a phone, has none."""
    scans, position = 0, first_scan(stream)
    while position >= 0 and (found := _MARKER.search(stream, position)):
        marker = stream[found.end() - 1]
        scans += marker == SCAN
        if marker == _END_OF_IMAGE or scans > _MOST_SCANS:
            break
        position = found.end() + max(2, int.from_bytes(stream[found.end() : found.end() + 2]))
    return scans > _MOST_SCANS


def with_more_data(stream: bytes) -> bytes:
    """The same stream with coded data added at its end: a decoder that had enough ignores it."""
    return stream.removesuffix(_END) + bytes(range(1, 128)) + _END


def colours_of_jpeg(stream: bytes) -> str | None:
    """The colours that a JPEG stream of three components says it has: "RGB", "YBR", "unknown" for
    others, or None where it says nothing (T.872 6.5.3; T.871 10.1 for JFIF, which is always YCbCr).
    Where no Adobe segment says so, components that leave out pixels are never RGB."""
    transform, is_jfif, steps, lossless = None, False, b"", False
    for marker, content in segments(stream):
        if marker == ADOBE and content.startswith(b"Adobe") and len(content) > 11:
            transform = content[11]
        elif marker == _JFIF and content.startswith(b"JFIF\0"):
            is_jfif = True
        elif marker in FRAME_HEADERS:
            steps, lossless = content[7::3], marker in LOSSLESS_FRAMES
    if transform is not None:
        return {0: "RGB", 1: "YBR"}.get(transform, "unknown")
    # some writers of lossless streams put a JFIF segment before whatever they have
    if (is_jfif and not lossless) or len(set(steps)) > 1:
        return "YBR"
    return None
