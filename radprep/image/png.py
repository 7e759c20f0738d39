"""Grey PNG files, 8 or 16 bits, with the chunks IHDR, IDAT and IEND and no other (no text, no time,
no colour profile)."""

from __future__ import annotations

import struct
from itertools import pairwise

import cv2
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from radprep.image.image import Pixels

_HEADER_END = 25
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# PNG filter type 2 (ISO/IEC 15948, 9.2): each byte minus the one above it; radiographs are smooth
_UP = 2
_LAST_FILTER = 4
_DAMAGED = "damaged PNG"
# at most what isal keeps back for the careful end of a block, at least four: any more would meet
# its quick start
_FIRST_BYTES = 16


def encode(pixels: Pixels) -> bytes:
    """Encode uint8 or uint16 grey values, shape (h, w). The same pixels give the same bytes for one
    version of isal and one kind of processor: on ARM the pixels are the same, the bytes need not
    be.

    The UP filter in numpy and Intel's deflate take a quarter of the time of libpng for files some
    15 % larger.
    """
    height, width = pixels.shape
    raw = (
        pixels.astype(">u2").view(np.uint8).reshape(height, -1)
        if pixels.dtype == np.uint16
        else pixels
    )
    lines = np.empty((height, raw.shape[1] + 1), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = raw[0]
    np.subtract(raw[1:], raw[:-1], out=lines[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, 0, 0, 0, 0)
    return _file(header, *_deflated(lines.reshape(-1)))


def _deflated(lines: NDArray[np.uint8]) -> tuple[bytes, ...]:
    """The zlib stream of some bytes in pieces, the same in every process.

    Where a stream begins, level 1 of isal 1.9.1 hashes the address of its own state instead of the
    third byte (the register is never loaded), so that one process in some thousands finds other
    matches in a film with an even border. Ending a first block after so few bytes that only the
    careful end of the routine sees them avoids that start, for 8 bytes a file.
    """
    stream = isal_zlib.compressobj(1)
    start = stream.compress(lines[:_FIRST_BYTES]), stream.flush(isal_zlib.Z_SYNC_FLUSH)
    return *start, stream.compress(lines[_FIRST_BYTES:]), stream.flush()


def header_of(data: bytes) -> tuple[int, int, int]:
    """Width, height and bits that a PNG declares. Raises ValueError where the file is none."""
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or len(data) < _HEADER_END:
        raise ValueError("not a grey PNG")
    width, height, bits = struct.unpack(">IIB", data[16:_HEADER_END])
    return width, height, bits


def decode(data: bytes) -> Pixels:
    """Decode a grey PNG to uint8 or uint16, shape (h, w). Raises ValueError: "damaged PNG", or what
    else it is, as "not a grey PNG".

    All is checked before OpenCV sees it, since libpng prints its complaints to stderr. What
    `encode` wrote is undone here, in 60 % of the time of libpng; a grey PNG that another program
    rewrote goes to OpenCV.
    """
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a grey PNG")
    try:
        header, body = _checked_chunks(data)
        width, height, bits, colour, compression, filtering, interlace = struct.unpack(
            ">IIBBBBB", header
        )
        if colour != 0:
            raise ValueError("not a grey PNG")
        if interlace == 1:
            raise ValueError("an interlaced PNG, which radprep never writes")
        if not width or bits not in (1, 2, 4, 8, 16) or compression or filtering or interlace:
            raise ValueError(_DAMAGED)
        lines = _inflated(body, height, 1 + (width * bits + 7) // 8)
        if bits >= 8 and (lines[:, 0] == _UP).all():
            return _without_up(lines, bits)
        pixels: Pixels | None = cv2.imdecode(
            np.frombuffer(_file(header, body), np.uint8), cv2.IMREAD_UNCHANGED
        )
    except (struct.error, isal_zlib.error, OverflowError, cv2.error):  # type: ignore[misc]  # isal's stub has an instance
        raise ValueError(_DAMAGED) from None
    if pixels is None or pixels.ndim != 2:
        raise ValueError(_DAMAGED)
    return pixels


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    """Names and bodies of a PNG's chunks, in order; what follows IEND counts as a chunk named "".
    Raises ValueError where the file is no PNG or a chunk is cut short."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    found: list[tuple[str, bytes]] = []
    place = len(_SIGNATURE)
    while place < len(data) and not (found and found[-1][0] == "IEND"):
        length = int.from_bytes(data[place : place + 4], "big")
        if place + 12 + length > len(data):
            raise ValueError("a chunk is cut short")
        found.append(
            (data[place + 4 : place + 8].decode("latin-1"), data[place + 8 : place + 8 + length])
        )
        place += 12 + length
    return [*found, ("", data[place:])] if place < len(data) else found


def _file(header: bytes, *body: bytes) -> bytes:
    """A PNG of an IHDR and the pieces of its IDAT, which are copied once."""
    return b"".join(
        (_SIGNATURE, *_chunk(b"IHDR", header), *_chunk(b"IDAT", *body), *_chunk(b"IEND"))
    )


def _chunk(kind: bytes, *body: bytes) -> tuple[bytes, ...]:
    checksum = isal_zlib.crc32(kind)
    for piece in body:
        checksum = isal_zlib.crc32(piece, checksum)
    return struct.pack(">I", sum(map(len, body))), kind, *body, struct.pack(">I", checksum)


def _checked_chunks(data: bytes) -> tuple[bytes, bytes]:
    """Bodies of IHDR and of all IDAT. Raises ValueError where a checksum is wrong or one of them is
    missing."""
    try:
        found = chunks(data)
    except ValueError:
        raise ValueError(_DAMAGED) from None
    place = len(_SIGNATURE)
    for name, body in found:
        sum_at = place + 8 + len(body)
        if name and isal_zlib.crc32(memoryview(data)[place + 4 : sum_at]) != int.from_bytes(
            data[sum_at : sum_at + 4], "big"
        ):
            raise ValueError(_DAMAGED)
        place = sum_at + 4
    names = [name for name, _ in found]
    if names[:1] != ["IHDR"] or "IEND" not in names:
        raise ValueError(_DAMAGED)
    if "tRNS" in names:
        raise ValueError("not a grey PNG")
    return found[0][1], b"".join(body for name, body in found if name == "IDAT")


def _inflated(body: bytes, height: int, stride: int) -> NDArray[np.uint8]:
    """The filtered lines, shape (height, stride). Raises ValueError where the data are more, less
    or other than that."""
    stream = isal_zlib.decompressobj()
    # no more than that: a small file may unfold to any size
    raw = stream.decompress(body, height * stride + 1)
    if not raw or not stream.eof or len(raw) != height * stride:
        raise ValueError(_DAMAGED)
    lines = np.frombuffer(raw, np.uint8).reshape(height, stride)
    if lines[:, 0].max() > _LAST_FILTER:
        raise ValueError(_DAMAGED)
    return lines


def _without_up(lines: NDArray[np.uint8], bits: int) -> Pixels:
    """The pixels of lines that are all filtered with UP: each line plus the one above it."""
    raw = lines[:, 1:].copy()
    for above, line in pairwise(raw):
        np.add(line, above, out=line)
    return raw.view(">u2").astype(np.uint16) if bits == 16 else raw
