"""Opens a picture: which library decodes which format, within the bounds that a person sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from radprep.errors import Failure
from radprep.pictures.decoded import Check, Decoder, Reader
from radprep.pictures.grey import GreyFrame, grey_frame
from radprep.pictures.jpeg2000_file import JPEG2K_DECODER, Jpeg2000Reader
from radprep.pictures.jpeg_file import JPEG_DECODER, JpegReader
from radprep.pictures.kinds import AVIF, BMP, GIF, JPEG, JPEG2K, PNG, TIFF, WEBP, picture_kind
from radprep.pictures.pillow_file import PILLOW_DECODER, PillowReader
from radprep.pictures.png_file import PNG_DECODER, PngReader
from radprep.pictures.tiff_file import TIFF_DECODER, TiffReader

Found = TypeVar("Found")


@dataclass(frozen=True)
class Limits:
    """What a picture may be. check: see `Check`; most_frames: that may be decoded; first_only: no
    frame but the first is asked for."""

    check: Check
    most_frames: int
    first_only: bool


def _by_pillow(kind: str) -> Callable[[bytes, Limits], Reader]:
    return lambda data, limits: PillowReader(data, kind, limits.check, first_only=limits.first_only)


READERS: dict[str, tuple[Decoder, Callable[[bytes, Limits], Reader]]] = {
    PNG: (PNG_DECODER, lambda data, limits: PngReader(data, limits.check)),
    JPEG: (JPEG_DECODER, lambda data, limits: JpegReader(data, limits.check)),
    TIFF: (
        TIFF_DECODER,
        lambda data, limits: TiffReader(
            data, limits.check, most_frames=limits.most_frames, first_only=limits.first_only
        ),
    ),
    JPEG2K: (JPEG2K_DECODER, lambda data, limits: Jpeg2000Reader(data, limits.check)),
    GIF: (PILLOW_DECODER, _by_pillow(GIF)),
    BMP: (PILLOW_DECODER, _by_pillow(BMP)),
    WEBP: (PILLOW_DECODER, _by_pillow(WEBP)),
    AVIF: (PILLOW_DECODER, _by_pillow(AVIF)),
}
"""Format -> the library that decodes it, and how it is asked. What is not in it is not read."""


@dataclass(frozen=True)
class Picture:
    """An opened picture. kind: its format, one of READERS."""

    kind: str
    reader: Reader

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.reader.frames

    def read(self, number: int) -> GreyFrame:
        """A frame, from 0, as grey codes. Raises Failure: unreadable_picture,
        unsupported_picture."""
        return grey_frame(_guarded(lambda: self.reader.read(number)))


def open_picture(data: bytes, limits: Limits) -> Picture:
    """Open a picture. data: the bytes of its file. Raises Failure: unreadable_picture,
    unsupported_picture, and those of `limits.check`."""
    kind = picture_kind(data[:64])
    if kind not in READERS:
        raise Failure("unsupported_picture", f"{kind or 'no picture'} is not read")
    _, reader = READERS[kind]
    return Picture(kind, _guarded(lambda: reader(data, limits)))


def picture_versions() -> dict[str, str]:
    """Versions of the packages that decode pictures."""
    return {one.package: one.version for one, _ in READERS.values()}


def picture_table() -> dict[str, str]:
    """Format -> the library that decodes it, and its version."""
    return {kind: f"{one.name} {one.version}" for kind, (one, _) in READERS.items()}


def _guarded(ask: Callable[[], Found]) -> Found:
    """What a library gives. Hostile files break it in many ways, which all say the same."""
    try:
        return ask()
    except (Failure, MemoryError):
        raise
    except Exception as error:
        raise Failure("unreadable_picture", type(error).__name__) from None
