from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from radprep.dicom.jpegxl import Head, head_of
from radprep.errors import Failure

RNG = np.random.default_rng(2)


def noise(rows: int, columns: int, bits: int, samples: int = 1) -> np.ndarray:
    shape = (rows, columns) if samples == 1 else (rows, columns, samples)
    return RNG.integers(0, 1 << bits, shape).astype(np.uint8 if bits <= 8 else np.uint16)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(1, 1), (8, 8), (16, 12), (30, 40), (256, 256), (257, 100), (9, 700), (600, 3), (90, 120)],
)
def test_every_way_to_write_a_size(rows: int, columns: int) -> None:
    stream = imagecodecs.jpegxl_encode(noise(rows, columns, 8), lossless=True)
    assert head_of(stream) == Head(rows, columns, 1, 8)


@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_depth_and_components(bits: int, samples: int, lossless: bool, container: bool) -> None:
    film = noise(20, 33, bits, samples)
    stream = imagecodecs.jpegxl_encode(
        film, lossless=lossless, bitspersample=bits, usecontainer=container
    )
    assert head_of(stream) == Head(20, 33, samples, bits)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_jpeg_stream_inside(samples: int) -> None:
    jpeg = imagecodecs.jpeg8_encode(noise(20, 33, 8, samples))
    assert head_of(imagecodecs.jpegxl_encode_jpeg(jpeg)) == Head(20, 33, samples, 8)


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"\xff\x0a", "truncated"),
        (b"\xff\x0a\1", "truncated"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "decode_error"),
        (b"\0\0\0\x0cJXL " + b"\0\0\0\1jxlc" * 9, "decode_error"),
        (b"\0\0\0\x0cJXL " + b"\0\0\0\3ftyp" * 9, "decode_error"),
        (b"", "decode_error"),
        (imagecodecs.jpegxl_encode(np.zeros((9, 9), np.float32)), "decode_error"),
        (imagecodecs.jpegxl_encode(noise(9, 9, 8, 4)), "decode_error"),
        (imagecodecs.jpegxl_encode(np.zeros((3, 9, 9), np.uint8)), "decode_error"),
    ],
    ids=["bare", "cut", "no codestream", "box", "short box", "empty", "real", "alpha", "frames"],
)
def test_what_is_no_film_is_refused(stream: bytes, code: str) -> None:
    with pytest.raises(Failure, match=code):
        head_of(stream)


def test_a_stream_that_names_no_colours() -> None:
    # 8 x 8; not as usual, nothing special, integers of 8 bits, no channels more, not XYB, colours
    # of their own, no profile, and the colour space, in the order in which the bits are read
    bits = "1" + "00000" + "100" + "0" + "0" + "0" + "00" + "0" + "00" + "0" + "0" + "0"
    for space, expected in (("00", (3, True)), ("10", (1, True)), ("010000", (3, True))):
        assert head_of(stream_of(bits + space))[2::2] == expected
    assert head_of(stream_of(bits + "011000"))[2::2] == (3, False)


def stream_of(bits: str) -> bytes:
    number = int(bits[::-1], 2)
    return b"\xff\x0a" + number.to_bytes(20, "little")
