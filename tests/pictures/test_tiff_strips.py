import io

import numpy as np
import pytest
import tifffile

from tests.pictures.made import DEEP, ramp, read, tiff


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
