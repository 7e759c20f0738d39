import re

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from radprep.image.image import Image, Rejected
from radprep.steps.quality import Quality, sides_touched


def ellipse(centre, axes):
    return cv2.ellipse(np.zeros((400, 300), np.uint8), centre, axes, 0, 0, 360, 1, cv2.FILLED)


LIMB = ellipse((140, 400), (60, 340))


def film(limb, level=120):
    pixels = np.random.default_rng(0).normal(25, 2, limb.shape)
    depth = cv2.distanceTransform(limb, cv2.DIST_L2, 3)
    pixels += (0.3 * limb + 0.7 * np.sqrt(depth / max(1, depth.max()))) * (level - 25)
    return Image(pixels.clip(0, 255).astype(np.uint8))


GOOD, BLANK, BURNT = film(LIMB), film(0 * LIMB), film(LIMB, level=600)
CROSS = film(
    cv2.line(cv2.line(0 * LIMB, (80, -50), (220, 450), 1, 80), (-50, 260), (350, 140), 1, 80)
)
"""Leaves the film on all four sides."""
SMALL = Image(np.full((400, 300), 3, np.uint8))
SMALL.pixels[100:290, 80:220] = np.random.default_rng(0).normal(90, 20, (190, 140)).clip(40, 255)


def marks(image, **parameters):
    return {mark.removeprefix("quality:") for mark in Quality(**parameters).apply(image)[0].review}


def test_a_good_film_has_no_mark_and_no_pixel_changes():
    [noted] = Quality().apply(GOOD)
    assert noted.review == ()
    assert noted.render() is GOOD.pixels or np.shares_memory(noted.render(), GOOD.pixels)
    assert noted.decisions["quality"].keys() == {"limb", "clipped", "sides", "field"}
    assert noted.decisions["quality"]["limb"] == pytest.approx(LIMB.mean(), rel=0.1)


@pytest.mark.parametrize(
    ("image", "fault"),
    [(BLANK, "near_blank"), (BURNT, "saturated"), (CROSS, "cut_off"), (SMALL, "small_field")],
)
def test_a_fault_is_marked(image, fault):
    assert fault in marks(image)


@pytest.mark.parametrize(
    ("image", "fault", "value"),
    [
        (BLANK, "near_blank", r"limb [\d.]+ < 0.02"),
        (BURNT, "saturated", r"clipped [\d.]+ > 0.25"),
        (SMALL, "small_field", r"field [\d.]+ < 0.25"),
        (CROSS, "cut_off", "sides 4 > 2"),
    ],
)
def test_a_fault_rejects_only_where_it_is_asked_for(image, fault, value):
    with pytest.raises(Rejected, match=fault) as caught:
        Quality(reject=(fault,)).apply(image)
    assert re.fullmatch(value, caught.value.value)


def test_thresholds_are_parameters():
    assert marks(GOOD, least_limb=0.5) == {"near_blank"}
    assert marks(GOOD, most_sides=0) == {"cut_off"}
    assert marks(BURNT, most_clipped=1.0) == set()


def test_an_unknown_fault_is_refused():
    with pytest.raises(ValidationError, match="near_blank"):
        Quality(reject=("ugly",))


@pytest.mark.parametrize(
    ("limb", "sides"),
    [
        ((slice(40, 60), slice(40, 60)), 0),
        ((slice(0, 60), slice(40, 60)), 1),
        ((slice(0, 100), slice(40, 60)), 2),
        ((slice(0, 60), slice(0, 60)), 2),
        ((slice(0, 100), slice(0, 60)), 3),
        ((slice(0, 100), slice(0, 100)), 4),
        ((slice(0, 60), slice(40, 45)), 0),
    ],
)
def test_sides_are_counted_where_a_good_part_of_them_is_covered(limb, sides):
    mask = np.zeros((100, 100), np.uint8)
    mask[limb] = 1
    assert sides_touched(mask, np.ones_like(mask)) == sides


def test_sides_are_those_of_the_field():
    limb, field = np.zeros((2, 100, 100), np.uint8)
    limb[20:50, 40:60] = field[20:80, 20:80] = 1
    assert sides_touched(limb, field) == 1


def test_draw_shows_field_and_limb():
    drawn = Quality().draw(GOOD)
    assert np.all(drawn == (0, 200, 120), axis=2).any()
