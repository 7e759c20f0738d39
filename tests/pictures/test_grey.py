import imagecodecs
import numpy as np
import pytest
from PIL import Image

from radprep.image.greys import luminance
from tests.pictures.made import ramp, read, saved, tiff

COLOURS = np.stack([ramp(), ramp()[::-1], ramp()[:, ::-1]], -1)


def test_colour_becomes_luminance_of_rec_601():
    assert (read(saved(COLOURS, "PNG")).pixels == luminance(COLOURS)).all()
    deep = COLOURS.astype(np.uint16) * 257
    found = read(imagecodecs.png_encode(deep), bits=16)
    assert (found.pixels == luminance(deep)).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_transparent_is_before_black_and_marked(mode):
    image = Image.fromarray(np.full((20, 20), 200, np.uint8)).convert(mode)
    alpha = np.full((20, 20), 255, np.uint8)
    alpha[:10], alpha[10:12] = 0, 128
    image.putalpha(Image.fromarray(alpha))
    found = read(saved(image, "PNG"))
    assert set(np.unique(found.pixels[:10])) == {0}
    assert set(np.unique(found.pixels[10:12])) == {100}
    assert set(np.unique(found.pixels[12:])) == {200}
    assert found.marks == ("transparent_picture",)
    assert found.seen["transparent"] == 0.6


def test_a_transparent_grey_and_a_transparent_number_of_a_palette():
    for image in (Image.fromarray(ramp()), Image.fromarray(ramp()).quantize(16)):
        number = int(np.asarray(image)[0, 0])
        found = read(saved(image, "PNG", transparency=number))
        assert set(found.pixels[np.asarray(image) == number]) == {0}
        assert found.marks == ("transparent_picture",)


def test_an_opaque_alpha_changes_nothing():
    found = read(saved(Image.fromarray(ramp()).convert("LA"), "PNG"))
    assert (found.pixels == ramp()).all()
    assert found.marks == ()


@pytest.mark.parametrize("bits", [8, 16])
def test_a_negative_is_turned_over_once(bits):
    film = ramp() if bits == 8 else ramp().astype(np.uint16) * 257
    found = read(tiff(film, photometric="miniswhite"), bits=bits)
    assert (found.pixels == film.max() // film.max() * (2**bits - 1) - film).all()


@pytest.mark.parametrize("stored", [(0, 4095), (0, 1000), (3900, 4095)])
@pytest.mark.parametrize("window", ["full", "dicom"])
def test_a_negative_of_fewer_bits_than_it_has_room_for_is_not_white(stored, window):
    low, high = stored
    white = (1 << max(8, high.bit_length())) - 1
    film = np.linspace(low, high, 1200).astype(np.uint16).reshape(40, 30)
    found = read(tiff(film, photometric="miniswhite"), window=window)
    assert np.abs(found.pixels - (white - film) / white * 255).max() < 1
    assert found.seen["high"] == white


def test_numbers_that_are_none_are_black_and_marked():
    film = ramp().astype(np.float32)
    film[0, :3] = np.nan, np.inf, -np.inf
    found = read(tiff(film))
    assert found.marks == ("not_finite_values",)
    assert found.seen["not_finite"] == 3
    assert set(found.pixels[0, :3]) == {0}
