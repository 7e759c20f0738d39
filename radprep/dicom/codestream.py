"""What the first bytes of a JPEG, JPEG-LS, JPEG 2000 (with HTJ2K) or JPEG XL stream say about it,
and where it ends. Nothing is decoded here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from radprep.dicom import jpegxl
from radprep.dicom.boxes import boxes
from radprep.dicom.stream_ends import END_MARKER, end_of_jpeg, end_of_jpeg2k
from radprep.errors import Failure
from radprep.pictures.segments import (
    FRAME_HEADERS,
    LOSSLESS_FRAMES,
    SCAN,
    has_too_many_scans,
    segments,
    size_of_frame,
    size_of_grid,
)

_MOST_STREAMS = 1000
"""Streams that are looked for in the data of one frame."""
_CERTAIN_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
_ANOTHER = re.compile(rb"[\0\xff]*?(?=" + b"|".join(_CERTAIN_STARTS) + b")")
"""Padding with a stream behind it."""

_START_OF_JPEG = b"\xff\xd8"
_START_OF_JPEG2K = b"\xff\x4f"
_START_OF_IMAGE = (_START_OF_JPEG, _START_OF_JPEG2K)
_JP2 = b"\0\0\0\x0cjP"

_JPEGLS_FRAME = 0xF7

_SIZE, _CODING_STYLE = 0x51, 0x52
_IRREVERSIBLE = 0
"""The transform of a JPEG 2000 stream that loses something (T.800 table A.20)."""
_JPEGLS_PRESETS, _OVERSIZE = 0xF8, 4


def begins(data: bytes) -> bool:
    """Whether an image stream of any kind begins here."""
    return data.startswith((*_START_OF_IMAGE, _JP2, *jpegxl.STARTS))


def is_over(first: bytes, last: bytes) -> bool:
    """Whether a stream, of which these are the first and the last piece, may be over. One of JPEG
    XL has no mark at its end."""
    return first.startswith(jpegxl.STARTS) or END_MARKER in last


def until_its_end(frame: bytes) -> bytes:
    """The stream up to its end marker, without what stands behind it. Raises Failure: decode_error
    where it does not begin as a stream, truncated where it has no end."""
    if frame.startswith(jpegxl.STARTS):
        return frame  # its decoder knows whether something is missing
    if frame and not begins(frame):
        raise Failure("decode_error", "not what its transfer syntax says")
    end = _end_of(frame)
    if end is None:
        raise Failure("truncated", "no end marker")
    return frame[:end]


def each_stream(data: bytes) -> list[bytes]:
    """The streams that follow each other in the data of a frame. What is no stream, or has no end,
    stays with what stands before it."""
    if all(data.find(start, 2) < 0 for start in _CERTAIN_STARTS):
        return [data]
    starts = [0]
    while len(starts) < _MOST_STREAMS:
        end = _end_of(data, starts[-1])
        another = None if end is None else _ANOTHER.match(data, end)
        if another is None:
            break
        starts.append(another.end())
    return [data[one:other] for one, other in pairwise([*starts, len(data)])]


def _end_of(data: bytes, start: int = 0) -> int | None:
    """Where the end marker of the stream ends that begins at a place; None where there is none."""
    if data.startswith(_START_OF_JPEG, start):
        return end_of_jpeg(data, start)
    if data.startswith(_START_OF_JPEG2K, start):
        return end_of_jpeg2k(data, start)
    if data.startswith(_JP2):
        return end_of_jpeg2k(data, len(data) - len(_codestream(data)))
    return None


class Samples(NamedTuple):
    """What a stream says of its samples. bits: its precision; signed: None where its format knows
    no sign; lossy: whether it was coded with losses, None where it does not tell."""

    bits: int
    signed: bool | None
    lossy: bool | None


def samples_of(stream: bytes) -> Samples | None:
    """Samples as the stream declares them (T.81 B.2.2, T.87 C.2.2, T.800 A.5.1 and A.6.1); None
    where it cannot be read. Raises Failure as jpegxl.head_of does."""
    if stream.startswith(jpegxl.STARTS):
        return Samples(jpegxl.head_of(stream).bits, None, None)
    found: Samples | None = None
    of_jpegls = False
    for marker, content in segments(_codestream(stream)):
        if marker in FRAME_HEADERS and content:
            of_jpegls = marker == _JPEGLS_FRAME
            found = Samples(content[0], None, not of_jpegls and marker not in LOSSLESS_FRAMES)
        elif marker == _SIZE and len(content) > 36:
            found = Samples((content[36] & 0x7F) + 1, content[36] > 0x7F, None)
        elif found and marker == _CODING_STYLE and len(content) > 9:
            found = found._replace(lossy=content[9] == _IRREVERSIBLE or None)
        elif found and marker == SCAN and len(content) > 3 and of_jpegls:
            found = found._replace(lossy=content[-3] > 0)  # NEAR (T.87 C.2.3)
    return found


def refuse_other_size(stream: bytes, rows: int, columns: int, samples: int) -> None:
    """Hold what a stream says of its own size against its header: a decoder makes room for what
    the stream says, and goes over it in each scan. Raises Failure: frame_does_not_fit,
    decode_error where it says no size or has more scans than an image."""
    if stream.startswith(_START_OF_JPEG) and has_too_many_scans(stream):
        raise Failure("decode_error", "too many scans")
    if stream.startswith(jpegxl.STARTS):
        sizes: list[tuple[int, ...]] = [tuple(jpegxl.head_of(stream)[:3])]
    else:
        found = segments(_codestream(stream))
        sizes = [size for marker, content in found for size in _sizes(marker, content)]
    if not sizes:
        raise Failure("decode_error", "the stream does not say its size")
    for size in sizes:
        if size != (rows, columns, samples):
            shown = " x ".join(map(str, size)) or "no film's size"
            raise Failure("frame_does_not_fit", f"{shown} for {rows} x {columns} x {samples}")


def _sizes(marker: int, content: bytes) -> Iterator[tuple[int, ...]]:
    """(rows, columns, components) where a segment declares them; () for a size that cannot be that
    of a film."""
    if marker in FRAME_HEADERS:  # T.81 B.2.2, T.87 C.2.2
        yield size_of_frame(content)
    elif marker == _JPEGLS_PRESETS and content[:1] == bytes([_OVERSIZE]):  # T.87 C.2.4.1.4
        yield ()
    elif marker == _SIZE:  # T.800 A.5.1
        yield size_of_grid(content) if len(content) > 38 else ()


def components_transformed(stream: bytes) -> bool | None:
    """Whether a JPEG 2000 stream has a multiple component transform (T.800 A.6.1), which its
    decoder undoes; None: unknown."""
    for marker, content in segments(stream):
        if marker == _CODING_STYLE and len(content) > 4:
            return content[4] != 0
    return None


def _codestream(stream: bytes) -> bytes:
    """The JPEG 2000 codestream in a JP2 file (T.800 I.4); any other stream as it is. Empty where
    there is none."""
    if not stream.startswith(_JP2):
        return stream
    for box in boxes(stream):
        if box.kind == b"jp2c":
            return stream[box.start :]
    return b""
