import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from radprep.image.image import Image
from radprep.steps.unsharp import Unsharp


def sharpen(pixels, **parameters):
    [result] = Unsharp(**parameters).apply(Image(pixels))
    return result


def test_adds_twice_the_difference_from_the_blurred_image():
    pixels = np.random.default_rng(0).integers(90, 120, (50, 40)).astype(np.uint8)
    blurred = cv2.GaussianBlur(pixels, (7, 7), 0).astype(int)
    np.testing.assert_array_equal(
        sharpen(pixels).render(), np.clip(3 * pixels.astype(int) - 2 * blurred, 0, 255)
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_values_stop_at_the_ends_of_the_range(dtype):
    white = np.iinfo(dtype).max
    pixels = np.full((20, 20), white // 10, dtype)
    pixels[:, 10:] = white - white // 10
    result = sharpen(pixels).render()
    assert (result[10, 9], result[10, 10]) == (0, white)
    assert (result[10, 0], result[10, 19]) == (white // 10, white - white // 10)


def test_sigma_is_opencvs_unless_given():
    assert sharpen(np.zeros((9, 9), np.uint8)).decisions["unsharp"] == {"sigma": 1.4}
    assert sharpen(np.zeros((9, 9), np.uint8), sigma=7.0).decisions["unsharp"] == {"sigma": 7.0}
    pixels = np.random.default_rng(0).integers(0, 255, (50, 40)).astype(np.uint8)
    assert (sharpen(pixels, sigma=7.0).render() != sharpen(pixels).render()).any()
    np.testing.assert_allclose(
        sharpen(pixels, sigma=1.4).render().astype(int), sharpen(pixels).render(), atol=8
    )


def test_an_even_kernel_is_refused_with_its_neighbours():
    with pytest.raises(ValidationError, match="8 is even, take 7 or 9"):
        Unsharp(kernel=8)
