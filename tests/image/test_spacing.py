"""Square pixels, and how far apart they lie."""

import numpy as np
import pytest

from radprep.image.image import Image, inverse
from radprep.image.spacing import are_square, moved_spacing, squared, squared_size


@pytest.mark.parametrize(("aspect", "same"), [(1, True), (0.143 / 0.144, True), (1.03, False)])
def test_what_differs_by_rounding_is_square(aspect, same):
    assert are_square(aspect) is same


@pytest.mark.parametrize(
    ("aspect", "size"), [(2, (200, 200)), (0.5, (400, 100)), (1.5, (200, 150)), (4, (200, 400))]
)
def test_the_coarser_axis_gets_more_pixels(aspect, size):
    assert squared_size(200, 100, aspect) == size
    pixels = np.tile(np.arange(200, dtype=np.uint16), (100, 1))
    assert squared(pixels, aspect).shape == size[::-1]
    assert squared(pixels, aspect).dtype == np.uint16


@pytest.mark.parametrize("sixteen", [np.uint8, np.uint16])
def test_a_circle_stored_as_an_ellipse_is_a_circle_again(sixteen):
    y, x = np.mgrid[:100, :200]
    stored = np.where(np.hypot((y - 49.75) * 2, x - 100) < 60, 200, 0).astype(sixteen)
    shown = squared(stored, 2.0) > 100
    tall, wide = (np.ptp(np.nonzero(shown.any(axis=axis))[0]) for axis in (1, 0))
    assert abs(int(tall) - int(wide)) <= 2
    assert shown.sum() == pytest.approx(np.pi * 60**2, rel=0.02)


def test_spacing_follows_every_move():
    image = Image(np.zeros((100, 200), np.uint8))
    half = image.with_pixels(np.zeros((50, 100), np.uint8), np.diag([2.0, 2.0, 1.0]))
    moves = {
        "as it was": (image, [0.2, 0.1]),
        "cut": (image.crop(10, 20, 30, 40), [0.2, 0.1]),
        "turned": (image.rotate(90), [0.1, 0.2]),
        "upside down": (image.rotate(180), [0.2, 0.1]),
        "half as large": (half, [0.4, 0.2]),
        "half as large and turned": (half.rotate(270), [0.2, 0.4]),
    }
    for name, (moved, expected) in moves.items():
        assert moved_spacing([0.2, 0.1], moved.source_matrix) == expected, name
    again = half.rotate(30)
    relative = inverse(half.source_matrix) @ again.source_matrix
    assert moved_spacing([0.3, 0.3], relative) == [0.3, 0.3]
