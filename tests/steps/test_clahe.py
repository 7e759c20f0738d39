import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from radprep.image.image import Image
from radprep.steps.clahe import Clahe

RAMP = np.add.outer(np.arange(120), np.arange(160)).astype(np.uint8)


def test_8_bits_are_what_opencv_makes_of_them():
    [result] = Clahe().apply(Image(RAMP))
    np.testing.assert_array_equal(
        result.render(), cv2.createCLAHE(clipLimit=2.5, tileGridSize=(4, 4)).apply(RAMP)
    )
    assert result.decisions["clahe"] == {"bins": 256}


def test_16_bits_are_stretched_first_and_it_is_recorded():
    pixels = RAMP.astype(np.uint16) * 10 + 100
    [result] = Clahe().apply(Image(pixels))
    full = np.rint((pixels - 100.0) * 65535 / 2550).astype(np.uint16)
    assert (int(full.min()), int(full.max())) == (0, 65535)
    np.testing.assert_array_equal(
        result.render(), cv2.createCLAHE(clipLimit=2.5, tileGridSize=(4, 4)).apply(full)
    )
    assert result.decisions["clahe"] == {
        "bins": 65536,
        "stretched_from": [100, 2650],
        "remark": "16-bit CLAHE uses 65,536 bins",
    }


def test_the_limit_and_the_grid_matter():
    first, second, third = (
        step.apply(Image(RAMP))[0].render()
        for step in (Clahe(), Clahe(clip_limit=1.0), Clahe(grid=8))
    )
    assert (first != second).any()
    assert (first != third).any()


def test_it_works_on_the_image_as_it_was_turned_over():
    [result] = Clahe().apply(Image(RAMP).invert())
    np.testing.assert_array_equal(result.render(), Clahe().apply(Image(255 - RAMP))[0].render())


@pytest.mark.parametrize("parameters", [{"clip_limit": 0}, {"grid": 0}])
def test_senseless_parameters_are_refused(parameters):
    with pytest.raises(ValidationError):
        Clahe(**parameters)
