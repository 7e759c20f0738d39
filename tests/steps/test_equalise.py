import cv2
import numpy as np

from radprep.image.image import Image
from radprep.steps.equalise import Equalise

DARK = np.random.default_rng(0).gamma(2, 12, (90, 70)).clip(0, 255).astype(np.uint8)


def equalise(pixels):
    [result] = Equalise().apply(Image(pixels))
    return result.render()


def test_8_bits_are_what_opencv_makes_of_them():
    np.testing.assert_array_equal(equalise(DARK), cv2.equalizeHist(DARK))


def test_16_bits_follow_the_same_formula():
    wide = equalise(DARK.astype(np.uint16) * 31)
    assert (int(wide.min()), int(wide.max())) == (0, 65535)
    np.testing.assert_allclose(wide / 257, cv2.equalizeHist(DARK), atol=0.51)


def test_values_keep_their_order():
    pixels = np.random.default_rng(1).integers(1000, 4000, (60, 60)).astype(np.uint16)
    order = np.argsort(pixels.ravel(), kind="stable")
    assert (np.diff(equalise(pixels).ravel()[order].astype(int)) >= 0).all()


def test_one_grey_value_stays():
    for dtype in (np.uint8, np.uint16):
        flat = np.full((5, 6), 77, dtype)
        np.testing.assert_array_equal(equalise(flat), flat)
