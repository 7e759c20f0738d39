import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from radprep.pictures.orientation import orientation_in, upright
from tests.pictures.made import ramp, read, saved, tiff

TURNS = {
    1: lambda film: film,
    2: np.fliplr,
    3: lambda film: np.rot90(film, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda film: np.rot90(film, -1),
    7: lambda film: np.rot90(film, 2).T,
    8: np.rot90,
}


def exif(orientation: int, order: str = ">") -> bytes:
    start = b"MM\0*" if order == ">" else b"II*\0"
    return b"Exif\0\0" + start + struct.pack(f"{order}IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)


@pytest.mark.parametrize("orientation", TURNS)
def test_a_picture_is_turned_as_numpy_turns_it(orientation):
    assert (upright(ramp(), orientation) == TURNS[orientation](ramp())).all()
    image = Image.fromarray(ramp())
    image.getexif()[274] = orientation
    assert (upright(ramp(), orientation) == np.asarray(ImageOps.exif_transpose(image))).all()


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_exif_is_honoured_in_each_format(form, orientation):
    image = Image.fromarray(np.tile(np.arange(0, 240, 4, dtype=np.uint8), (32, 1))).convert("RGB")
    options = {"lossless": True} if form == "WEBP" else {}
    found = read(saved(image, form, exif=exif(orientation), **options))
    turned = TURNS[orientation](np.asarray(image)[..., 0])
    assert found.pixels.shape == turned.shape
    assert np.abs(found.pixels.astype(int) - turned).max() <= 3
    assert found.seen.get("orientation", 1) == orientation


@pytest.mark.parametrize("orientation", TURNS)
def test_so_is_the_tag_of_a_tiff(orientation):
    data = tiff(ramp(), extratags=[(274, "H", 1, orientation, True)])
    assert (read(data).pixels == TURNS[orientation](ramp())).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_either_byte_order_with_or_without_the_start_of_jpeg(order):
    assert orientation_in(exif(6, order)) == 6
    assert orientation_in(exif(6, order)[6:]) == 6


@given(st.binary(max_size=80))
def test_any_bytes_say_some_orientation(noise):
    for start in (b"", b"II*\0", b"MM\0*\0\0\0\x08", b"Exif\0\0MM\0*"):
        assert orientation_in(start + noise) in range(1, 9)


def test_a_value_that_cannot_be_is_none():
    assert orientation_in(exif(9)) == orientation_in(exif(0)) == 1
