import numpy as np
import pytest
from PIL import Image

from tests.pictures.made import DEEP, ramp, read, saved, tiff


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
