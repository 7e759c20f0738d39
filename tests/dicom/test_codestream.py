from __future__ import annotations

import struct

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless

from radprep.dicom import codestream
from radprep.errors import Failure
from radprep.pictures import segments
from radprep.pictures.segments import colours_of_jpeg, with_more_data
from tests.made import CODECS, arm

RGB = np.dstack([arm(20, 30, seed, 8) for seed in range(3)])


def j2k(pixels: np.ndarray, **options: object) -> bytes:
    return imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", level=0, **options)


def bits_of(stream: bytes) -> int:
    samples = codestream.samples_of(stream)
    assert samples
    return samples.bits


def adobe(stream: bytes, transform: int) -> bytes:
    """The same stream with an APP14 segment (T.872 6.5.3)."""
    return (
        stream[:2]
        + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
        + bytes([transform])
        + stream[2:]
    )


@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize(
    "tail", [b"", b"\0", b"\xff" * 9, b"\0\xd3\x0c\x99\xfa", b"\x55" * 500, b"text\xff\xd9" * 9]
)
def test_a_stream_ends_at_its_end_marker(syntax: str, tail: bytes) -> None:
    stream = CODECS[syntax](arm(20, 30))
    assert codestream.until_its_end(stream + tail) == stream


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xd8",
        CODECS[JPEGLosslessSV1](arm())[:-2],
        CODECS[JPEGLosslessSV1](arm())[:-2] + b"\x41" * 17,
    ],
)
def test_a_stream_without_end_is_truncated(frame: bytes) -> None:
    with pytest.raises(Failure, match="truncated"):
        codestream.until_its_end(frame)


@pytest.mark.parametrize("between", [b"", b"\0", b"\xff\xff"])
@pytest.mark.parametrize("syntax", CODECS, ids=lambda uid: uid.keyword)
def test_streams_that_follow_each_other(syntax: str, between: bytes) -> None:
    one, other = (CODECS[syntax](arm(20, 30, seed=seed)) for seed in (1, 2))
    found = codestream.each_stream(one + between + other + between)
    assert [codestream.until_its_end(each) for each in found] == [one, other]
    assert codestream.each_stream(one + b"text" + other) == [one + b"text" + other]


@pytest.mark.parametrize("bits", [8, 10, 12, 15, 16])
def test_precision_of_each_format(bits: int) -> None:
    film = arm(20, 30, bits=bits)
    lossless = {"lossless": True, "predictor": 1, "bitspersample": bits}
    assert bits_of(imagecodecs.jpeg8_encode(film, **lossless)) == bits
    assert bits_of(j2k(film, bitspersample=bits)) == bits
    assert bits_of(j2k(film.astype(f"i{film.itemsize}"), bitspersample=bits)) == bits


def test_precision_of_others() -> None:
    assert bits_of(CODECS[JPEGLSLossless](arm(bits=16))) == 16
    assert bits_of(imagecodecs.jpeg8_encode(arm(bits=8))) == 8
    # a fill byte
    assert bits_of(b"\xff\xd8\xff\xff" + imagecodecs.jpeg8_encode(arm(bits=8))[3:]) == 8


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xc3\0",
        b"\xff\xd8\xff\xc3\0\0\0\0",
        b"junk" * 9,
        b"\xff\x4f\xff\x51\xff\xff\0",
        b"\xff\xd8\xff\xda\0\4\1\1\xff\xc3\0\x0b\x10",
    ],
)
def test_what_cannot_be_read_is_unknown(stream: bytes) -> None:
    assert codestream.samples_of(stream) is None
    assert codestream.components_transformed(stream) is None
    assert colours_of_jpeg(stream) is None


@pytest.mark.parametrize("transformed", [False, True])
@pytest.mark.parametrize("reversible", [False, True])
def test_the_component_transform_of_jpeg_2000(transformed: bool, reversible: bool) -> None:
    assert (
        codestream.components_transformed(j2k(RGB, mct=transformed, reversible=reversible))
        is transformed
    )


