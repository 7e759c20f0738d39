from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from radprep.dicom import gdcm_child, header
from radprep.dicom.codestream import Samples
from radprep.dicom.decode import How, decode_frames, pixel_format
from radprep.dicom.fitting import fitted
from radprep.dicom.pixel_format import PixelFormat
from radprep.errors import Failure
from tests.dicom.test_decode import code_of_failure, film_of

HTJ2K, JPEGXL = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.110"
LOSSLESS = {
    JPEGLosslessSV1: lambda film, bits: imagecodecs.jpeg8_encode(
        film, lossless=True, predictor=1, bitspersample=bits
    ),
    JPEG2000Lossless: lambda film, bits: imagecodecs.jpeg2k_encode(
        film, codecformat="j2k", level=0, reversible=True, bitspersample=bits
    ),
    JPEGLSLossless: lambda film, _: imagecodecs.jpegls_encode(film),
    HTJ2K: lambda film, _: imagecodecs.htj2k_encode(film, reversible=True),
    JPEGXL: lambda film, bits: imagecodecs.jpegxl_encode(film, lossless=True, bitspersample=bits),
}


def ramp(bits: int, shape: tuple[int, int] = (12, 64)) -> np.ndarray:
    """From black on the left to white on the right."""
    film = np.tile(np.rint(np.linspace(0, (1 << bits) - 1, shape[1])), (shape[0], 1))
    return film.astype(np.uint8 if bits <= 8 else np.uint16)


def read(data: bytes) -> tuple[np.ndarray, How]:
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**7, 100)
    [(codes, how)] = decode_frames(header.read_with_pixels(data, parsed), form, data)
    return codes, how


def values_of(data: bytes) -> tuple[np.ndarray, How]:
    """The stored values that the codes of a file stand for."""
    codes, how = read(data)
    return how.form.stored_values()[codes].astype(np.int64), how


@pytest.mark.parametrize("stored", [10, 12, 16])
@pytest.mark.parametrize("syntax", [*LOSSLESS, JPEGBaseline8Bit])
def test_a_stream_of_eight_bits_under_a_header_of_more(syntax: str, stored: int) -> None:
    film = ramp(8)
    encode = LOSSLESS.get(syntax, lambda film, _: imagecodecs.jpeg8_encode(film, level=100))
    codes, how = read(film_of([encode(film, 8)], ramp(stored), syntax, bits=stored))
    assert np.abs(codes.astype(int) - film).max() <= (1 if syntax == JPEGBaseline8Bit else 0)
    assert (how.marks, how.seen["stream_bits"]) == (("stream_precision",), 8)
    assert (how.form.stored, how.form.high_bit) == (8, 7)


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEG2000Lossless, JPEGXL])
@pytest.mark.parametrize("bits", [10, 12])
def test_twos_complements_in_a_stream_of_fewer_bits(syntax: str, bits: int) -> None:
    values = ramp(bits).astype(np.int64) - (1 << bits - 1)
    codes = (values % (1 << bits)).astype(np.uint16)
    data = film_of([LOSSLESS[syntax](codes, bits)], codes, syntax, bits=16, PixelRepresentation=1)
    found, how = values_of(data)
    assert (found == values).all()
    assert "stream_precision" in how.marks


@pytest.mark.parametrize("syntax", [JPEGLSLossless, HTJ2K, JPEGLosslessSV1])
def test_twos_complements_whose_bits_nothing_names(syntax: str) -> None:
    values = ramp(12).astype(np.int64) - 2048
    codes = (values % 4096).astype(np.uint16)
    data = film_of([LOSSLESS[syntax](codes, 16)], codes, syntax, bits=16, PixelRepresentation=1)
    found, how = values_of(data)
    assert (found == values).all()
    assert how.marks == ("stream_sign",)


@pytest.mark.parametrize(
    "film",
    [
        ramp(12),
        np.where(ramp(12) > 2000, 4095, 0).astype(np.uint16),
        np.where(np.arange(64) % 4, ramp(12) // 2, 4095).astype(np.uint16),
        np.full((12, 64), 4095, np.uint16),
    ],
    ids=["ramp", "two values", "white marks", "flat"],
)
def test_a_signed_film_without_negative_values_stays(film: np.ndarray) -> None:
    frame = imagecodecs.jpegls_encode(film)
    found, how = values_of(film_of([frame], film, JPEGLSLossless, bits=16, PixelRepresentation=1))
    assert (found == film).all()
    assert how.marks == ()


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, HTJ2K])
def test_the_sign_of_a_jpeg_2000_stream_under_an_unsigned_header(syntax: str) -> None:
    values = (ramp(16).astype(np.int64) - 32768).astype(np.int16)
    data = film_of([LOSSLESS[syntax](values, 16)], ramp(16), syntax, bits=16)
    found, how = values_of(data)
    assert (found == values).all()
    assert how.marks == ("stream_sign",)
    positive = np.abs(values // 2)
    found, how = values_of(film_of([LOSSLESS[syntax](positive, 16)], ramp(16), syntax, bits=16))
    assert (found == positive).all()
    assert how.marks == ()


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless])
def test_a_sign_that_fills_the_whole_cell(syntax: str) -> None:
    values = ramp(12).astype(np.int64) - 2048
    cells = (values % 65536).astype(np.uint16)
    data = film_of([LOSSLESS[syntax](cells, 16)], cells, syntax, bits=12, PixelRepresentation=1)
    found, _ = values_of(data)
    assert (found == values).all()


