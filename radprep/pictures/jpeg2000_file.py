"""JPEG 2000 (T.800): a JP2 file or the bare codestream, of up to 16 bits."""

from __future__ import annotations

import imagecodecs
import numpy as np

from radprep.errors import Failure
from radprep.pictures.decoded import Check, Decoded, Decoder, with_alpha
from radprep.pictures.segments import segments, size_of_grid

JPEG2K_DECODER = Decoder("imagecodecs.jpeg2k", "imagecodecs")

_CODESTREAM = b"\xff\x4f\xff\x51"
_SIZE = 0x51
_SIZE_BYTES = 39
_MOST_BITS = 16


class Jpeg2000Reader:
    """A JPEG 2000 picture. data: the file. Raises Failure."""

    frames = 1

    def __init__(self, data: bytes, check: Check) -> None:
        start = data.find(_CODESTREAM)
        stream = data[start:] if start >= 0 else b""
        content = next((one for marker, one in segments(stream) if marker == _SIZE), b"")
        size = size_of_grid(content) if len(content) >= _SIZE_BYTES else ()
        if not size or not all(size):
            raise Failure("unreadable_picture", "a JPEG 2000 picture that does not say its size")
        check((size[0], size[1], size[2], 1))
        self._bits, is_signed = (content[36] & 0x7F) + 1, content[36] > 0x7F
        if self._bits > _MOST_BITS or is_signed or size[2] > 4:
            raise Failure("unsupported_picture", "a JPEG 2000 picture of other samples than a film")
        self._data = data

    def read(self, number: int) -> Decoded:
        """The picture. Raises Failure."""
        samples = np.asarray(imagecodecs.jpeg2k_decode(self._data))
        top = (1 << self._bits) - 1
        return with_alpha(samples, JPEG2K_DECODER, top, seen={"bits": self._bits})