@pytest.mark.parametrize(("transform", "said"), [(0, "RGB"), (1, "YBR"), (2, "unknown")])
def test_the_transform_that_adobe_names(transform: int, said: str) -> None:
    stream = imagecodecs.jpeg8_encode(RGB, subsampling="444")
    assert colours_of_jpeg(adobe(stream, transform)) == said


def without(stream: bytes, marker: int) -> bytes:
    """The same stream without its first segment of a kind."""
    place = stream.index(bytes([0xFF, marker]))
    return stream[:place] + stream[place + 2 + int.from_bytes(stream[place + 2 : place + 4]) :]


def test_colours_by_jfif_and_by_halved_components() -> None:
    whole, halved = (imagecodecs.jpeg8_encode(RGB, subsampling=way) for way in ("444", "420"))
    assert colours_of_jpeg(whole) == "YBR"  # it has a JFIF segment
    assert colours_of_jpeg(without(whole, 0xE0)) is None
    assert colours_of_jpeg(without(halved, 0xE0)) == "YBR"
    lossless = imagecodecs.jpeg8_encode(
        RGB, lossless=True, predictor=1, colorspace="RGB", outcolorspace="RGB"
    )
    bare = without(lossless, 0xEE)
    jfif = b"\xff\xe0\x00\x10JFIF\0\1\1" + bytes(7)
    assert colours_of_jpeg(bare[:2] + jfif + bare[2:]) is None


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("bits", [1, 8, 12, 16])
def test_the_sign_and_the_losses_of_jpeg_2000(bits: int, signed: bool) -> None:
    cells = np.zeros((9, 8), np.uint8 if bits <= 8 else np.uint16)
    film = cells.view(f"i{cells.itemsize}") if signed else cells
    for reversible in (True, False):
        for kind in ("j2k", "jp2"):
            stream = imagecodecs.jpeg2k_encode(
                film, codecformat=kind, level=0, reversible=reversible, bitspersample=bits
            )
            lossy = None if reversible else True
            assert codestream.samples_of(stream) == (bits, signed, lossy)


def test_the_losses_of_other_streams() -> None:
    film = arm(20, 30, bits=8)
    for stream, lossy in (
        (imagecodecs.jpeg8_encode(film), True),
        (imagecodecs.jpeg8_encode(film, lossless=True, predictor=1), False),
        (imagecodecs.jpegls_encode(film), False),
        (imagecodecs.jpegls_encode(film, level=2), True),
        (imagecodecs.jpegxl_encode(film, lossless=True), None),
    ):
        assert codestream.samples_of(stream) == (8, None, lossy)


@pytest.mark.parametrize(
    "syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.keyword
)
def test_more_data_changes_no_complete_jpeg(syntax: str) -> None:
    stream = CODECS[syntax](arm())
    more = with_more_data(stream)
    assert len(more) > len(stream)
    if syntax == JPEGLosslessSV1:
        assert (imagecodecs.jpeg8_decode(more) == arm()).all()


STREAMS = {
    **{syntax.keyword: encode(arm(20, 30)) for syntax, encode in CODECS.items()},
    "JPEGBaseline8Bit": imagecodecs.jpeg8_encode(arm(20, 30, bits=8)),
    "JP2": imagecodecs.jpeg2k_encode(arm(20, 30), codecformat="jp2", level=0),
}
PLACES = {
    "JPEGBaseline8Bit": b"\xff\xc0",
    "JPEGLosslessSV1": b"\xff\xc3",
    "JPEGLSLossless": b"\xff\xf7",
}
"""Streams whose size stands five bytes behind a marker; JPEG 2000 has a grid."""


def refusal(stream: bytes, size: tuple[int, int, int] = (20, 30, 1)) -> str | None:
    try:
        codestream.refuse_other_size(stream, *size)
    except Failure as failure:
        return failure.code
    return None


