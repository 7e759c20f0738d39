from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless

from radprep.dicom import codestream
from radprep.errors import Failure
from tests.made import CODECS, arm

RGB = np.dstack([arm(20, 30, seed, 8) for seed in range(3)])


def j2k(pixels: np.ndarray, **options: object) -> bytes:
    return imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", level=0, **options)


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
    "tail", [b"", b"\0", b"\xff" * 9, b"\0\xd3\x0c\x99\xfa", b"\x41" * 16 + b"\0\0"]
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
        CODECS[JPEGLosslessSV1](arm()) + b"\x41" * 17,
    ],
)
def test_a_stream_without_end_is_truncated(frame: bytes) -> None:
    with pytest.raises(Failure, match="truncated"):
        codestream.until_its_end(frame)


@pytest.mark.parametrize("bits", [8, 10, 12, 15, 16])
def test_precision_of_each_format(bits: int) -> None:
    film = arm(20, 30, bits=bits)
    lossless = {"lossless": True, "predictor": 1, "bitspersample": bits}
    assert codestream.precision(imagecodecs.jpeg8_encode(film, **lossless)) == bits
    assert codestream.precision(j2k(film, bitspersample=bits)) == bits
    assert codestream.precision(j2k(film.astype(f"i{film.itemsize}"), bitspersample=bits)) == bits


def test_precision_of_others() -> None:
    assert codestream.precision(CODECS[JPEGLSLossless](arm(bits=16))) == 16
    assert codestream.precision(imagecodecs.jpeg8_encode(arm(bits=8))) == 8
    # a fill byte
    assert (
        codestream.precision(b"\xff\xd8\xff\xff" + imagecodecs.jpeg8_encode(arm(bits=8))[3:]) == 8
    )


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
    assert codestream.precision(stream) is None
    assert codestream.components_transformed(stream) is None
    assert codestream.adobe_transform(stream) is None


@pytest.mark.parametrize("transformed", [False, True])
@pytest.mark.parametrize("reversible", [False, True])
def test_the_component_transform_of_jpeg_2000(transformed: bool, reversible: bool) -> None:
    assert (
        codestream.components_transformed(j2k(RGB, mct=transformed, reversible=reversible))
        is transformed
    )


@pytest.mark.parametrize("transform", [0, 1, 2])
def test_the_transform_that_adobe_names(transform: int) -> None:
    stream = imagecodecs.jpeg8_encode(RGB)
    assert codestream.adobe_transform(stream) is None
    assert codestream.adobe_transform(adobe(stream, transform)) == transform


@pytest.mark.parametrize(
    "syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.keyword
)
def test_more_data_changes_no_complete_jpeg(syntax: str) -> None:
    stream = CODECS[syntax](arm())
    more = codestream.with_more_data(stream)
    assert len(more) > len(stream)
    if syntax == JPEGLosslessSV1:
        assert (imagecodecs.jpeg8_decode(more) == arm()).all()
