"""JPEG 2000 (T.800): a JP2 file or the bare codestream, of up to 16 bits."""

from __future__ import annotations

from typing import NamedTuple

import imagecodecs
import numpy as np

from radprep.errors import Failure
from radprep.pictures.decoded import Check, Decoded, Decoder, with_alpha
from radprep.pictures.segments import segments, size_of_grid

JPEG2K_DECODER = Decoder("imagecodecs.jpeg2k", "imagecodecs")

_CODESTREAM = b"\xff\x4f\xff\x51"
_CONTENT = b"jp2c"
_BOX_HEAD, _LONG_BOX_HEAD = 8, 16
_MOST_BOXES = 1000
_SIZE = 0x51
_SIZE_BYTES = 39
_MOST_BITS = 16


class Size(NamedTuple):
    """What the SIZ segment of a codestream says (T.800 A.5.1): pixels, and its first component."""

    rows: int
    columns: int
    components: int
    bits: int
    is_signed: bool


class Jpeg2000Reader:
    """A JPEG 2000 picture. data: the file. Raises Failure."""

    frames = 1

    def __init__(self, data: bytes, check: Check) -> None:
        size = size_of_jpeg2000(data)
        if size is None:
            raise Failure("unreadable_picture", "a JPEG 2000 picture that does not say its size")
        check((*size[:3], 1))
        if size.bits > _MOST_BITS or size.is_signed or size.components > 4:
            raise Failure("unsupported_picture", "a JPEG 2000 picture of other samples than a film")
        self._size, self._data = size, data  # the boxes may hold a palette

    def read(self, number: int) -> Decoded:
        """The picture. Raises Failure."""
        samples = np.asarray(imagecodecs.jpeg2k_decode(self._data))
        if samples.shape[:2] != self._size[:2]:
            raise Failure("unreadable_picture", "a JPEG 2000 picture of another size than it says")
        top = (1 << self._size.bits) - 1
        return with_alpha(samples, JPEG2K_DECODER, top, seen={"bits": self._size.bits})


def size_of_jpeg2000(data: bytes) -> Size | None:
    """The size that a decoder will make room for; None where there is none, or none that may be
    decoded. data: a JP2 file or a codestream."""
    stream = _codestream_of(data)
    content = next((one for marker, one in segments(stream) if marker == _SIZE), b"")
    size = size_of_grid(content) if len(content) >= _SIZE_BYTES else ()
    if not size or not all(size):
        return None
    return Size(size[0], size[1], size[2], (content[36] & 0x7F) + 1, content[36] > 0x7F)


def _codestream_of(data: bytes) -> bytes:
    """The codestream in the first box of content (T.800 I.4), as decoders find it: one that stands
    in another box is not it. Nothing where there is none."""
    if data.startswith(_CODESTREAM):
        return data
    start = 0
    for _ in range(_MOST_BOXES):
        head = data[start : start + _LONG_BOX_HEAD]
        if len(head) < _BOX_HEAD:
            break
        length, skipped = int.from_bytes(head[:4]), _BOX_HEAD
        if length == 1:
            length, skipped = int.from_bytes(head[8:]), _LONG_BOX_HEAD
        if head[4:8] == _CONTENT:
            stream = data[start + skipped :]
            return stream if stream.startswith(_CODESTREAM) else b""
        if length < skipped:  # up to the end, or no length
            break
        start += length
    return b""
