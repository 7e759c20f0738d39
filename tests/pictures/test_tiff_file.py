import io
import struct

import numpy as np
import picture_mutants
import pytest
import tifffile
from PIL import Image

from radprep.pictures import tiff_pages, tiff_strips
from tests.pictures.made import code_of, ramp, read, saved, tiff

DEEP = ramp(64, 48).astype(np.uint16) * 257


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


def test_a_smaller_copy_of_a_page_is_no_frame():
    held = io.BytesIO()
    with tifffile.TiffWriter(held) as writer:
        writer.write(DEEP, photometric="minisblack")
        writer.write(DEEP[::4, ::4], photometric="minisblack", subfiletype=1)
    assert read(held.getvalue()).frames == 1


def test_pages_in_a_circle_count_once():
    assert read(picture_mutants.tiff_with(8, next_page=8)).frames == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"strips": 2**32 - 1}, "unreadable_picture"),
        ({"height": 900, "strips": 900}, "unreadable_picture"),
        ({"tile": (2**31 - 1, 2**31 - 1)}, "too_many_pixels"),
        ({"place": 1 << 31}, "unreadable_picture"),
        ({"compression": 34933}, "unsupported_picture"),
    ],
    ids=str,
)
def test_hostile_tags_are_refused(options, code):
    assert code_of(picture_mutants.tiff_with(8, **options)) == code


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib", "predictor": True},
        {"compression": "lzw"},
        {"compression": "packbits"},
        {"tile": (16, 16)},
    ],
    ids=str,
)
def test_rows_that_are_there_are_kept_and_the_rest_is_black(options):
    data = tiff(DEEP + np.uint16(1), **options)
    found = read(data[: len(data) * 3 // 4], bits=16)
    assert found.marks == ("damaged_picture",)
    assert 0.1 < found.seen["lost"] < 0.6
    kept = found.pixels != 0
    assert kept.mean() == pytest.approx(1 - found.seen["lost"], abs=0.02)
    assert (found.pixels[kept] == (DEEP + np.uint16(1))[kept]).all()


def test_a_jpeg_in_a_tiff_that_breaks_off_is_marked():
    data = tiff(ramp(64, 48), compression="jpeg")
    assert read(data).marks == ()
    assert read(data[: len(data) * 3 // 4]).marks == ("damaged_picture",)


def test_a_strip_that_is_broken_costs_itself_alone():
    data = bytearray(tiff(DEEP, rowsperstrip=16, compression="zlib"))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        place = file.pages.first.dataoffsets[3]
    data[place : place + 12] = bytes(12)
    found = read(bytes(data), bits=16)
    assert found.seen["lost"] == 0.25
    assert (found.pixels[:48] == DEEP[:48]).all()


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
