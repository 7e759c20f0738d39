"""Boxes on pictures: where they lie, in which colour, and told apart from what is below them."""

import numpy as np

from radprep.dataset.boxes import drawn_by_person
from radprep.preprocess.box_pictures import (
    COLOURS,
    as_hex,
    colours_of,
    counted,
    draw_outlines,
    outlines_of,
)


def test_each_label_has_its_colour_and_they_come_again():
    labels = [f"label_{number:02}" for number in range(len(COLOURS) + 1)]
    found = colours_of(reversed(labels))
    assert list(found.values()) == [*COLOURS, COLOURS[0]]
    assert len(set(COLOURS)) == len(COLOURS)
    assert as_hex((255, 0, 16)) == "#ff0010"


def test_an_outline_lies_where_the_box_is_on_a_picture_of_another_size():
    [box] = boxes = drawn_by_person("fracture 20 40 40 80")
    assert counted(boxes) == "fracture 1"
    picture = np.full((100, 50, 3), 128, np.uint8)
    draw_outlines(picture, outlines_of(boxes, {"fracture": (255, 0, 0)}), 100, 200)
    rows, columns = np.nonzero((picture == (255, 0, 0)).all(axis=2))
    assert abs(rows.min() - 20) <= 2
    assert abs(rows.max() - 60) <= 2
    assert abs(columns.min() - 10) <= 2
    assert abs(columns.max() - 30) <= 2
    assert (picture[40, 20] == 128).all()
    assert (picture.reshape(-1, 3) < 40).all(axis=1).any()  # the dark line below it
    assert box.is_whole


def test_a_label_that_nobody_knows_has_a_colour_all_the_same():
    boxes = drawn_by_person("fracture 1 1 4 4")
    assert outlines_of(boxes, {}) == ((boxes[0].outline, COLOURS[0]),)
    assert counted([]) == "none"
