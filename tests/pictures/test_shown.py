import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from radprep.image.png import encode
from tests.pictures.made import ramp, read, saved, tiff

DEEP = ramp().astype(np.uint16) * 16


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, (7, 9)))
def test_eight_bits_come_out_as_they_went_in(film):
    assert (read(encode(film), window="auto").pixels == film).all()
    assert (read(encode(film), bits=16, window="auto").pixels == film.astype(int) * 257).all()


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint16, (7, 9)))
def test_sixteen_bits_come_out_as_they_went_in(film):
    film[0, 0] = 65535
    assert (read(encode(film), bits=16).pixels == film).all()


def test_twelve_bits_in_sixteen_are_not_black():
    found = read(saved(DEEP, "PNG"), window="auto")
    assert found.pixels.min() == 0
    assert found.pixels.max() == 255
    assert found.seen["voi"] == "percentiles"
    full = read(saved(DEEP, "PNG"), window="full")
    assert (full.seen["bits_used"], full.seen["high"]) == (12, 4095.0)
    assert (full.pixels == np.rint(DEEP / 4095 * 255)).all()


@pytest.mark.parametrize("window", ["auto", "dicom", "full"])
def test_a_picture_of_eight_bits_is_shown_as_it_is(window):
    assert (read(saved(ramp() // 4, "PNG"), window=window).pixels == ramp() // 4).all()


def test_percentiles_of_eight_bits_only_where_they_are_asked_for():
    assert read(saved(ramp() // 4, "PNG"), window="percentile").pixels.max() == 255


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint32, np.float32, np.float64])
def test_numbers_of_any_kind_fill_the_range(kind):
    film = (ramp().astype(np.float64) * 7 - (500 if np.dtype(kind).kind != "u" else 0)).astype(kind)
    for window in ("auto", "full"):
        found = read(tiff(film), window=window)
        assert (found.pixels.min(), found.pixels.max()) == (0, 255)
        assert np.corrcoef(found.pixels.ravel(), film.ravel())[0, 1] > 0.999


def test_what_the_file_lost_does_not_count():
    data = saved(DEEP + 1000, "PNG", compress_level=0)
    whole, broken = (read(one, window="auto") for one in (data, data[: len(data) * 2 // 3]))
    assert broken.marks == ("damaged_picture",)
    assert min(broken.seen["low"], whole.seen["low"]) >= 1000
    assert broken.pixels[-1].max() == 0
