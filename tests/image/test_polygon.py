"""What convex polygons share."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from radprep.image.polygon import area_of, moved, rectangle, shared


def around(points):
    return cv2.convexHull(np.array(points, np.float32))[:, 0].astype(float)


@pytest.mark.parametrize(
    ("other", "area"),
    [
        (rectangle(5, 5, 10, 10), 25),
        (rectangle(5, 5, 10, 10)[::-1], 25),  # the other way around it
        (rectangle(0, 0, 10, 10), 100),  # the same
        (rectangle(10, 0, 10, 10), 0),  # they touch
        (rectangle(2, 2, 3, 3), 9),  # within
        (rectangle(-5, -5, 50, 50), 100),  # around
        (rectangle(40, 40, 5, 5), 0),
        (np.array([[5, -5], [15, 5], [5, 15], [-5, 5]]), 100),  # corner on corner
        (np.empty((0, 2)), 0),
    ],
)
def test_what_two_share(other, area):
    assert area_of(shared(rectangle(0, 0, 10, 10), other)) == pytest.approx(area)
    assert area_of(shared(other, rectangle(0, 0, 10, 10))) == pytest.approx(area)


PLACES = st.tuples(st.integers(0, 60), st.integers(0, 60))


@given(one=st.lists(PLACES, min_size=3, max_size=8), other=st.lists(PLACES, min_size=3, max_size=8))
def test_the_area_is_that_of_the_pixels(one, other):
    """OpenCV draws both, eight times as large."""
    hulls = [around(one), around(other)]
    assume(min(map(area_of, hulls)) > 60)
    drawn = [np.zeros((520, 520), np.uint8) for _ in hulls]
    for canvas, hull in zip(drawn, hulls, strict=True):
        cv2.fillConvexPoly(canvas, (hull * 8).astype(np.int32), 1)
    pixels = int((drawn[0] & drawn[1]).sum()) / 64
    edge = sum(cv2.arcLength(hull.astype(np.float32), True) for hull in hulls) / 8
    assert area_of(shared(*hulls)) == pytest.approx(pixels, abs=edge + 1)


def test_a_move_is_between_pixel_centres():
    shift = np.array([[1, 0, 3], [0, 1, 4], [0, 0, 1.0]])
    assert moved(rectangle(0, 0, 2, 2), shift).tolist() == rectangle(3, 4, 2, 2).tolist()
    half = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1.0]])  # an image half as large
    assert moved(rectangle(0, 0, 2, 2), half).tolist() == rectangle(0, 0, 1, 1).tolist()
