"""The image and the mask of a film as files: read, held against their row, and made smaller or
encoded anew where that is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from radprep.dataset.image_file import read_image_bytes
from radprep.dataset.layout import DataSet
from radprep.dataset.names import mask_hash
from radprep.errors import UsageError
from radprep.export.film import Film
from radprep.export.options import ExportOptions
from radprep.image import png
from radprep.image.hashes import pixel_hash
from radprep.image.image import Pixels

_CHUNKS = {"IHDR", "IDAT", "IEND"}
PNG = ".png"


class Unreadable(Exception):  # noqa: N818 - a fault of one film, counted, not one of the program
    """An image or a mask is not what its row says. code: one of those of `radprep verify`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Encoded:
    """An image or a mask as it is exported.

    data: the bytes of the file, None where it was placed in a file already; suffix: .png or .jpg;
    width, height: pixels; scale: what the widths and heights of the data set's image were
    multiplied by; source: name of the same file in the data set, None where the bytes are others.
    """

    data: bytes | None
    suffix: str
    width: int
    height: int
    scale: tuple[float, float]
    source: str | None = None

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data or b"").hexdigest()

    @property
    def is_changed(self) -> bool:
        """Whether the pixels are not those of the data set."""
        return self.source is None

    def without_data(self) -> Encoded:
        """The same without the bytes."""
        return replace(self, data=None)


@dataclass(frozen=True)
class Pictures:
    """Reads and encodes the images of a data set as the options ask."""

    data_set: DataSet
    options: ExportOptions

    def blank(self, film: Film, *, of_mask: bool = False) -> Encoded:
        """What is known of the file of a film before it is read: all but the bytes."""
        row = film.row
        width, height = self.options.scaled(row["width"], row["height"])
        is_same = (width, height) == (row["width"], row["height"])
        name = row["mask_file_name"] if of_mask else row["file_name"]
        is_jpeg = self.options.jpeg is not None and not of_mask
        return Encoded(
            None,
            self.options.suffix if is_jpeg else PNG,
            width,
            height,
            (width / row["width"], height / row["height"]),
            name if is_same and not is_jpeg else None,
        )

    def image(self, film: Film) -> Encoded:
        """The image of a film. Raises Unreadable where it is not what its row
        says."""
        row = film.row
        data, pixels = self._checked(film, row["file_name"], row["bits"], row["pixel_hash"])
        blank = self.blank(film)
        if blank.source:
            return replace(blank, data=data)
        pixels = _resized(pixels, blank, cv2.INTER_AREA)
        if blank.suffix == PNG:
            return replace(blank, data=png.encode(pixels))
        return replace(blank, data=self._jpeg(pixels))

    def mask(self, film: Film) -> Encoded | None:
        """The mask of a film, None where it has none. Raises as `image` does."""
        name = film.row["mask_file_name"]
        if name is None:
            return None
        data, pixels = self._checked(film, name, 8, mask_hash(film.row))
        blank = self.blank(film, of_mask=True)
        if blank.source:
            return replace(blank, data=data)
        return replace(blank, data=png.encode(_resized(pixels, blank, cv2.INTER_NEAREST)))

    def _checked(
        self, film: Film, name: str, bits: int, hashed: str | None
    ) -> tuple[bytes, Pixels]:
        """The bytes of a file, and its pixels, which are those that were hashed."""
        row = film.row
        try:
            data = read_image_bytes(self.data_set.file(name))
            is_plain = {chunk for chunk, _ in png.chunks(data)} == _CHUNKS
            declared = png.header_of(data)
        except UsageError:
            raise Unreadable("link_outside") from None
        except OSError:
            raise Unreadable("image_missing") from None
        except ValueError:
            raise Unreadable("image_unreadable") from None
        if not is_plain:
            raise Unreadable(
                "image_chunks"
            )  # a text may stand in one: it would leave with the file
        if declared != (row["width"], row["height"], bits):
            raise Unreadable("image_size")
        try:
            pixels = png.decode(data)
        except ValueError:
            raise Unreadable("image_unreadable") from None
        if pixel_hash(pixels) != hashed:
            raise Unreadable("image_altered")
        return data, pixels

    def _jpeg(self, pixels: Pixels) -> bytes:
        shallow = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
        quality = [cv2.IMWRITE_JPEG_QUALITY, self.options.jpeg or 0]
        return cv2.imencode(".jpg", shallow, quality)[1].tobytes()


def _resized(pixels: Pixels, to: Encoded, how: int) -> Pixels:
    if pixels.shape == (to.height, to.width):
        return pixels
    resized: Pixels = cv2.resize(pixels, (to.width, to.height), interpolation=how)
    return resized
