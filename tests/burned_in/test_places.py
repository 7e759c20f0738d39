"""Boxes that a person writes, that a row holds, and that a step has moved."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.burned_in.places import boxes_as_text, boxes_in, boxes_of, outlines
from radprep.image.image import Image

BOX = st.tuples(*[st.integers(-500, 500)] * 2, *[st.integers(1, 500)] * 2)


@given(st.lists(BOX))
def test_what_is_written_is_read(boxes):
    assert list(boxes_of(boxes_as_text(boxes))) == boxes


@pytest.mark.parametrize(
    "text",
    ["", "1 2 3", "1 2 3 4 5", "a b c d", "1 2 0 4", "1 2 3 4 +", "1.5 2 3 4", "9999999 1 1 1"],
)
def test_what_is_no_box_is_refused(text):
    assert boxes_of(text) is None


@pytest.mark.parametrize(
    "decisions",
    [
        None,
        "",
        "{}",
        "[1]",
        "{",
        '{"burned_in": 3}',
        '{"burned_in": {"boxes": 5}}',
        '{"burned_in": {"boxes": [[1, 2, 3]]}}',
        '{"burned_in": {"boxes": [[1, 2, 3, "4"]]}}',
        '{"burned_in": {"boxes": [[1, 2, 3, 1e400]]}}',
        '{"burned_in": {"boxes": [[true, 2, 3, 4]]}}',
    ],
)
def test_what_convert_did_not_write_names_no_boxes(decisions):
    assert boxes_in(decisions) == []


def test_boxes_are_read_from_decisions():
    assert boxes_in(json.dumps({"burned_in": {"boxes": [[1, 2, 3, 4]]}})) == [(1, 2, 3, 4)]


def test_an_outline_follows_a_crop_and_a_turn():
    """The corners of the outline stand on the pixels that the box had."""
    film = np.zeros((80, 100), np.uint8)
    film[20:30, 40:70] = 200
    turned = Image(film).crop(30, 10, 60, 50).rotate(90)
    [corners] = outlines([(40, 20, 30, 10)], turned.source_matrix, turned.width, turned.height)
    x, y = np.reshape(corners, (4, 2)).T
    inside = np.zeros((turned.height, turned.width), bool)
    inside[round(min(y) + 0.5) : round(max(y) + 0.5), round(min(x) + 0.5) : round(max(x) + 0.5)] = 1
    assert (turned.render() == np.where(inside, 200, 0)).all()


def test_a_box_on_the_other_part_is_left_out():
    part = Image(np.zeros((80, 100), np.uint8)).crop(50, 0, 50, 80)
    boxes = [(5, 5, 20, 10), (60, 5, 20, 10)]
    assert len(outlines(boxes, part.source_matrix, part.width, part.height)) == 1
