import struct

import numpy as np
import pytest
from PIL import Image

from radprep.pictures import tiff_pages, tiff_strips
from tests.pictures.made import DEEP, code_of, ramp, read, saved, tiff


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"bigtiff": True, "byteorder": ">"},
        {"tile": (16, 32)},
        {"rowsperstrip": 7},
        {"compression": "lzw"},
        {"compression": "zlib", "predictor": True},
        {"compression": "packbits"},
        {"compression": "zstd"},
        {"compression": "lzma"},
        {"compression": "jpeg2000", "compressionargs": {"level": 0, "reversible": True}},
    ],
    ids=str,
)
def test_sixteen_bits_in_each_way_to_store_them(options):
    assert (read(tiff(DEEP, **options), bits=16).pixels == DEEP).all()


def test_planes_that_stand_behind_each_other():
    rgb = np.stack([DEEP, DEEP, DEEP])
    data = tiff(rgb, photometric="rgb", planarconfig="separate")
    assert (read(data, bits=16).pixels == DEEP).all()


def test_twelve_bits_that_are_packed():
    twelve = DEEP >> 4
    found = read(tiff(twelve, bitspersample=12), bits=16)
    assert found.seen["bits"] == 12
    assert (found.pixels == np.rint(twelve / 4095 * 65535)).all()


def test_a_palette_and_one_bit():
    image = Image.fromarray(ramp()).quantize(16)
    rgb = np.asarray(image.convert("RGB")).astype(int) @ [299, 587, 114]
    assert (read(saved(image, "TIFF")).pixels == (rgb + 500) // 1000).all()
    assert set(np.unique(read(saved(image.convert("1"), "TIFF")).pixels)) == {0, 255}


def test_a_strip_of_jpeg_2000_that_says_to_be_larger_is_not_decoded(monkeypatch):
    data = tiff(DEEP, compression="jpeg2000", compressionargs={"level": 0, "reversible": True})
    at = data.index(b"\xff\x51") + 6
    assert data[at : at + 8] == struct.pack(">2I", 48, 64)
    large = data[:at] + struct.pack(">6I", 900, 900, 0, 0, 900, 900) + data[at + 24 :]

    def refuse(*_):
        raise AssertionError("it was decoded")

    monkeypatch.setattr(tiff_strips.Strips, "_begun", refuse)
    assert code_of(large) == "unreadable_picture"


@pytest.mark.parametrize("side", [0, 1, 24])
def test_tiles_have_sides_that_are_multiples_of_sixteen(side):
    data = tiff(ramp(64, 64), tile=(16, 16))
    for tag in (322, 323):
        at = data.index(struct.pack("<H", tag))
        data = data[: at + 8] + struct.pack("<I", side) + data[at + 12 :]
    assert code_of(data) == "unreadable_picture"


def test_a_small_file_does_not_make_a_loop_over_millions_of_tiles(monkeypatch):
    monkeypatch.setattr(tiff_pages, "MOST_SEGMENTS", 3)
    assert code_of(tiff(ramp(64, 64), tile=(16, 16))) == "unreadable_picture"
    assert code_of(tiff(ramp(64, 64), rowsperstrip=1)) == "unreadable_picture"
    assert (read(tiff(ramp(64, 64), tile=(32, 64))).pixels == ramp(64, 64)).all()
