import numpy as np
import pytest
from phantom import draw_forearm

from radprep.image.image import View
from radprep.steps._foreground import foreground
from radprep.steps._limb import find_limb


def film(*boxes, noise=2.0, slope=0.0):
    """Bright boxes (x, y, width, height, level) on noisy air that may grow brighter to the
    right."""
    rng = np.random.default_rng(0)
    pixels = rng.normal(20, noise, (400, 300)) + slope * np.arange(300)
    for x, y, width, height, level in boxes:
        pixels[y : y + height, x : x + width] = rng.normal(level, noise, (height, width))
    return pixels.clip(0, 255).astype(np.uint8)


def share_found(mask, x, y, width, height):
    return mask[y : y + height, x : x + width].mean()


def masked(pixels):
    return foreground(find_limb(View(pixels)))


def test_the_limb_is_found_and_little_else():
    mask = masked(film((100, 0, 80, 300, 120)))
    assert mask.dtype == np.uint8
    assert share_found(mask, 100, 0, 80, 300) > 0.97
    assert mask.sum() < 1.08 * 80 * 300


def test_soft_tissue_is_part_of_a_phantom_limb():
    pixels = (draw_forearm(seed=1) * 255).astype(np.uint8)
    mask = masked(pixels)
    fingers, air = mask[60:120, 140:190], mask[:, :40]
    assert 0.12 < mask.mean() < 0.5
    assert fingers.mean() > 0.5
    assert air.mean() < 0.02


@pytest.mark.parametrize("slope", [-0.06, 0.1, 0.2])
def test_a_slanting_background_is_no_limb(slope):
    mask = masked(film((100, 50, 60, 300, 150), slope=slope))
    assert share_found(mask, 100, 50, 60, 300) > 0.97
    assert mask.sum() < 1.1 * 60 * 300


@pytest.mark.parametrize(
    "pixels",
    [film(), film(noise=6), np.zeros((400, 300), np.uint8), np.full((400, 300), 255, np.uint8)],
)
def test_air_alone_has_no_limb(pixels):
    assert masked(pixels).mean() < 0.01


def test_a_collimator_strip_is_no_limb():
    mask = masked(film((100, 40, 60, 300, 150), (0, 370, 300, 30, 250)))
    assert not mask[365:].any()
    assert share_found(mask, 100, 40, 60, 300) > 0.97


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ((200, 100, 40, 150, 150), True),
        ((200, 100, 15, 15, 250), False),
        ((200, 0, 40, 400, 34), False),
    ],
)
def test_another_limb_counts_but_no_letter_and_no_glow(second, found):
    mask = masked(film((60, 50, 60, 300, 150), second))
    assert (share_found(mask, *second[:4]) > 0.9) == found


@pytest.mark.parametrize(("side", "filled"), [(8, True), (30, False)])
def test_small_holes_are_filled_and_air_between_fingers_is_not(side, filled):
    pixels = film((60, 50, 120, 300, 150))
    pixels[200 : 200 + side, 110 : 110 + side] = 20
    hole = masked(pixels)[
        200 + side // 3 : 200 + 2 * side // 3, 110 + side // 3 : 110 + 2 * side // 3
    ]
    assert hole.all() if filled else not hole.any()
