"""Random changes of training images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.train.networks.feed.augment import Augmentation, augment

NOTHING = {"crop": 1, "flip": 0}


def picture(height=60, width=40):
    """A disc right above the middle, which no two changes leave alike."""
    y, x = np.mgrid[:height, :width]
    return (200 * np.exp(-((x - 26) ** 2 + (y - 20) ** 2) / 30)).astype(np.uint8)


def middle(pixels):
    """x and y of the centre of mass."""
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    return np.array([np.sum(axis * pixels) / np.sum(pixels) for axis in (x, y)])


def many(how, count=200):
    return [
        augment(picture(), Augmentation(**NOTHING | how), np.random.default_rng(seed))
        for seed in range(count)
    ]


def test_without_limits_nothing_changes():
    assert np.array_equal(
        augment(picture(), Augmentation(**NOTHING), np.random.default_rng(0)), picture()
    )


def test_flips_and_inversions_come_as_often_as_asked():
    flipped = [np.array_equal(one, picture()[:, ::-1]) for one in many({"flip": 0.3}, 600)]
    assert 0.24 < np.mean(flipped) < 0.36
    inverted = [np.array_equal(one, 255 - picture()) for one in many({"invert": 0.3}, 600)]
    assert 0.24 < np.mean(inverted) < 0.36


def test_a_crop_keeps_its_share_and_stays_inside_the_image():
    for one in many({"crop": 0.8}):
        grown = np.sum(one, dtype=float) / np.sum(picture(), dtype=float)
        assert 0.98 < grown < 1.02 / 0.8**2
    white = np.full((60, 40), 255, np.uint8)
    assert all(
        augment(white, Augmentation(crop=0.8, flip=1), np.random.default_rng(seed)).min() == 255
        for seed in range(50)
    )


def test_a_turn_is_about_the_middle_and_no_larger_than_asked():
    centre = np.array([19.5, 29.5])
    before = middle(picture()) - centre
    angles = []
    for one in many({"rotate": 20}):
        after = middle(one) - centre
        assert np.hypot(*after) == pytest.approx(np.hypot(*before), abs=0.3)
        angles.append(np.degrees(np.arctan2(*after[::-1]) - np.arctan2(*before[::-1])))
    assert -21 < min(angles) < -15
    assert 15 < max(angles) < 21


def test_zoom_and_shift_stay_in_their_limits():
    grown = [
        np.sum(one, dtype=float) / np.sum(picture(), dtype=float) for one in many({"zoom": 0.15})
    ]
    assert 0.85**2 - 0.03 < min(grown) < 0.8
    assert 1.2 < max(grown) < 1.15**2 + 0.03
    moved = np.array([middle(one) - middle(picture()) for one in many({"shift": 0.1})])
    assert np.all(np.abs(moved).max(axis=0) < [4.2, 6.2])
    assert np.all(np.abs(moved).max(axis=0) > [3.2, 4.8])


@given(
    seed=st.integers(0, 2**32),
    crop=st.floats(0.5, 1),
    rotate=st.floats(0, 180),
    zoom=st.floats(0, 0.9),
    invert=st.floats(0, 1),
)
def test_shape_and_type_stay_and_a_seed_decides(seed, crop, rotate, zoom, invert):
    how = Augmentation(crop=crop, rotate=rotate, zoom=zoom, invert=invert)
    before = picture()
    first, second = (augment(before, how, np.random.default_rng(seed)) for _ in range(2))
    assert (first.shape, first.dtype) == ((60, 40), np.uint8)
    assert np.array_equal(first, second)
    assert np.array_equal(before, picture())
