import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from data_samples.phantom import draw_forearm, draw_knee
from radprep.image.image import View
from radprep.steps._polarity import Reading, read_polarity


def film(low=0.0, high=1.0, gamma=1.0, noise=0.0, **parameters):
    """A forearm between two levels of grey, as uint8."""
    drawn = draw_forearm(shape=(260, 204), mm=1.2, **parameters)
    drawn = (
        low
        + drawn**gamma * (high - low)
        + noise * np.random.default_rng(0).standard_normal(drawn.shape)
    )
    return np.round(255 * np.clip(drawn, 0, 1)).astype(np.uint8)


FILMS = {
    "plain": film(),
    "turned": film(angle=70),
    "framed": film(framed=True),
    "pale": film(low=0.5),
    "dark": film(high=0.3),
    "hard": film(gamma=2.0),
    "soft": film(gamma=0.5),
    "noisy": film(noise=0.05),
    "noisy frame": film(noise=0.04, framed=True),
    "black frame": cv2.copyMakeBorder(film(), 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=0),
    "white frame": cv2.copyMakeBorder(film(), 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=255),
    "metal": cv2.rectangle(film(), (90, 120), (110, 220), 255, -1),
    "knee": np.round(255 * draw_knee(shape=(260, 204), mm=1.2)).astype(np.uint8),
}


@pytest.mark.parametrize("name", FILMS)
def test_white_bones_score_above_0_and_black_ones_as_far_below(name):
    assert read_polarity(View(FILMS[name])).score > 1
    assert read_polarity(View(255 - FILMS[name])).score == -read_polarity(View(FILMS[name])).score


def test_score_weighs_both_cues():
    reading = Reading(0.5, 0.25, *[np.ones((1, 1), np.uint8)] * 3)
    assert reading.score == 0.5 * 4 + 0.25 * 5


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_cues_of_any_pixels_change_their_sign_alone(pixels):
    one, other = read_polarity(View(pixels)), read_polarity(View(255 - pixels))
    assert (one.contrast, one.tails) == (-other.contrast, -other.tails)
    for name in ("field", "flat", "busy"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(st.integers(0, 255))
def test_one_level_says_nothing(level):
    reading = read_polarity(View(np.full((60, 40), level, np.uint8)))
    assert (reading.contrast, reading.tails, reading.score) == (0, 0, 0)


def test_contrast_is_busy_minus_flat_in_shares_of_the_grey_range():
    pixels = np.full((300, 300), 50, np.uint8)
    pixels[:, 150:] = np.where(np.arange(150) // 4 % 2, 250, 150)
    reading = read_polarity(View(pixels))
    assert reading.contrast == pytest.approx(0.75, abs=0.03)  # (200 - 50) / (250 - 50)
    assert reading.flat[5:-5, 5:70].mean() > 0.9
    assert reading.busy[:, 80:].mean() > 0.5
    assert not reading.flat[:, 80:145].any()


def test_tails_are_the_dark_share_minus_the_bright_share():
    pixels = np.full((300, 400), 20, np.uint8)
    cv2.circle(pixels, (200, 150), 110, 150, -1)
    cv2.circle(pixels, (200, 150), 80, 220, -1)
    inside = 288 * 388  # without the margin
    assert read_polarity(View(pixels)).tails == pytest.approx(
        1 - np.pi * (110**2 + 80**2) / inside, abs=0.01
    )


def test_what_lies_outside_the_field_says_nothing():
    inner = film()[12:-12, 12:-12]
    framed = cv2.copyMakeBorder(inner, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
    assert read_polarity(View(framed)).tails == pytest.approx(
        read_polarity(View(inner)).tails, abs=0.05
    )
    assert read_polarity(View(framed)).contrast == pytest.approx(
        read_polarity(View(inner)).contrast, abs=0.05
    )


def test_edge_of_the_field_is_not_read_as_texture():
    pixels = cv2.GaussianBlur(
        np.random.default_rng(0).integers(18, 26, (300, 240), np.uint8), (0, 0), 2
    )
    pixels[:20] = 250
    assert not read_polarity(View(pixels)).busy[:16].any()
