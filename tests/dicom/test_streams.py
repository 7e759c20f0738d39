"""Streams within streams: any place of them can be read, and no more than is allowed."""

import bz2
import contextlib
import gzip
import io
import lzma
import random
import zlib

import pytest

from radprep.dicom import streams
from radprep.dicom.streams import (
    GZIP,
    RAW_DEFLATE,
    Inflated,
    inflated,
    part,
    read_up_to,
    unpacked_bzip2,
    unpacked_xz,
)
from radprep.errors import Failure

DATA = random.Random(1).randbytes(300_000) + bytes(100_000)
LARGE = 1 << 30


def test_a_part_ends_where_it_ends():
    stream = part(io.BytesIO(b"0123456789"), 3, 4)
    assert stream.read() == b"3456"
    assert (stream.seek(-1, 2), stream.read(5)) == (3, b"6")
    assert (stream.seek(9), stream.read(1)) == (9, b"")


def test_any_place_of_a_gzip_file_can_be_read(monkeypatch):
    monkeypatch.setattr(streams, "_GAP", 10_000)
    monkeypatch.setattr(streams, "_MOST_MARKS", 8)
    stream = inflated(io.BytesIO(gzip.compress(DATA)), GZIP, LARGE)
    places = random.Random(2)
    for _ in range(50):
        place = places.randrange(len(DATA))
        stream.seek(place)
        assert stream.read(2000) == DATA[place : place + 2000]
    assert stream.seek(0, 2) == len(DATA)
    assert stream.seek(0) == 0
    assert stream.read() == DATA


def test_going_back_unpacks_no_more_than_a_gap(monkeypatch):
    monkeypatch.setattr(streams, "_GAP", 10_000)
    packed = io.BytesIO(gzip.compress(DATA))
    stream = Inflated(packed, GZIP, LARGE)
    stream.seek(0, 2)
    unpacked = []
    once = Inflated._unpack
    monkeypatch.setattr(
        Inflated, "_unpack", lambda self, most: unpacked.append(one := once(self, most)) or one
    )
    stream.seek(250_000)
    assert stream.read(10) == DATA[250_000:250_010]
    assert sum(map(len, unpacked)) < 150_000
    assert len(unpacked) < 5


def test_files_put_together_are_one():
    two = (
        gzip.compress(DATA)
        + gzip.compress(b"", mtime=0)
        + gzip.compress(b"more", mtime=0)
        + bytes(512)
    )
    assert inflated(io.BytesIO(two), GZIP, LARGE).read() == DATA + b"more"
    assert (
        unpacked_bzip2(io.BytesIO(bz2.compress(b"a") + bz2.compress(b"b")), LARGE).read() == b"ab"
    )
    assert unpacked_xz(io.BytesIO(lzma.compress(b"a") + lzma.compress(b"b")), LARGE).read() == b"ab"


def test_what_is_deflated_without_a_header_is_read():
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(DATA) + packer.flush()
    assert inflated(io.BytesIO(packed), RAW_DEFLATE, LARGE).read() == DATA


@pytest.mark.parametrize(
    ("pack", "unpack"),
    [
        (gzip.compress, lambda packed, most: inflated(packed, GZIP, most)),
        (bz2.compress, unpacked_bzip2),
        (lzma.compress, unpacked_xz),
    ],
)
def test_no_more_is_unpacked_than_is_allowed_and_a_stream_that_breaks_off_is_told(pack, unpack):
    packed = pack(DATA)
    assert unpack(io.BytesIO(packed), len(DATA)).read() == DATA
    with pytest.raises(Failure, match="too_large_in_archive"):
        unpack(io.BytesIO(packed), len(DATA) - 1).read()
    with pytest.raises(EOFError):
        unpack(io.BytesIO(packed[:-20]), LARGE).read()


@pytest.mark.parametrize(
    ("empty", "unpack"),
    [
        (gzip.compress(b"", mtime=0), lambda packed, most: inflated(packed, GZIP, most)),
        (bz2.compress(b""), unpacked_bzip2),
        (lzma.compress(b""), unpacked_xz),
    ],
    ids=["gzip", "bzip2", "xz"],
)
def test_streams_without_a_byte_do_not_go_on_for_ever(empty, unpack):
    with contextlib.suppress(EOFError):
        assert unpack(io.BytesIO(empty * 50_000), LARGE).read() == b""


def test_xz_that_asks_for_much_memory_is_refused():
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 30}]
    header = bytearray(lzma.compress(b"a", filters=[{**filters[0], "dict_size": 1 << 20}]))
    # the size of the dictionary is one byte, behind the length of the header and its flags
    header[16] = 36
    header[20:24] = zlib.crc32(bytes(header[12:20])).to_bytes(4, "little")
    with pytest.raises(lzma.LZMAError):
        unpacked_xz(io.BytesIO(bytes(header)), LARGE)


def test_reading_up_to_asks_for_little_at_a_time():
    class Counted(io.BytesIO):
        largest = 0

        def read(self, size=-1):
            self.largest = max(self.largest, size)
            return super().read(size)

    stream = Counted(DATA)
    assert read_up_to(stream, LARGE) == DATA
    assert stream.largest < 1 << 21
    stream.seek(0)
    assert read_up_to(stream, 10) == DATA[:10]
