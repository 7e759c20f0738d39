from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from radprep.dicom.syntaxes import DEFLATED_FRAMES
from radprep.image.greys import luminance
from tests.dicom.test_colour import coloured, colours
from tests.dicom.test_decode import code_of_failure, decode, film_of, full_range
from tests.dicom.test_frames import deflated

ONE_BIT = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}


def bits(frames: int = 1) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 2, (frames, 7, 13)).astype(np.uint8)


def packed(film: np.ndarray) -> bytes:
    return np.packbits(film, bitorder="little").tobytes()


def run_lengths(data: bytes) -> bytes:
    coded = imagecodecs.packbits_encode(data)
    return struct.pack("<16I", 1, 64, *[0] * 14) + coded + b"\0" * (len(coded) % 2)


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        (DEFLATED_FRAMES, lambda film: deflated(np.frombuffer(packed(film), np.uint8))),
        (RLELossless, lambda film: run_lengths(packed(film))),
        (RLELossless, lambda film: run_lengths(film.tobytes())),
        (JPEGLSLossless, imagecodecs.jpegls_encode),
        (
            JPEG2000Lossless,
            lambda film: imagecodecs.jpeg2k_encode(
                film, codecformat="j2k", level=0, reversible=True, bitspersample=1
            ),
        ),
        ("1.2.840.10008.1.2.4.201", lambda film: imagecodecs.htj2k_encode(film, reversible=True)),
        (
            "1.2.840.10008.1.2.4.110",
            lambda film: imagecodecs.jpegxl_encode(film, lossless=True, bitspersample=1),
        ),
    ],
    ids=["deflated", "RLE packed", "RLE bytes", "JPEG-LS", "J2K", "HTJ2K", "JPEG XL"],
)
@pytest.mark.parametrize("frames", [1, 3])
def test_coded_pixels_of_one_bit(syntax: str, encode: object, frames: int) -> None:
    films = bits(frames)
    data = film_of([encode(film) for film in films], films, syntax, bits=1, **ONE_BIT)
    assert (np.stack(decode(data)) == films).all()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (run_lengths(b"\2" * 91), "frame_does_not_fit"),
        (run_lengths(b"\1" * 50), "frame_does_not_fit"),
        (run_lengths(b"\1" * 200), "decode_error"),
        (struct.pack("<16I", 2, 64, 66, *[0] * 13) + b"\0\0\0\0", "decode_error"),
        (b"ab", "decode_error"),
    ],
)
def test_run_lengths_of_one_bit_that_do_not_fit(frame: bytes, code: str) -> None:
    assert code_of_failure(film_of([frame], bits(), RLELossless, bits=1, **ONE_BIT)) == code


@pytest.mark.parametrize("stored", [8, 12, 16])
@pytest.mark.parametrize("frames", [1, 3])
def test_deflated_frames(stored: int, frames: int) -> None:
    films = full_range(stored, (frames, 11, 7))
    data = film_of([deflated(film) for film in films], films, DEFLATED_FRAMES, bits=stored)
    assert (np.stack(decode(data)) == films).all()


def test_deflated_frames_of_colour() -> None:
    [found] = decode(coloured([deflated(colours())], colours(), DEFLATED_FRAMES, "RGB"))
    assert (found == luminance(colours())).all()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (deflated(np.zeros(10_000_000, np.uint8)), "frame_does_not_fit"),
        (deflated(np.zeros(153, np.uint8)), "truncated"),
        (deflated(np.zeros(154, np.uint8))[:-4], "truncated"),
        (b"\xff" * 40, "decode_error"),
        (zlib.compress(bytes(154)), "decode_error"),
    ],
    ids=["bomb", "short", "cut", "junk", "zlib"],
)
def test_deflated_frames_that_do_not_fit(frame: bytes, code: str) -> None:
    film = full_range(16)
    assert code_of_failure(film_of([frame], film, DEFLATED_FRAMES, bits=16)) == code
