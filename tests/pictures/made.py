"""Pictures made in memory, and what radprep makes of them."""

from __future__ import annotations

import io
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import tifffile
from PIL import Image

from radprep.dicom.decode import refuse_too_many
from radprep.errors import Failure
from radprep.pictures.opened import Limits, open_picture
from radprep.pictures.shown import shown

LIMITS = Limits(partial(refuse_too_many, max_pixels=1_000_000, max_frames=20), 20, False)


class Read(NamedTuple):
    """A frame as convert would keep it."""

    pixels: np.ndarray
    seen: dict[str, Any]
    marks: tuple[str, ...]
    frames: int


def read(
    data: bytes, bits: int = 8, window: str = "full", number: int = 0, limits: Limits = LIMITS
) -> Read:
    """What a picture becomes."""
    picture = open_picture(data, limits)
    frame = picture.read(number)
    pixels, said = shown(frame, bits, window)
    return Read(pixels, {**frame.seen, **said}, frame.marks, picture.frames)


def code_of(data: bytes, limits: Limits = LIMITS) -> str:
    """The code of the failure that a picture is."""
    with pytest.raises(Failure) as failure:
        read(data, limits=limits)
    return failure.value.code


def saved(image: Image.Image | np.ndarray, form: str, **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    held = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(held, form, **options)
    return held.getvalue()


def tiff(pixels: np.ndarray, **options: Any) -> bytes:
    """A TIFF as the bytes of a file."""
    held = io.BytesIO()
    tifffile.imwrite(held, pixels, **({"photometric": "minisblack"} | options))
    return held.getvalue()


def ramp(height: int = 40, width: int = 52) -> np.ndarray:
    """Grey values that differ from their neighbours, and are the same in no two corners."""
    return (np.add.outer(np.arange(height) * 3, np.arange(width) * 2) % 256).astype(np.uint8)


DEEP = ramp(64, 48).astype(np.uint16) * 257
