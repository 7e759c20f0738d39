import cv2
import numpy as np
import pytest

from radprep.image.image import Image
from radprep.steps.foreground_mask import ForegroundMask

LIMB = (
    cv2.ellipse(np.zeros((400, 300), np.uint8), (140, 400), (50, 340), 0, 0, 360, 1, cv2.FILLED) > 0
)


def film(dtype=np.uint8, limb=LIMB):
    """A limb that leaves the film at its lower side and tapers upwards to a point at (140, 60)."""
    pixels = np.random.default_rng(0).normal(20, 2, limb.shape) + 120 * limb
    return Image(pixels.astype(np.uint8).astype(dtype) * dtype(257 if dtype is np.uint16 else 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_mask_lies_on_the_limb_and_no_pixel_changes(dtype):
    image = film(dtype=dtype)
    [masked] = ForegroundMask().apply(image)
    mask = masked.render_mask()
    assert set(np.unique(mask)) == {0, 255}
    assert mask.shape == (400, 300)
    assert (mask[LIMB] == 255).mean() > 0.99
    assert (mask > 0).sum() < 1.1 * LIMB.sum()
    assert masked.render() is image.render() or np.shares_memory(masked.render(), image.pixels)
    assert masked.decisions["foreground_mask"]["share"] == pytest.approx(LIMB.mean(), rel=0.08)
    assert masked.review == ()


def test_the_mask_of_a_large_image_is_as_large_as_it():
    image = Image(np.kron(film().pixels, np.ones((6, 6), np.uint8)))
    mask = ForegroundMask().apply(image)[0].render_mask()
    assert mask.shape == (2400, 1800)
    large = np.kron(LIMB, np.ones((6, 6), bool))
    assert (mask[large] == 255).mean() > 0.98
    assert (mask > 0).sum() < 1.1 * large.sum()


def test_it_follows_a_turn():
    [masked] = ForegroundMask().apply(film())
    np.testing.assert_array_equal(masked.rotate(90).render_mask(), np.rot90(masked.render_mask()))


def test_margin_widens_it():
    narrow, wide = (
        ForegroundMask(margin=margin).apply(film())[0].render_mask() for margin in (0.0, 0.05)
    )
    assert (wide >= narrow).all()
    assert wide[390].sum() // 255 == narrow[390].sum() // 255 + 40


def test_smoothing_takes_the_tip_off():
    rough, smooth = (
        ForegroundMask(smooth=smooth).apply(film())[0].render_mask() for smooth in (0.0, 0.02)
    )
    assert smooth[:70].sum() < rough[:70].sum()


@pytest.mark.parametrize(("limb", "mark"), [(np.zeros_like(LIMB), "no_limb"), (LIMB, None)])
def test_a_film_without_a_limb_is_marked(limb, mark):
    [masked] = ForegroundMask().apply(film(limb=limb))
    assert masked.review == ((f"foreground_mask:{mark}",) if mark else ())
    assert masked.render_mask().any() == (mark is None)


def test_a_limb_that_fills_the_image_is_marked():
    [masked] = ForegroundMask(largest=0.1).apply(film())
    assert masked.review == ("foreground_mask:no_background",)


def test_draw_shows_the_outline():
    drawn = ForegroundMask().draw(film())
    assert np.all(drawn == (0, 200, 120), axis=2).any()
