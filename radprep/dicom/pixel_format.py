"""How the pixels of a file are stored, as its header says and decode.py has checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pydicom
from numpy.typing import NDArray

from radprep.dicom import header
from radprep.errors import Failure

GREY = ("MONOCHROME1", "MONOCHROME2")
"""Photometric interpretations of grey films."""
PALETTE = "PALETTE COLOR"

_ALLOCATED = (1, 8, 16, 32, 64)
_OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
_BIT_POSITION = 0x0102
_NAMES = {
    "".join(filter(str.isalnum, name)): name
    for name in (*GREY, PALETTE, "RGB", "XYB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
} | {"MONO1": GREY[0], "MONO2": GREY[1]}
"""How a photometric interpretation reads without the marks and spaces between its words."""


@dataclass(frozen=True)
class PixelFormat:
    """The Image Pixel attributes (PS3.3 C.7.6.3), checked.

    levels: the value that each code stands for, float64, where it is not the code itself: codes of
    a frame of real numbers, or of more than 16 bits. overlays: a number with the bits of a cell in
    which overlays stand.
    """

    rows: int
    columns: int
    samples: int
    photometric: str
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    frames: int
    syntax: str
    overlays: int = 0
    levels: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)

    @property
    def grey(self) -> bool:
        """MONOCHROME1 or 2: the modality LUT and the VOI LUT are for these only (PS3.3
        C.11.2.1.2)."""
        return self.photometric in GREY

    @property
    def frame_bits(self) -> int:
        """Bits of one native frame (PS3.5 section 8.1.1). YBR_FULL_422 has half of its colour."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.rows * self.columns * samples * self.allocated

    def stored_values(self) -> NDArray[np.float64]:
        """The stored value that each code stands for; a signed value's code is its two's
        complement."""
        if self.levels is not None:
            return self.levels
        values = np.arange(1 << self.stored, dtype=np.float64)
        if self.signed:
            values[values.size // 2 :] -= values.size
        return values

    def write_into(self, dataset: pydicom.Dataset) -> None:
        """Set what a decoder asks a file for to what was read of it, however it is typed there."""
        for keyword, value in (
            ("Rows", self.rows),
            ("Columns", self.columns),
            ("SamplesPerPixel", self.samples),
            ("BitsAllocated", self.allocated),
            ("BitsStored", self.stored),
            ("PixelRepresentation", int(self.signed)),
        ):
            dataset.add_new(keyword, "US", value)
        dataset.add_new("PhotometricInterpretation", "CS", self.photometric)
        if self.samples > 1:
            planes = header.integer(dataset, "PlanarConfiguration")
            dataset.add_new("PlanarConfiguration", "US", int(planes == 1))


def photometric_of(dataset: pydicom.Dataset) -> str:
    """The photometric interpretation (PS3.3 C.7.6.3.1.2), however its name is typed, or in capitals
    one that is not known. Raises Failure("unsupported_photometric") where there is none, or
    several.
    """
    names = {
        _NAMES.get("".join(filter(str.isalnum, code)), code)
        for code in header.codes(dataset, "PhotometricInterpretation")
    }
    if len(names) != 1 or "" in names:
        raise Failure("unsupported_photometric", "no one PhotometricInterpretation")
    return names.pop()


def samples_of(dataset: pydicom.Dataset, photometric: str) -> int:
    """Samples of a pixel; where they are missing, grey values and numbers of a palette have one.
    Raises Failure("bad_pixel_attributes")."""
    found = header.integer(dataset, "SamplesPerPixel")
    if found is None and photometric in (*GREY, PALETTE):
        return 1
    if not found or found < 1:
        raise Failure("bad_pixel_attributes", "SamplesPerPixel")
    return found


def required(dataset: pydicom.Dataset, keyword: str) -> int:
    """An attribute of one whole number, from 1 to 65,535. Raises Failure("bad_pixel_attributes")
    where it is missing, typed as a text, or several numbers."""
    found = header.values(dataset, keyword)
    if len(found) != 1 or not isinstance(found[0], int) or not 1 <= found[0] < 1 << 16:
        raise Failure("bad_pixel_attributes", keyword)
    return int(found[0])


def bits_of(dataset: pydicom.Dataset) -> tuple[int, int, int]:
    """Bits Allocated, Bits Stored and High Bit (PS3.5 section 8.1.1). Raises Failure:
    bad_pixel_attributes, unsupported_bits."""
    allocated = required(dataset, "BitsAllocated")
    high_bit = header.integer(dataset, "HighBit")
    stored = header.integer(dataset, "BitsStored")
    if not stored:
        stored = allocated if high_bit is None else high_bit + 1
    high_bit = stored - 1 if high_bit is None else high_bit
    if (
        allocated not in _ALLOCATED
        or not 1 <= stored <= allocated
        or not stored - 1 <= high_bit < allocated
    ):
        raise Failure(
            "unsupported_bits", f"allocated {allocated}, stored {stored}, high bit {high_bit}"
        )
    return allocated, stored, high_bit


def overlays_of(dataset: pydicom.Dataset) -> int:
    """The bits of a cell in which overlays stand, as a number with these bits (PS3.5 section 8.1.2,
    PS3.3 C.9.2)."""
    found = 0
    for group in _OVERLAY_GROUPS:
        element = dataset.get_item((group, _BIT_POSITION), keep_deferred=True)
        value = None if element is None else element.value
        if isinstance(value, bytes):
            is_little = getattr(element, "is_little_endian", True)
            value = int.from_bytes(value[:2], "little" if is_little else "big")
        if isinstance(value, int) and 0 < value < max(_ALLOCATED):
            found |= 1 << value
    return found