def grid(stream: bytes, offset: int, *values: int) -> bytes:
    """A JPEG 2000 stream with other values in its SIZ segment, from this offset behind its
    length."""
    place = stream.index(b"\xff\x51") + 4 + offset
    new = struct.pack(f">{len(values)}I", *values)
    return stream[:place] + new + stream[place + len(new) :]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_says_its_size_before_it_is_decoded(name: str) -> None:
    stream = STREAMS[name]
    assert refusal(stream) is None
    for size in ((20, 31, 1), (21, 30, 1), (30, 20, 1), (20, 30, 3)):
        assert refusal(stream, size) == "frame_does_not_fit"
    assert refusal(imagecodecs.jpeg8_encode(RGB), (20, 30, 3)) is None


@pytest.mark.parametrize("name", PLACES)
def test_a_second_size_is_held_too_wherever_it_stands(name: str) -> None:
    stream, marker = STREAMS[name], PLACES[name]
    place = stream.index(marker)
    length = 2 + int.from_bytes(stream[place + 2 : place + 4])
    segment = bytearray(stream[place : place + length])
    segment[5:9] = struct.pack(">HH", 40_000, 40_000)
    for between in (b"", b"junk", b"\xff\xff", b"\xff\x01", b"\xff\xd8", b"\xff\xfe\0\4ab"):
        for bomb in (
            stream[:place] + between + bytes(segment) + stream[place:],
            stream[: place + length] + between + bytes(segment) + stream[place + length :],
            stream[:2] + between + bytes(segment) + stream[place + length :],
        ):
            assert refusal(bomb) == "frame_does_not_fit", between


@pytest.mark.parametrize("name", ["JPEG2000Lossless", "JP2"])
@pytest.mark.parametrize(
    ("offset", "values"),
    [
        (2, (40_000, 40_000)),
        (2, (2**32 - 1, 2**32 - 1)),
        (10, (40_000, 0)),
        (18, (1, 1, 2**31, 2**31)),
        (18, (0, 0)),
        (18, (30, 20, 30, 20)),
        (2, (110_030, 110_020, 110_000, 110_000, 1, 1)),
    ],
)
def test_a_grid_that_is_no_film_is_refused(name: str, offset: int, values: tuple[int, ...]) -> None:
    assert refusal(grid(STREAMS[name], offset, *values)) == "frame_does_not_fit"


def test_tiles_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = grid(STREAMS["JPEG2000Lossless"], 18, 3, 2)
    assert refusal(stream) is None
    monkeypatch.setattr(segments, "_MOST_TILES", 99)
    assert refusal(stream) == "frame_does_not_fit"


def test_components_that_leave_out_pixels_are_refused() -> None:
    stream = STREAMS["JPEG2000Lossless"]
    place = stream.index(b"\xff\x51") + 4 + 37
    assert refusal(stream[:place] + b"\2" + stream[place + 1 :]) == "frame_does_not_fit"


def test_the_other_way_of_jpeg_ls_to_say_a_size_is_refused() -> None:
    stream = STREAMS["JPEGLSLossless"]
    oversize = b"\xff\xf8" + struct.pack(">HBBHH", 8, 4, 2, 40_000, 40_000)
    assert refusal(stream[:2] + oversize + stream[2:]) == "frame_does_not_fit"


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xda\0\4\1\1\xff\xd9",
        STREAMS["JP2"][:40],
        b"\0\0\0\x0cjP" + bytes(99),
    ],
)
def test_a_stream_that_says_no_size_is_refused(stream: bytes) -> None:
    assert refusal(stream) == "decode_error"


@pytest.mark.parametrize(("scans", "code"), [(90, None), (110, "decode_error")])
def test_scans_are_counted(scans: int, code: str | None) -> None:
    stream = STREAMS["JPEGBaseline8Bit"]
    scan = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 0, 63, 0) + b"\x55"
    assert refusal(stream[:-2] + scan * scans + stream[-2:]) == code
