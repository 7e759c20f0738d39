import imagecodecs
import numpy as np
import pytest
from PIL import Image

from tests.pictures.made import code_of, read, saved

RNG = np.random.default_rng(3)
FILM = np.clip(
    np.add.outer(np.arange(160), np.arange(120)) * 0.8 + RNG.normal(0, 8, (160, 120)), 0, 255
).astype(np.uint8)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("cut", [0.35, 0.6, 0.95])
def test_rows_that_are_there_are_kept_and_the_rest_is_black(mode, cut):
    data = saved(Image.fromarray(FILM).convert(mode), "JPEG", quality=92)
    whole, found = read(data), read(data[: int(len(data) * cut)])
    assert found.marks == ("damaged_picture",)
    lost = (found.pixels == 0) & (whole.pixels != 0)
    assert abs(found.seen["lost"] - (1 - cut)) < 0.2
    kept = ~lost
    first = int(np.argmax(lost.any(axis=1)))
    assert (found.pixels[: max(0, first - 16)] == whole.pixels[: max(0, first - 16)]).all()
    assert kept.mean() == pytest.approx(1 - found.seen["lost"], abs=0.02)


def with_thumbnail(data):
    """A JPEG with a small one in its EXIF segment, as cameras and scanners write it."""
    small = saved(Image.fromarray(FILM).resize((60, 80)).convert("RGB"), "JPEG")
    exif = b"Exif\0\0II*\0\x08\0\0\0" + bytes(30) + small
    return data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif + data[2:]


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("cut", [0.3, 0.6])
def test_a_thumbnail_is_not_taken_for_the_film(progressive, mode, cut):
    film = Image.fromarray(FILM).convert(mode)
    data = saved(film, "JPEG", quality=92, progressive=progressive)
    bare, lengthened = data[: int(len(data) * cut)], with_thumbnail(data)
    found = read(lengthened[: len(bare) + len(lengthened) - len(data)])
    assert found.marks == ("damaged_picture",)
    assert (found.pixels == read(bare).pixels).all()
    assert (read(lengthened).pixels == read(data).pixels).all()
    assert read(lengthened).marks == ()


def test_what_stands_behind_the_end_has_no_scans():
    """Phones put a short film there."""
    data = saved(FILM, "JPEG")
    found = read(data + b"\xff\xda and more" * 200)
    assert found.marks == ()
    assert (found.pixels == read(data).pixels).all()


def test_more_scans_than_an_image_has_are_refused_wherever_an_end_seems_to_stand():
    data = saved(FILM, "JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", first + 2)
    comment = b"\xff\xfe\0\4\xff\xd9"  # what looks like an end within it is none
    many = data[:second] + comment + data[first:second] * 120 + data[second:]
    assert code_of(many) == "unreadable_picture"


def test_one_that_ends_behind_its_thumbnail_fails():
    data, plain = with_thumbnail(saved(FILM, "JPEG")), saved(FILM, "JPEG")
    assert code_of(data[: len(data) - len(plain) + 30]) == "unreadable_picture"


def test_a_whole_one_is_not_marked_though_its_last_rows_are_of_middle_grey():
    film = FILM.copy()
    film[100:] = 128
    assert read(saved(film, "JPEG")).marks == ()


def test_bytes_behind_the_end_change_nothing():
    data = saved(FILM, "JPEG")
    for behind in (bytes(3000), b"<html>" * 99, data):
        found = read(data + behind)
        assert found.marks == ()
        assert (found.pixels == read(data).pixels).all()


def test_zeros_that_a_stopped_download_leaves_are_no_data():
    data = saved(FILM, "JPEG")
    half = data[: len(data) // 2]
    assert (read(half + bytes(len(data) - len(half))).pixels == read(half).pixels).all()


def test_a_progressive_one_that_breaks_off_shows_all_with_less_detail():
    data = saved(FILM, "JPEG", progressive=True, quality=90)
    found = read(data[: len(data) * 3 // 4])
    assert found.marks == ("damaged_picture",)
    assert found.seen["lost"] == 0
    assert np.corrcoef(found.pixels.ravel(), FILM.ravel())[0, 1] > 0.95


def test_one_without_its_data_fails():
    data = saved(FILM, "JPEG")
    assert code_of(data[: data.index(b"\xff\xda")]) == "unreadable_picture"
    assert code_of(data[:40]) == "unreadable_picture"


@pytest.mark.parametrize("lossless", [True, False])
def test_twelve_and_sixteen_bits(lossless):
    deep = FILM.astype(np.uint16) * 16
    data = imagecodecs.jpeg_encode(deep, bitspersample=12, lossless=lossless)
    found = read(data, bits=16)
    assert found.seen["bits"] == 12
    assert np.abs(found.pixels / 65535 - deep / 4095).max() < 0.02


def test_components_of_rgb_are_not_taken_for_luminance():
    rgb = np.stack([np.zeros_like(FILM), FILM, np.zeros_like(FILM)], -1)
    data = imagecodecs.jpeg8_encode(rgb, colorspace="RGB", outcolorspace="RGB", level=98)
    found = read(data)
    assert np.abs(found.pixels - FILM * 0.587).max() < 4


@pytest.mark.parametrize("space", ["CMYK", "YCCK"])
def test_inks_are_stored_the_other_way_round(space):
    inks = 255 - np.stack([FILM, FILM, FILM, np.full_like(FILM, 255)], -1)
    data = imagecodecs.jpeg8_encode(255 - inks, colorspace="CMYK", outcolorspace=space, level=98)
    assert b"Adobe" in data
    assert np.abs(read(data).pixels.astype(int) - FILM).max() < 6
