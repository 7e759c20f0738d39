"""How the pixels of a file are stored, as its header says and decode.py has checked."""

from __future__ import annotations

from dataclasses import dataclass

GREY = ("MONOCHROME1", "MONOCHROME2")
"""Photometric interpretations of grey films."""


@dataclass(frozen=True)
class PixelFormat:
    """The Image Pixel attributes (PS3.3 C.7.6.3), checked."""

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

    @property
    def grey(self) -> bool:
        """MONOCHROME1 or 2: the modality LUT and the VOI LUT are for these only (PS3.3
        C.11.2.1.2)."""
        return self.photometric in GREY
