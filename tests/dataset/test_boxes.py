"""Boxes follow their film's matrix; what is no box of ours is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.dataset.boxes import (
    FROM_FILE,
    Box,
    as_text,
    box_on_film,
    boxes_in,
    carried,
    scaled,
    shown,
)
from radprep.image.image import Image

FILM = np.zeros((60, 100), np.uint8)


def drawn(film, size=(100, 60)):
    return box_on_film(1, "fracture", FROM_FILE, film, size)


def test_a_box_on_its_own_film_is_itself():
    box = drawn((10.0, 20.0, 30.0, 15.0))
    assert (box.x, box.y, box.width, box.height) == (10, 20, 30, 15)
    assert box.outline == (10, 20, 40, 20, 40, 35, 10, 35)
    assert box.is_whole


def test_a_box_outside_is_none_and_one_over_the_edge_is_cut():
    assert drawn((200.0, 5.0, 10.0, 10.0)) is None
    box = drawn((95.0, 5.0, 10.0, 10.0))
    assert (box.x, box.width, box.share) == (95, 5, 0.5)
    assert not box.is_whole


@given(
    x=st.integers(2, 70),
    y=st.integers(2, 40),
    turn=st.sampled_from((0, 90, 180, 270, 17.5, -33.0)),
)
def test_a_box_lies_where_the_pixels_went(x, y, turn):
    film = FILM.copy()
    film[y : y + 6, x : x + 9] = 255
    image = Image(film).rotate(turn)
    [box] = carried([drawn((x, y, 9, 6))], image.source_matrix, image.width, image.height)
    rows, columns = np.nonzero(image.render() > 127)
    found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    said = np.array([box.x, box.y, box.x + box.width, box.y + box.height])
    assert np.abs(found - said).max() <= 1.0
    assert box.is_whole


def test_a_box_is_carried_from_its_film_however_often():
    image = Image(FILM).rotate(31).crop(5, 5, 60, 50)
    once = carried([drawn((30.0, 20.0, 8.0, 8.0))], image.source_matrix, 60, 50)
    assert carried(once, image.source_matrix, 60, 50) == once


def test_a_box_on_a_smaller_copy_lies_where_its_pixels_are():
    box = scaled(drawn((10.0, 20.0, 30.0, 15.0)), 0.5, 0.4)
    assert (box.x, box.y, box.width, box.height) == (5, 8, 15, 6)
    assert box.outline == (5, 8, 20, 8, 20, 14, 5, 14)
    assert box.film == (10, 20, 30, 15)


def test_an_upright_box_is_shown_whole():
    found = shown(drawn((10.0, 20.0, 30.0, 15.0)), 100, 60)
    assert (found.x, found.y, found.width, found.height, found.area) == (10, 20, 30, 15, 450)
    corners = set(zip(found.outline[::2], found.outline[1::2], strict=True))
    assert corners == {(10, 20), (40, 20), (40, 35), (10, 35)}


def test_of_a_turned_box_the_outline_is_shown_and_its_area():
    image = Image(FILM).rotate(30)
    [box] = carried([drawn((30, 20, 20, 8))], image.source_matrix, image.width, image.height)
    found = shown(box, image.width, image.height)
    assert (found.x, found.y, found.width, found.height) == (box.x, box.y, box.width, box.height)
    assert found.area == pytest.approx(160, abs=0.1)
    assert found.width * found.height > 250


def test_what_lies_outside_of_the_image_is_not_shown():
    found = shown(drawn((30.0, 20.0, 30.0, 15.0)), 45, 60)
    assert (found.x, found.width, found.area) == (30, 15, 225)
    assert max(found.outline[::2]) == 45
    assert shown(drawn((30.0, 20.0, 30.0, 15.0)), 30, 60) is None
    assert shown(drawn((30.0, 20.0, 30.0, 15.0)), 100, 20) is None


anywhere = st.floats(-1e6, 1e6)


@given(st.tuples(*[anywhere] * 4), st.tuples(*[anywhere] * 8))
def test_a_forged_box_never_leads_outside_of_the_image(upright, outline):
    x, y, width, height = upright
    box = Box(1, "x", FROM_FILE, (0, 0, 1, 1), x, y, abs(width), abs(height), outline, 1.0)
    found = shown(box, 90, 70)
    if found is not None:
        assert 0 <= found.x < found.x + found.width <= 90.001
        assert 0 <= found.y < found.y + found.height <= 70.001
        assert len(found.outline) >= 6
        assert min(found.outline) >= 0
        assert max(found.outline[::2]) <= 90
        assert max(found.outline[1::2]) <= 70
        assert found.area > 0


def test_text_and_back():
    boxes = [drawn((10.0, 20.0, 30.0, 15.0))]
    assert boxes_in(as_text(boxes)) == boxes
    assert boxes_in(None) == boxes_in("[]") == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1]",
        "[{}]",
        "[" * 500,
        "null",
        as_text([drawn((1.0, 1.0, 5.0, 5.0))]).replace("fracture", "../x"),
    ],
)
def test_what_is_no_list_of_boxes_is_refused(text):
    with pytest.raises(ValueError, match=r"box|places|JSON|nest|Expecting|deep"):
        boxes_in(text)
