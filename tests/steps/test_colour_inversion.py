import math

import cv2
import numpy as np
import pytest

from data_samples.phantom import draw_forearm
from radprep.image.image import Image, View
from radprep.steps._draw import FIELD, SAMPLE
from radprep.steps._polarity import Reading, read_polarity
from radprep.steps.colour_inversion import ColourInversion


def film(corner, middle=200, dtype=np.uint8):
    pixels = np.full((200, 120), corner, dtype)
    pixels[40:160, 30:90] = middle
    return Image(pixels)


def invert(image, **parameters):
    [result] = ColourInversion(**{"method": "corners", "review_below": 0.1} | parameters).apply(
        image
    )
    return result


def by_field(image, **parameters):
    return invert(image, method="field", review_below=0.8, **parameters)


def test_white_background_is_turned_over():
    result = invert(film(230, middle=40))
    assert result.inverted
    assert result.render()[0, 0] == 25
    assert result.render()[100, 60] == 215


def test_black_background_stays_and_is_noted():
    result = invert(film(10))
    assert not result.inverted
    np.testing.assert_array_equal(result.render(), film(10).pixels)
    assert result.decisions["colour_inversion"] == {
        "inverted": False,
        "mean": 10.0,
        "threshold": 100.0,
        "corners": [10.0] * 4,
    }
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
    assert (
        invert(film(150 << 8, middle=0, dtype=np.uint16)).decisions["colour_inversion"]["mean"]
        == 150
    )
    assert invert(film(150 << 8, middle=0, dtype=np.uint16)).render()[0, 0] == 65535 - (150 << 8)


def test_the_negative_of_a_clear_film_comes_to_the_same_pixels():
    original = film(20)
    np.testing.assert_array_equal(invert(original.invert()).render(), invert(original).render())


def forearm(**parameters):
    return np.round(255 * draw_forearm(shape=(260, 204), mm=1.2, **parameters)).astype(np.uint8)


@pytest.mark.parametrize(
    "parameters", [{}, {"angle": 160}, {"framed": True}, {"side": "L", "fracture": True}]
)
def test_field_turns_the_negative_of_a_film_over_and_not_the_film(parameters):
    film, negative = (
        by_field(Image(forearm(**parameters))),
        by_field(Image(255 - forearm(**parameters))),
    )
    assert (film.inverted, negative.inverted) == (False, True)
    assert film.columns == negative.columns
    assert film.columns["inversion_confidence"] > 0.8
    assert film.review == negative.review == ()
    np.testing.assert_array_equal(film.render(), negative.render())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_field_finds_nothing_to_do_on_its_own_output(dtype):
    pixels = (255 - forearm()).astype(dtype) * (257 if dtype is np.uint16 else 1)
    first = by_field(Image(pixels))
    again = by_field(Image(first.render()))
    assert not again.inverted
    assert again.columns == first.columns


def test_field_is_the_default_and_is_not_misled_by_a_white_frame():
    pixels = forearm(framed=True)
    assert ColourInversion().method == "field"
    assert not ColourInversion().apply(Image(pixels))[0].inverted
    assert invert(Image(pixels)).inverted


def test_field_notes_what_it_saw():
    seen = by_field(Image(forearm())).decisions["colour_inversion"]
    assert list(seen) == ["inverted", "contrast", "tails", "field"]
    assert seen["inverted"] is False
    assert 0 < seen["contrast"] < 1
    assert 0 < seen["tails"] < 1
    assert 0.8 < seen["field"] <= 1


@pytest.mark.parametrize(
    ("score", "confidence", "review"),
    [
        (0.0, 0.0, ("colour_inversion:unsure",)),
        (-math.log(3), 0.5, ("colour_inversion:unsure",)),
        (math.log(9), 0.8, ()),
    ],
)
def test_field_confidence_is_the_probability_to_be_right_from_0_for_a_coin(
    monkeypatch, score, confidence, review
):
    reading = Reading(score / 4, 0.0, *[np.ones((1, 1), np.uint8)] * 3)
    monkeypatch.setattr("radprep.steps.colour_inversion.read_polarity", lambda pixels: reading)
    result = by_field(film(10))
    assert result.columns["inversion_confidence"] == confidence
    assert result.review == review
    assert result.inverted is (score < 0)


def test_drawing_of_corners_shows_the_four_patches():
    drawn = ColourInversion(method="corners").draw(film(10))
    for y, x in ((0, 0), (0, 119), (199, 0), (199, 119), (9, 5)):
        assert tuple(drawn[y, x]) == SAMPLE
    assert tuple(drawn[100, 60]) == (200, 200, 200)


def test_drawing_of_the_field_shows_its_outline_and_what_was_compared():
    pixels = forearm(framed=True)
    drawn = ColourInversion().draw(Image(pixels)).astype(int)
    reading = read_polarity(View(pixels))
    assert drawn.shape == (*pixels.shape, 3)
    ys, xs = np.nonzero(
        cv2.morphologyEx(reading.field, cv2.MORPH_GRADIENT, np.ones((3, 3))) & reading.field
    )
    assert (drawn[ys, xs] == FIELD).all(axis=1).mean() > 0.9
    for mask, channel in ((reading.flat, 1), (reading.busy, 0)):
        where = (
            cv2.erode(
                cv2.resize(mask, pixels.shape[::-1], interpolation=cv2.INTER_NEAREST),
                np.ones((3, 3)),
            )
            > 0
        )
        assert (drawn[where].argmax(axis=1) == channel).mean() > 0.9
    assert (drawn[reading.field == 0][:, 0] == pixels[reading.field == 0]).all()


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("wanted", [False, True])
def test_a_correction_is_the_parity_in_the_end(before, wanted):
    image = film(10).invert() if before else film(10)
    [result] = ColourInversion().corrected(image, wanted)
    assert result.inverted is wanted
    assert result.render()[0, 0] == (245 if wanted else 10)
    assert result.columns == {"inversion_confidence": 1.0}
