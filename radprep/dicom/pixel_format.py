"""How the pixels of a file are stored, as its header says and decode.py has checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GREY = ("MONOCHROME1", "MONOCHROME2")
"""Photometric interpretations of grey films."""


@dataclass(frozen=True)
class PixelFormat:
    """The Image Pixel attributes (PS3.3 C.7.6.3), checked.

    levels: the value that each code stands for, float64, where it is not the code itself: codes of
    a frame of real numbers, or of more than 16 bits.
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
