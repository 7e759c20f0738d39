"""A frame of a picture, as a decoder gives it, and what every reader of a format has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
Check = Callable[[tuple[int, int, int, int]], None]
"""Is told rows, columns, samples and the frames that will be decoded, before anything is allocated.
Raises Failure for what is more than a person allows."""

GREY, RGB, CMYK = "grey", "rgb", "cmyk"
_COLOURS = {GREY: 1, RGB: 3, CMYK: 4}

DAMAGED, TRANSPARENT, NOT_FINITE = "damaged_picture", "transparent_picture", "not_finite_values"
"""Marks for review."""


class Area(NamedTuple):
    """Rows from `top` to before `bottom`, columns from `left` to before `right`."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        """How many it has."""
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)


@dataclass(frozen=True)
class Decoder:
    """A library that decodes, as a row names it. package: the distribution that it comes with;
    call: its function in imagecodecs, where DICOM asks for it by name."""

    name: str
    package: str
    call: str = ""

    @property
    def version(self) -> str:
        """Version of the package."""
        return _version(self.package)


@cache
def _version(package: str) -> str:
    """Asked for every film; the answer is parsed from a text of a thousand lines."""
    return metadata.version(package)


@dataclass(frozen=True)
class Decoded:
    """A frame before it is grey.

    samples: shape (h, w) of grey, (h, w, 3) of RGB, (h, w, 4) of CMYK; uint8 or uint16, else any
    numbers, which have no greatest one. top: the value of white, where the dtype is unsigned with
    at most 16 bits. alpha: shape (h, w), of the same dtype and top. is_negative: zero is white.
    orientation: that of EXIF, 1 to 8. lost: areas that the file does not give, which do not
    overlap. is_damaged: it is broken, whatever is lost. seen: for the record.
    """

    samples: Samples
    decoder: Decoder
    colours: str = GREY
    top: int = 255
    alpha: Samples | None = None
    is_negative: bool = False
    orientation: int = 1
    lost: tuple[Area, ...] = ()
    is_damaged: bool = False
    seen: Mapping[str, Any] = field(default_factory=dict)


def with_alpha(samples: Samples, decoder: Decoder, top: int, **said: Any) -> Decoded:
    """A frame whose last sample of two or four is alpha. samples: shape (h, w) or (h, w, 1 to
    4)."""
    count = samples.shape[2] if samples.ndim == 3 else 1
    alpha = samples[..., -1] if count in (2, 4) else None
    colours = RGB if count > 2 else GREY
    if count > 1:
        samples = samples[..., :3] if count > 2 else samples[..., 0]
    elif samples.ndim == 3:
        samples = samples[..., 0]
    return Decoded(samples, decoder, colours, top, alpha, **said)


class Reader(Protocol):
    """The frames of a picture of some format. frames: how many."""

    @property
    def frames(self) -> int:
        """How many there are."""
        ...

    def read(self, number: int) -> Decoded:
        """A frame, from 0. Raises Failure, and whatever its library does."""
        ...


def lost_share(lost: tuple[Area, ...], shape: tuple[int, ...]) -> float:
    """The share of a frame that the file does not give."""
    return sum(area.pixels for area in lost) / max(1, int(np.prod(shape[:2])))
