import numpy as np
import pytest

from radprep.steps.colour_inversion import ColourInversion
from radprep.study import Image


def film(corner, middle=200, dtype=np.uint8):
    pixels = np.full((200, 120), corner, dtype)
    pixels[40:160, 30:90] = middle
    return Image(pixels)


def invert(image, **parameters):
    [result] = ColourInversion(**parameters).apply(image)
    return result


def test_white_background_is_turned_over():
    result = invert(film(230, middle=40))
    assert result.inverted
    assert result.render()[0, 0] == 25
    assert result.render()[100, 60] == 215


def test_black_background_stays_and_is_noted():
    result = invert(film(10))
    assert not result.inverted
    np.testing.assert_array_equal(result.render(), film(10).pixels)
    assert result.decisions["colour_inversion"] == {"inverted": False, "mean": 10.0, "threshold": 100.0, "corners": [10.0] * 4}
    assert result.columns == {"inversion_confidence": 0.9}


@pytest.mark.parametrize(("corner", "inverted"), [(99, False), (100, True)])
def test_the_threshold_itself_is_inverted(corner, inverted):
    result = invert(film(corner))
    assert result.inverted is inverted
    assert result.review == ("colour_inversion:unsure",)


@pytest.mark.parametrize(("corner", "confidence"), [(0, 1.0), (50, 0.5), (100, 0.0), (255, 1.0)])
def test_confidence_is_the_distance_from_the_threshold(corner, confidence):
    assert invert(film(corner)).columns["inversion_confidence"] == confidence


def test_corners_are_patches_of_five_per_cent_in_reading_order():
    pixels = np.full((200, 120), 90, np.uint8)
    pixels[:10, :6], pixels[:10, -6:], pixels[-10:, :6], pixels[-10:, -6:] = 1, 2, 3, 4
    assert invert(Image(pixels)).decisions["colour_inversion"]["corners"] == [1, 2, 3, 4]


def test_only_the_corners_count():
    pixels = np.full((200, 120), 255, np.uint8)
    pixels[:10, :6] = pixels[:10, -6:] = pixels[-10:, :6] = pixels[-10:, -6:] = 0
    assert not invert(Image(pixels)).inverted


def test_16_bits_are_judged_on_the_same_scale():
    assert invert(film(150 << 8, middle=0, dtype=np.uint16)).decisions["colour_inversion"]["mean"] == 150
    assert invert(film(150 << 8, middle=0, dtype=np.uint16)).render()[0, 0] == 65535 - (150 << 8)


def test_the_negative_of_a_clear_film_comes_to_the_same_pixels():
    original = film(20)
    np.testing.assert_array_equal(invert(original.invert()).render(), invert(original).render())
