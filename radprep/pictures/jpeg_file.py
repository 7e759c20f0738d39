"""JPEG (T.81): baseline, progressive and lossless ones of 8 to 16 bits. Of a file that breaks off
the rows that are there are kept. A JPEG has no checksum: nobody can tell whether a byte within its
data was altered."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np

from radprep.errors import Failure
from radprep.pictures.decoded import CMYK, GREY, RGB, Area, Check, Decoded, Decoder, Samples
from radprep.pictures.orientation import UPRIGHT, orientation_in
from radprep.pictures.segments import (
    ADOBE,
    FRAME_HEADERS,
    colours_of_jpeg,
    first_scan,
    has_too_many_scans,
    segments,
    size_of_frame,
    with_more_data,
)

JPEG_DECODER = Decoder("imagecodecs.jpeg8", "imagecodecs")

_EXIF, _PROFILE = 0xE1, 0xE2
_END, _SCAN = b"\xff\xd9", b"\xff\xda"
_BLOCK = 8
_YCCK = 2
"""What an Adobe segment calls the transform of four components (T.872 6.5.3)."""
_NOTHING: tuple[Area, ...] = ()
_NAMED_RGB = b"RGB"
"""Identifiers of components with which some writers say that these are no YCbCr."""


class JpegReader:
    """A JPEG, the first of a file that holds several. data: the file. Raises Failure."""

    frames = 1

    def __init__(self, data: bytes, check: Check) -> None:
        self.orientation, self._transform, self._has_profile = UPRIGHT, 0, False
        frame = b""
        for marker, content in segments(data):
            if marker in FRAME_HEADERS and not frame:
                frame = content
            elif marker == _EXIF and content.startswith(b"Exif\0\0"):
                self.orientation = orientation_in(content)
            elif marker == _PROFILE and content.startswith(b"ICC_PROFILE"):
                self._has_profile = True
            elif marker == ADOBE and content.startswith(b"Adobe") and len(content) > 11:
                self._transform = content[11]
        size = size_of_frame(frame)
        if not size or not all(size):
            raise Failure("unreadable_picture", "a JPEG that does not say its size")
        self.height, self.width, self._components = size
        if self._components not in (1, 3, 4):
            raise Failure("unsupported_picture", f"a JPEG of {self._components} components")
        check((self.height, self.width, self._components, 1))
        if has_too_many_scans(data):
            raise Failure("unreadable_picture", "too many scans")
        self._bits, self._frame, self._data = frame[0], frame, data
        self._scan = first_scan(data)

    def read(self, number: int) -> Decoded:
        """The picture. Raises Failure."""
        stream, has_end = self._stream()
        is_broken = False
        try:
            samples = self._decoded(stream)
        except MemoryError:
            raise
        except Exception:  # its errors say no more than that it is broken
            stream, samples = self._readable(stream)
            is_broken = True
        is_over, lost = not is_broken, _NOTHING
        if is_broken or not has_end or self._may_have_run_out(samples):
            is_over, lost = self._lost(stream, samples)
        colours = {1: GREY, 3: RGB, 4: CMYK}[samples.shape[2] if samples.ndim == 3 else 1]
        seen = {"profile_ignored": True} if self._has_profile else {}
        return Decoded(
            # Adobe's programs, and all that write CMYK, store how much ink is left out
            255 - samples if colours == CMYK else samples,
            JPEG_DECODER,
            colours,
            (1 << self._bits) - 1,
            orientation=self.orientation,
            lost=lost,
            is_damaged=is_broken or not is_over,
            seen={"bits": self._bits, "components": self._components, **seen},
        )

    def _stream(self) -> tuple[bytes, bool]:
        """The stream up to its last end marker, and whether it has one."""
        end = self._data.rfind(_END)
        if 0 <= self._scan < end:
            return self._data[: end + len(_END)], True
        # a download that stopped leaves zeros behind, which are no data
        return self._data.rstrip(b"\0"), False

    def _options(self) -> dict[str, Any]:
        """What libjpeg is to give: luminance is the first of the components of YCbCr."""
        if self._components == 1:
            return {}
        if self._components == 4:
            space = "YCCK" if self._transform == _YCCK else "CMYK"
            return {"colorspace": space, "outcolorspace": "CMYK"}
        said = colours_of_jpeg(self._data)
        is_rgb = said == "RGB" or (said is None and self._frame[6::3] == _NAMED_RGB)
        if is_rgb:
            return {"colorspace": "RGB", "outcolorspace": "RGB"}
        return {"outcolorspace": "GRAYSCALE"}

    def _decoded(self, stream: bytes) -> Samples:
        samples = np.asarray(imagecodecs.jpeg8_decode(stream, **self._options()))
        if samples.shape[:2] != (self.height, self.width):
            raise Failure("unreadable_picture", "a JPEG of another size than it says")
        return samples

    def _readable(self, stream: bytes) -> tuple[bytes, Samples]:
        """The longest beginning of a broken stream that can be decoded, and its samples. Raises
        Failure where there is none."""
        low, high = self._scan, len(stream)
        found: tuple[bytes, Samples] | None = None
        while 0 <= low < high:
            middle = (low + high + 1) // 2
            try:
                found = stream[:middle], self._decoded(stream[:middle] + _END)
                low = middle
            except MemoryError:
                raise
            except Exception:  # as above
                high = middle - 1
        if found is None:
            raise Failure("unreadable_picture", "no row of it can be decoded")
        return found

    def _may_have_run_out(self, samples: Samples) -> bool:
        """Whether the last row is as libjpeg leaves it where data ends before the image does: it
        fills up with the middle of the range, and says nothing."""
        return bool(np.all(samples[-1] == 1 << self._bits - 1))

    def _lost(self, stream: bytes, samples: Samples) -> tuple[bool, tuple[Area, ...]]:
        """Whether a stream held all of its image, and what it did not hold: what is other where
        more data follow."""
        try:
            more = self._decoded(with_more_data(stream))
        except MemoryError:
            raise
        except Exception:  # the data that were added make no sense where they stand
            more = samples if self._has_first_scan(stream) else np.zeros_like(samples)
        differs = more != samples
        if differs.ndim == 3:
            differs = differs.any(axis=2)
        if not differs.any():
            return stream.endswith(_END), ()
        if self._has_first_scan(stream):
            return False, ()  # all of it is there, with less detail than it had
        step = _BLOCK * max(one & 15 for one in self._frame[7::3])
        across = _BLOCK * max(one >> 4 for one in self._frame[7::3])
        row = int(np.argmax(differs.any(axis=1))) // step * step
        column = int(np.argmax(differs[row : row + step].any(axis=0))) // across * across
        bottom = min(row + step, self.height)
        areas = Area(row, bottom, column, self.width), Area(bottom, self.height, 0, self.width)
        return False, tuple(area for area in areas if area.pixels)

    def _has_first_scan(self, stream: bytes) -> bool:
        """Whether a second scan has begun, so that the first one is whole."""
        return stream.find(_SCAN, self._scan + len(_SCAN)) > 0
