"""GIF, BMP, WebP and AVIF, by Pillow. Its classes are asked directly: `Image.open` would count
pixels against a limit of the whole process, and try one format after the other."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import AvifImagePlugin, BmpImagePlugin, GifImagePlugin, WebPImagePlugin
from PIL.Image import Image

from radprep.errors import Failure
from radprep.pictures.decoded import Check, Decoded, Decoder, with_alpha
from radprep.pictures.kinds import AVIF, BMP, GIF, WEBP
from radprep.pictures.orientation import orientation_in

PILLOW_DECODER = Decoder("pillow", "pillow")

_CLASSES: dict[str, Callable[..., Any]] = {
    GIF: GifImagePlugin.GifImageFile,
    BMP: BmpImagePlugin.BmpImageFile,
    WEBP: WebPImagePlugin.WebPImageFile,
    AVIF: AvifImagePlugin.AvifImageFile,
}
_MODES = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB"}
"""What a mode of Pillow is read as; a palette by what it holds."""


class PillowReader:
    """A picture that Pillow reads. data: the file; kind: one of _CLASSES. Raises Failure."""

    def __init__(self, data: bytes, kind: str, check: Check, *, first_only: bool) -> None:
        if kind == WEBP:  # its decoder makes room for the canvas as soon as it is opened
            check((*_webp_size(data), len("RGB"), 1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._image = _CLASSES[kind](io.BytesIO(data))
            width, height = self._image.size
            samples = len(_MODES.get(self._image.mode, "RGBA"))
            check((height, width, samples, 1))
            self.frames = int(getattr(self._image, "n_frames", 1))
        check((height, width, samples, 1 if first_only else self.frames))
        self.orientation = orientation_in(self._image.info.get("exif") or b"")

    def read(self, number: int) -> Decoded:
        """A frame. Raises Failure, and what Pillow does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if number or self.frames > 1:
                self._image.seek(number)
            image: Image = self._image
            image.load()
            mode = _mode_of(image)
            samples = np.asarray(image if image.mode == mode else image.convert(mode))
        seen = {"profile_ignored": True} if image.info.get("icc_profile") else {}
        return with_alpha(
            samples, PILLOW_DECODER, 255, orientation=self.orientation, seen={"bits": 8, **seen}
        )


def _webp_size(data: bytes) -> tuple[int, int]:
    """Rows and columns that a WebP declares (RFC 9649, 2.5 to 2.7). Raises Failure."""
    first, side = data[12:16], (1 << 14) - 1
    if first == b"VP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif first == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = 1 + (bits & side), 1 + (bits >> 14 & side)
    elif first == b"VP8 ":
        width, height = (int.from_bytes(data[at : at + 2], "little") & side for at in (26, 28))
    else:
        raise Failure("unreadable_picture", "a WebP that does not say its size")
    return height, width


def _mode_of(image: Image) -> str:
    """The mode that a picture is converted to. Raises Failure."""
    if image.mode == "P":
        return "RGBA" if "transparency" in image.info else "RGB"
    if image.mode == "L" and "transparency" in image.info:
        return "LA"
    if image.mode not in _MODES:
        raise Failure("unsupported_picture", "samples that no film has")
    return _MODES[image.mode]
