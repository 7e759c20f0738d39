"""Texture features, held against their definitions."""

import numpy as np
import pytest

from radprep.steps.resize import Resize
from radprep.train.classic import features

RESIZE = Resize(width=64, height=96)


def noise(seed=0, height=80, width=70):
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


def uniform_pattern(patch):
    """Ojala's riu2 of a 3 x 3 patch, by its definition."""
    circle = [
        patch[y, x] >= patch[1, 1]
        for y, x in ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    ]
    changes = sum(circle[i] != circle[i - 1] for i in range(8))
    return sum(circle) if changes <= 2 else 9


def test_there_are_as_many_as_said_and_they_are_finite_and_repeatable():
    found = features.describe(noise(), RESIZE)
    assert found.shape == (features.NUMBER,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert (found == features.describe(noise(), RESIZE)).all()


def test_they_do_not_depend_on_where_a_buffer_lies():
    films, kept = [noise(seed) for seed in range(30)], []
    first = [features.describe(film, RESIZE) for film in films]
    for number, (film, expected) in enumerate(zip(films, first, strict=True)):
        kept.append(np.zeros(100 * number + 7))
        assert (features.describe(film, RESIZE) == expected).all()


@pytest.mark.parametrize("pixels", [np.zeros((5, 3), np.uint8), np.full((40, 900), 255, np.uint8)])
def test_flat_and_tiny_images_are_described_too(pixels):
    assert np.isfinite(features.describe(pixels, RESIZE)).all()


def test_patterns_are_shares_of_the_uniform_patterns_in_each_cell():
    pixels = noise(height=20, width=20)
    framed = np.pad(pixels, 1, mode="edge")
    # the first cell
    codes = [uniform_pattern(framed[y : y + 3, x : x + 3]) for y in range(5) for x in range(5)]
    expected = np.bincount(codes, minlength=10) / 25
    assert features._patterns(pixels)[:10] == pytest.approx(expected)


def test_co_occurrence_of_a_known_image():
    pixels = np.array([[0, 16, 0, 16, 0]] * 5, dtype=np.uint8)  # levels 0 and 1, side by side
    # one pixel to the right
    contrast, gap, homogeneity, energy, entropy, correlation = features._co_occurrence(pixels)[:6]
    assert (contrast, gap, homogeneity) == pytest.approx((1, 1, 0.5))
    assert energy == pytest.approx(np.sqrt(0.5))
    assert entropy == pytest.approx(1)
    assert correlation == pytest.approx(-1)
    assert features._co_occurrence(pixels)[6:8] == pytest.approx((0, 0))  # one pixel down


def test_an_offset_to_the_left_looks_down_and_left():
    levels = np.arange(12).reshape(3, 4)
    first, second = features._shifted(levels, 1, -1)
    assert (second - first == 3).all()
    assert first.shape == (2, 3)
    first, second = features._shifted(levels, 1, 1)
    assert (second - first == 5).all()


def test_statistics_hold_the_mean_and_spread_of_each_cell():
    pixels = noise(height=32, width=32)
    cell = pixels[8:16, 16:24] / 255  # row 1, column 2 of four by four
    found = features._statistics(pixels)
    assert found[[6, 16 + 6]] == pytest.approx([cell.mean(), cell.std()], rel=1e-4)
    assert found[32 + 3] == pytest.approx(np.median(pixels) / 255, rel=1e-4)
