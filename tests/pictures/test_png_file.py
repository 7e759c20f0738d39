import zlib

import numpy as np
import picture_mutants
import pytest
from PIL import Image

from tests.pictures.made import code_of, ramp, read, saved


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_each_depth(bits):
    image = Image.fromarray(ramp()).quantize(2**bits)
    found = read(saved(image, "PNG", bits=bits))
    rgb = np.asarray(image.convert("RGB")).astype(int) @ [299, 587, 114]
    assert (found.pixels == (rgb + 500) // 1000).all()


def test_a_palette_without_some_of_its_numbers_is_filled_up():
    image = Image.fromarray(np.full((8, 8), 200, np.uint8)).quantize(256)
    data = saved(image, "PNG", bits=8)
    start = data.index(b"PLTE") - 4
    length = int.from_bytes(data[start : start + 4], "big")
    short = data[:start] + picture_mutants.chunk(b"PLTE", b"\1\2\3") + data[start + 12 + length :]
    assert read(short).pixels.shape == (8, 8)


@pytest.mark.parametrize("level", [0, 6])
@pytest.mark.parametrize("share", [0.4, 0.9])
def test_rows_that_are_there_are_kept_and_the_rest_is_black(level, share):
    data = saved(ramp(200, 100) // 2 + 60, "PNG", compress_level=level)
    found = read(data[: int(len(data) * share)])
    rows = 200 - round(found.seen["lost"] * 200)
    assert 0 < rows < 200
    assert (found.pixels[:rows] == (ramp(200, 100) // 2 + 60)[:rows]).all()
    assert (found.pixels[rows:] == 0).all()
    assert found.marks == ("damaged_picture",)


def test_a_byte_within_the_data_that_was_altered_is_marked():
    data = bytearray(saved(ramp(200, 100), "PNG", compress_level=0))
    data[len(data) // 2] ^= 1
    assert read(bytes(data)).marks == ("damaged_picture",)


def test_an_interlaced_one_and_one_that_breaks_off():
    film = ramp(64, 50)
    data = picture_mutants.interlaced(film)
    whole = read(data)
    assert (whole.pixels == film).all()
    assert whole.marks == ()
    broken = read(data[: len(data) * 3 // 4])
    assert broken.marks == ("damaged_picture",)
    assert 0.05 < broken.seen["lost"] < 0.5
    assert (broken.pixels[::4, ::4] == film[::4, ::4]).all()


def test_texts_and_profiles_are_not_unpacked(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "radprep.pictures.png_file.imagecodecs.png_decode",
        lambda data: seen.append(data) or np.zeros((8, 8), np.uint8),
    )
    for name in (b"zTXt", b"iCCP", b"iTXt"):
        read(picture_mutants.with_chunk(name, bytes(10_000)))
    assert max(map(len, seen)) < 200


def test_of_an_animated_one_the_still_image_counts():
    frames = [Image.fromarray(ramp()), Image.fromarray(255 - ramp())]
    found = read(saved(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    assert (found.pixels == ramp()).all()
    assert (found.frames, found.seen["animated"]) == (1, True)


@pytest.mark.parametrize(
    "header",
    [
        b"\0\0\0\0\0\0\0\x08\x08\0\0\0\0",
        b"\0\0\0\x08\0\0\0\x08\x03\0\0\0\0",
        b"\0\0\0\x08\0\0\0\x08\x08\0\1\0\0",
        b"",
    ],
    ids=["no width", "three bits", "another compression", "cut off"],
)
def test_a_header_that_makes_no_sense(header):
    data = b"\x89PNG\r\n\x1a\n" + picture_mutants.chunk(b"IHDR", header)
    assert code_of(data + picture_mutants.chunk(b"IDAT", zlib.compress(bytes(72)))) == (
        "unreadable_picture"
    )
