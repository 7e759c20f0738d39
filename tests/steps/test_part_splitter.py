import numpy as np
import pytest

from radprep.steps.part_splitter import PartSplitter
from radprep.study import Image


def film(*boxes, shape=(400, 500), dtype=np.uint8):
    pixels = np.full(shape, 12, dtype)
    for x, y, width, height in boxes:
        pixels[y:y + height, x:x + width] = np.iinfo(dtype).max - 40
    return Image(pixels)


LEFT, RIGHT, LETTER = (60, 50, 100, 300), (300, 20, 120, 330), (450, 10, 20, 20)


def test_two_limbs_become_two_parts_in_the_order_of_their_first_pixel():
    right, left = PartSplitter().apply(film(LEFT, RIGHT))
    assert right.columns == {"part": 1, "part_count": 2, "part_box": list(RIGHT)}
    assert left.columns == {"part": 2, "part_count": 2, "part_box": list(LEFT)}
    assert right.render().shape == (330, 120)
    assert (left.render() == 215).all()
    assert left.decisions["part_splitter"]["areas"] == [0.198, 0.15]
    assert left.decisions["part_splitter"]["boxes"] == [list(RIGHT), list(LEFT)]


def test_parts_know_where_they_came_from():
    _, left = PartSplitter().apply(film(LEFT, RIGHT))
    np.testing.assert_array_equal(left.source_matrix @ [0, 0, 1], [60, 50, 1])


def test_a_letter_is_no_part_and_the_film_stays_whole():
    image = film(LEFT, LETTER)
    [whole] = PartSplitter().apply(image)
    assert whole.columns == {"part": 1, "part_count": 1}
    np.testing.assert_array_equal(whole.render(), image.pixels)
    assert whole.review == ()


@pytest.mark.parametrize(("height", "parts"), [(200, 2), (199, 1)])
def test_the_least_area_is_two_per_cent_of_the_image(height, parts):
    assert len(PartSplitter().apply(film(LEFT, (300, 50, 20, height)))) == parts  # 20 * 200 is 2 % of 400 * 500


def test_nothing_in_sight_is_marked():
    for image in (film(), film(LETTER)):
        [whole] = PartSplitter().apply(image)
        assert whole.columns == {"part": 1, "part_count": 1}
        assert whole.review == ("part_splitter:no_component",)


def test_boxes_are_in_pixels_of_the_large_image_and_hold_the_limb():
    large = film((10, 40, 1000, 2900), (1710, 0, 1287, 3001), shape=(3001, 2997), dtype=np.uint16)
    parts = PartSplitter().apply(large)
    boxes = sorted(part.columns["part_box"] for part in parts)
    scale = 3001 / 512
    for (x, y, width, height), (true_x, true_y, true_w, true_h) in zip(boxes, [(10, 40, 1000, 2900), (1710, 0, 1287, 3001)], strict=True):
        assert true_x - scale < x <= true_x + scale
        assert true_y - scale < y <= true_y + scale
        assert abs(x + width - true_x - true_w) <= scale
        assert abs(y + height - true_y - true_h) <= scale
        assert x + width <= 2997
        assert y + height <= 3001


def test_a_part_that_is_turned_later_does_not_show_its_neighbour():
    left, right = PartSplitter().apply(film((100, 50, 100, 300), (202, 50, 100, 300)))
    turned = left.rotate(45).render()
    assert (turned == 0).sum() == pytest.approx(turned.size - 100 * 300, rel=0.02)
    assert right.columns["part_box"] == [202, 50, 100, 300]
