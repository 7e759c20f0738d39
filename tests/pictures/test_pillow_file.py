import numpy as np
import pytest
from PIL import Image

from tests.pictures.made import code_of, ramp, read, saved

LARGE = Image.fromarray(np.zeros((1100, 1000), np.uint8)).convert("RGB")


@pytest.mark.parametrize(
    "options",
    [{}, {"lossless": True}, {"save_all": True, "append_images": [LARGE.rotate(180)]}],
    ids=["VP8", "VP8L", "VP8X"],
)
def test_a_webp_is_measured_before_its_decoder_makes_room(options, monkeypatch):
    data = saved(LARGE, "WEBP", **options)
    monkeypatch.setattr("radprep.pictures.pillow_file._CLASSES", {})
    assert code_of(data) == "too_many_pixels"


def test_a_webp_of_an_unknown_kind():
    assert code_of(b"RIFF\0\0\0\0WEBPVP9 " + bytes(64)) == "unreadable_picture"


def test_a_transparent_number_of_a_gif_is_before_black():
    image = Image.fromarray(ramp() // 64 * 64 + 10)
    found = read(saved(image, "GIF", transparency=10))
    assert found.marks == ("transparent_picture",)
    assert (found.pixels[np.asarray(image) == 10] == 0).all()
    assert (
        found.pixels[np.asarray(image) != 10] == np.asarray(image)[np.asarray(image) != 10]
    ).all()
