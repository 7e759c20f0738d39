"""The file of an image or a mask, read within bounds: what its header declares is asked before
anything is decoded, for a file of a thousand bytes may declare any size."""

from __future__ import annotations

from pathlib import Path

from radprep.errors import UsageError
from radprep.image import png
from radprep.image.image import Pixels
from radprep.text.small_file import read_small

MOST_PIXELS = 200_000_000
"""Pixels of an image that is decoded: 200 MB to 400 MB of memory."""

MOST_BYTES = 2 * MOST_PIXELS + 2**20
"""Of the file of an image: deflate never makes it much larger than its pixels are."""


def read_image(path: Path, size: tuple[int, int] | None = None) -> Pixels:
    """The pixels of a grey PNG, uint8 or uint16, shape (h, w). size, and what it raises: as
    `read_image_bytes`, and ValueError as `png.decode` does."""
    return png.decode(read_image_bytes(path, size))


def read_image_bytes(path: Path, size: tuple[int, int] | None = None) -> bytes:
    """The bytes of a grey PNG that may be decoded. size: (width, height) that it must have.

    Raises OSError where there is no such file, ValueError where it is no regular file, or where
    its header declares another size or more than MOST_PIXELS pixels.
    """
    try:
        data = read_small(path, MOST_BYTES)
    except UsageError:
        raise ValueError("no regular file, or too large for an image") from None
    width, height, _ = png.header_of(data)
    if width * height > MOST_PIXELS:
        raise ValueError(f"its header declares more than {MOST_PIXELS:,} pixels")
    if size is not None and (width, height) != size:
        raise ValueError("its size is not the one that its row says")
    return data
