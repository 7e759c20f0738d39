"""Which way up a picture is to be shown: the tag Orientation of EXIF (CIPA DC-008, 4.6.4; TIFF 6.0
section 8), and the turning."""

from __future__ import annotations

import struct

import numpy as np

from radprep.pictures.decoded import Samples

UPRIGHT = 1
ORIENTATION_TAG = 274
_SHORT = 3
_ENTRY_BYTES = 12
_MOST_ENTRIES = 1000
_PREFIX = b"Exif\0\0"
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


def orientation_in(exif: bytes) -> int:
    """The orientation that an EXIF block says, 1 to 8; 1 where it says none that can be. exif: with
    or without the six bytes that JPEG puts before it. Nothing else of it is looked at."""
    block = exif.removeprefix(_PREFIX)
    order = _BYTE_ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return UPRIGHT
    (start,) = struct.unpack(f"{order}I", block[4:8])
    (count,) = struct.unpack(f"{order}H", block[start : start + 2].ljust(2, b"\0"))
    entries = block[start + 2 : start + 2 + min(count, _MOST_ENTRIES) * _ENTRY_BYTES]
    for place in range(0, len(entries) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        tag, kind, _, value = struct.unpack(f"{order}HHIH", entries[place : place + 10])
        if tag == ORIENTATION_TAG and kind == _SHORT:
            return usable(value)
    return UPRIGHT


def usable(orientation: object) -> int:
    """An orientation, 1 to 8; 1 for anything else."""
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else UPRIGHT


def upright(pixels: Samples, orientation: int) -> Samples:
    """A picture as it is to be shown. pixels: shape (h, w); orientation: where the first row and
    the first column stand, 1 to 8 (top-left, top-right, bottom-right, bottom-left, left-top,
    right-top, right-bottom, left-bottom)."""
    if orientation >= 5:
        pixels = pixels.T
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
