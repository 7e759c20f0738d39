import cv2
import numpy as np
import pytest
from phantom import draw_forearm

from radprep.image.image import Image, View
from radprep.steps._limb import _without_bright_strips, find_limb

TRUTH = cv2.ellipse(np.zeros((400, 300), np.uint8), (150, 400), (35, 300), 0, 0, 360, 1, cv2.FILLED)
"""A limb that comes in from below and tapers: a rectangle would be taken for a film on a canvas."""


def bar(air=30, limb=120):
    """The limb of TRUTH on air with a little noise."""
    pixels = np.random.default_rng(0).normal(air, 2, TRUTH.shape)
    pixels[TRUTH > 0] += limb - air
    return pixels.clip(0, 255).astype(np.uint8)


def overlap(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


@pytest.mark.parametrize("limb", [60, 120, 255])
def test_what_is_brighter_than_the_air_is_the_limb(limb):
    assert overlap(find_limb(View(bar(limb=limb))).mask, TRUTH) > 0.85


def test_air_that_changes_across_the_film_is_still_air():
    slope = np.linspace(0, 60, 300)[None, :] + np.linspace(0, 30, 400)[:, None]
    pixels = (bar().astype(float) + slope).clip(0, 255).astype(np.uint8)
    limb = find_limb(View(pixels))
    assert overlap(limb.mask, TRUTH) > 0.85
    assert limb.grey[TRUTH > 0].mean() == pytest.approx(90, abs=8)
    assert limb.grey[50:80, 20:100].mean() < 8
    assert limb.grey.min() >= 0


def test_specks_and_small_bright_areas_are_no_limb():
    pixels = bar()
    pixels[::20, ::20] = 255
    cv2.putText(pixels, "R", (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 6)
    assert overlap(find_limb(View(pixels)).mask, TRUTH) > 0.85


@pytest.mark.parametrize("quarter", range(4))
def test_a_bright_area_along_the_rim_is_no_limb(quarter):
    depth = 25 + 15 * np.sin(np.arange(300) / 10)  # no straight edge
    strip = np.arange(400)[:, None] < depth[None, :]
    pixels = np.where(strip, np.uint8(255), bar(limb=150))
    mask = np.rot90(find_limb(View(np.rot90(pixels, quarter).copy())).mask, -quarter)
    assert mask[strip].mean() < 0.02
    assert overlap(mask, TRUTH) > 0.85


def wavy(depth):
    return np.arange(400)[:, None] < depth + 8 * np.sin(np.arange(300) / 10)[None, :]


def frame():
    inside = np.zeros((400, 300), bool)
    inside[30:-30, 30:-30] = True
    return ~inside


def wide_limb():
    limb = np.zeros((400, 300), bool)
    limb[:250, 60:250] = True
    return limb


@pytest.mark.parametrize(
    ("white", "leaves"),
    [
        (wavy(25), True),
        (frame(), True),
        (TRUTH > 0, False),
        (wide_limb(), False),
        (np.pad(np.ones((12, 60), bool), ((0, 388), (100, 140))), False),
    ],
    ids=["strip", "frame", "limb", "wide limb", "end of a limb"],
)
def test_near_white_along_the_rim_leaves_the_field(white, leaves):
    field = _without_bright_strips(
        np.where(white, np.uint8(250), np.uint8(20)), np.ones((400, 300), np.uint8)
    )
    assert field[~white].all()
    assert field[white].mean() < 0.05 if leaves else field[white].all()


def test_noise_is_no_limb():
    noise = np.random.default_rng(2).normal(60, 12, (400, 300)).astype(np.uint8)
    assert find_limb(View(noise)).mask.mean() < 0.001


def test_a_noisy_white_frame_is_not_filled():
    pixels = bar()
    frame = np.ones_like(pixels, dtype=bool)
    frame[40:-40, 40:-40] = False
    pixels[frame] = np.random.default_rng(1).integers(225, 256, frame.sum())
    mask = find_limb(View(pixels)).mask
    assert mask[frame].sum() == 0
    assert overlap(mask[40:-40], TRUTH[40:-40]) > 0.85


def test_the_rim_of_the_field_is_left_out():
    assert find_limb(View(bar())).field[:7].sum() == 0
    assert find_limb(View(bar())).field[20:-20, 20:-20].all()


def test_the_limb_turns_with_the_film():
    pixels = (draw_forearm(seed=4) * 255).astype(np.uint8)
    film = Image(pixels)
    straight = Image(find_limb(View(pixels)).mask * np.uint8(255)).rotate(37).render() > 127
    turned = find_limb(View(film.rotate(37, fill=int(np.percentile(pixels, 5))).render())).mask
    assert overlap(turned, straight.astype(np.uint8)) > 0.95


@pytest.mark.parametrize(
    "pixels",
    [np.full((40, 30), 90, np.uint8), np.full((1, 1), 7, np.uint8), np.full((1, 200), 0, np.uint8)],
)
@pytest.mark.filterwarnings("error")
def test_where_nothing_stands_out_there_is_no_limb(pixels):
    limb = find_limb(View(pixels))
    assert limb.mask.shape == limb.grey.shape == limb.field.shape == pixels.shape
    assert not limb.mask.any()
    assert limb.field.any()
