from __future__ import annotations

import time

import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless

from radprep.dicom.stream_ends import end_of_jpeg, end_of_jpeg2k
from tests.made import CODECS, arm

JPEG, JPEGLS = CODECS[JPEGLosslessSV1](arm()), CODECS[JPEGLSLossless](arm())
JPEG2K = CODECS[JPEG2000Lossless](arm())
COMMENT = b"\xff\xfe\0\x08\xff\xd8\xff\xd9zz"


@pytest.mark.parametrize("stream", [JPEG, JPEGLS], ids=["jpeg", "jpeg-ls"])
def test_an_end_marker_in_a_segment_is_no_end(stream: bytes) -> None:
    marked = stream[:2] + COMMENT + stream[2:]
    assert end_of_jpeg(marked + b"text\xff\xd9") == len(marked)
    assert end_of_jpeg(marked[:-2]) is None
    assert end_of_jpeg(b"before" + marked, 6) == 6 + len(marked)


def test_a_table_between_two_scans_is_passed_over() -> None:
    stream = JPEG[:-2] + b"\xff\xc4\0\x06\xff\xd9zz" + JPEG[JPEG.index(b"\xff\xda") :]
    assert end_of_jpeg(stream + b"text") == len(stream)


def test_another_stream_before_the_end_means_that_the_first_is_cut_off() -> None:
    assert end_of_jpeg(JPEG[:-300] + JPEG) is None
    assert end_of_jpeg2k(JPEG2K[:-300] + JPEG2K) is None


def test_an_end_marker_in_the_lengths_of_a_jpeg_2000_stream_is_no_end() -> None:
    size = b"\xff\x51\0\x04zz"
    body = bytes(0xFFD9 - 14)
    tile = b"\xff\x90\0\x0a\0\0" + (0xFFD9).to_bytes(4) + b"\0\1\xff\x93" + body
    stream = b"\xff\x4f" + size + b"\xff\x64\0\x06\xff\xd9zz" + tile + b"\xff\xd9"
    assert end_of_jpeg2k(stream + b"text\xff\xd9") == len(stream)
    assert end_of_jpeg2k(b"before" + stream, 6) == 6 + len(stream)
    assert end_of_jpeg2k(stream[:-2]) is None


@pytest.mark.parametrize("length", [0, 100, 1 << 31])
def test_a_tile_part_whose_length_is_wrong(length: int) -> None:
    at = JPEG2K.index(b"\xff\x90") + 6
    stream = JPEG2K[:at] + length.to_bytes(4) + JPEG2K[at + 4 :]
    assert end_of_jpeg2k(stream + b"text") == len(stream)


@pytest.mark.parametrize("head", [b"\xff\xd8", b"\xff\x4f\xff\x51\0\2"])
@pytest.mark.parametrize("piece", [b"\xff\xfe\0\2", b"\xff\x90\0\x0a", b"\xff\xda", b"\xff"])
def test_hostile_streams_cost_no_time(head: bytes, piece: bytes) -> None:
    began = time.process_time()
    assert end_of_jpeg(head + piece * 2_000_000) is None
    assert end_of_jpeg2k(head + piece * 2_000_000) is None
    assert time.process_time() - began < 1