def near(film: np.ndarray, more: int) -> np.ndarray:
    """A film of 12 bits of which a few values are too high."""
    film = film.copy()
    film[:2, 30:33] = 4095 + more
    return film


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        (JPEGLSNearLossless, lambda film: imagecodecs.jpegls_encode(film, level=1)),
        (JPEG2000, lambda film: imagecodecs.jpeg2k_encode(film, codecformat="j2k", level=90)),
        (
            JPEG2000,
            lambda film: imagecodecs.jpeg2k_encode(
                film, codecformat="j2k", level=0, reversible=True
            ),
        ),
        (
            "1.2.840.10008.1.2.4.203",
            lambda film: imagecodecs.htj2k_encode(film, reversible=False, level=0.0001),
        ),
        (
            "1.2.840.10008.1.2.4.112",
            lambda film: imagecodecs.jpegxl_encode(film, lossless=True, bitspersample=16),
        ),
    ],
    ids=["jpeg-ls", "j2k", "j2k reversible", "htj2k", "jxl"],
)
@pytest.mark.parametrize("more", [25, 900])
def test_lossy_values_a_little_too_high_are_clamped_and_counted(
    syntax: str, encode: object, more: int
) -> None:
    film = near(ramp(12, (60, 64)) // 2, more)
    codes, how = read(film_of([encode(film)], film, syntax, bits=12))
    assert how.marks == ("clamped_values",)
    assert 6 <= how.seen["clamped"] < 40
    assert codes.max() == 4095
    assert np.abs(codes.astype(int) - np.minimum(film, 4095)).max() < 30


def test_jpeg_extended_of_ten_bits_that_reaches_1024(monkeypatch: pytest.MonkeyPatch) -> None:
    film = np.clip(ramp(10, (60, 64)), 0, 1023)
    monkeypatch.setattr(
        gdcm_child, "decode", lambda *_: np.where(film == 1023, 1024, film)[None].astype(np.uint16)
    )
    monkeypatch.setattr(imagecodecs, "jpeg8_decode", None)
    frame = bytearray(imagecodecs.jpeg8_encode((film >> 2).astype(np.uint8)))
    frame[bytes(frame).index(b"\xff\xc0") + 4] = 12
    codes, how = read(film_of([bytes(frame)], film, JPEGExtended12Bit, bits=10))
    assert (codes == film).all()
    assert how.seen["clamped"] == 60


@pytest.mark.parametrize("syntax", [JPEGLSNearLossless, JPEG2000, "1.2.840.10008.1.2.4.112"])
def test_lossy_values_far_outside_are_refused(syntax: str) -> None:
    film = ramp(14, (60, 64))
    frame = {
        JPEGLSNearLossless: lambda: imagecodecs.jpegls_encode(film, level=1),
        JPEG2000: lambda: imagecodecs.jpeg2k_encode(film, codecformat="j2k", level=90),
        "1.2.840.10008.1.2.4.112": lambda: imagecodecs.jpegxl_encode(film, lossless=True),
    }[syntax]()
    assert code_of_failure(film_of([frame], film, syntax, bits=12)) == "frame_does_not_fit"


@pytest.mark.parametrize("syntax", [*LOSSLESS, JPEGLSNearLossless])
def test_lossless_values_outside_are_refused(syntax: str) -> None:
    film = near(ramp(12, (60, 64)) // 2, 1)
    encode = LOSSLESS.get(syntax, lambda film, _: imagecodecs.jpegls_encode(film))
    data = film_of([encode(film, 16)], film, syntax, bits=12)
    assert code_of_failure(data) == "frame_does_not_fit"


def form_of(stored: int, *, signed: bool, allocated: int = 16) -> PixelFormat:
    return PixelFormat(
        *(2, 300, 1, "MONOCHROME2", allocated, stored, stored - 1, signed, 1, JPEG2000)
    )


@pytest.mark.parametrize("signed", [False, True])
def test_values_are_clamped_at_both_ends(signed: bool) -> None:
    decoded = np.zeros((2, 300), np.int16)
    decoded[0, :3] = 2060, -2060, 2047
    if not signed:
        decoded[0, 0] = 4100
    found = fitted(decoded, form_of(12, signed=signed), Samples(16, signed, True), lossy=True)
    values = found.form.stored_values()[found.codes]
    if signed:
        assert values[0, :3].tolist() == [2047, -2048, 2047]
    assert found.seen == {"clamped": 2}


@pytest.mark.parametrize(
    "decoded",
    [
        np.zeros((2, 299), np.uint16),
        np.zeros((2, 300, 3), np.uint16),
        np.zeros((2, 300), np.float32),
        np.zeros((2, 300), np.uint32),
    ],
)
def test_another_shape_or_type_is_refused(decoded: np.ndarray) -> None:
    with pytest.raises(Failure, match="frame_does_not_fit"):
        fitted(decoded, form_of(12, signed=False), None, lossy=True)
