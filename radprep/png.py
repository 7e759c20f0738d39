"""Grey PNG files, 8 or 16 bits, with the chunks IHDR, IDAT and IEND and no other (no text, no time, no colour profile)."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
from isal import isal_zlib

from radprep.study import Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2  # PNG filter type 2 (ISO/IEC 15948, 9.2): each byte minus the one above it; radiographs are smooth


def encode(pixels: Pixels) -> bytes:
    """Encode uint8 or uint16 grey values, shape (h, w). The same pixels give the same bytes for one version of isal.

    The UP filter in numpy and Intel's deflate take a quarter of the time of libpng for files some 15 % larger.
    """
    height, width = pixels.shape
    raw = pixels.astype(">u2").view(np.uint8).reshape(height, -1) if pixels.dtype == np.uint16 else pixels
    lines = np.empty((height, raw.shape[1] + 1), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = raw[0]
    np.subtract(raw[1:], raw[:-1], out=lines[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, 0, 0, 0, 0)
    body = isal_zlib.compress(lines, 1)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def decode(data: bytes) -> Pixels:
    """Decode a grey PNG to uint8 or uint16, shape (h, w). Raises ValueError where it is none."""
    pixels: Pixels | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if pixels is None or pixels.ndim != 2:
        raise ValueError("not a grey PNG")
    return pixels


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    """Names and bodies of a PNG's chunks, in order; what follows IEND counts as a chunk named "". Raises ValueError where the file
    is no PNG or a chunk is cut short."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    found: list[tuple[str, bytes]] = []
    place = len(_SIGNATURE)
    while place < len(data) and not (found and found[-1][0] == "IEND"):
        length = int.from_bytes(data[place:place + 4], "big")
        if place + 12 + length > len(data):
            raise ValueError("a chunk is cut short")
        found.append((data[place + 4:place + 8].decode("latin-1"), data[place + 8:place + 8 + length]))
        place += 12 + length
    return [*found, ("", data[place:])] if place < len(data) else found


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
