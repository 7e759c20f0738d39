"""Boxes on converted films: sizes, turns, stretched pixels, what stands out or lies beside."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.annotations.reading import Annotation, FilmAnnotations
from radprep.convert.box_placing import (
    CUT,
    DIFFER,
    OUTSIDE,
    UNUSABLE,
    FilmSizes,
    moved_to,
    place_boxes,
    turned,
)
from radprep.convert.boxes_given import GivenBoxes, as_given, digest_of_given, given_in
from radprep.convert.job import Converted
from radprep.dataset.box_decisions import lost_boxes
from radprep.dataset.boxes import MOST_BOXES, boxes_in
from radprep.dataset.rules import RULES
from tests.made import image_row


def said(*boxes, frame=None, size=None, unit="pixels", faults=0):
    drawn = [Annotation("fracture", tuple(map(float, box))) for box in boxes]
    film = FilmAnnotations(("a",), frame, size, unit, drawn, faults)
    return as_given([film], {"fracture": "fracture"})


def film(boxes=None, source_id="a" * 16, **values):
    row = image_row("b" * 16, "c" * 16, width=100, height=80, **values)
    row["source_id"] = source_id
    return Converted({"source_id": source_id, "boxes": boxes}, [row])


def drawn(converted):
    """Places of the boxes of a film."""
    place_boxes([converted])
    [row] = converted.rows
    return [(box.x, box.y, box.width, box.height) for box in boxes_in(row["boxes"])]


def test_what_is_given_is_written_and_read():
    text = said((1, 2, 3, 4), frame=2, size=(10, 20), unit="share", faults=3)
    assert given_in(text) == [GivenBoxes(2, (10, 20), "share", (("fracture", (1, 2, 3, 4)),), 3)]
    assert given_in(None) == []
    assert digest_of_given({"a": None}) is None
    assert digest_of_given({"a": text}) != digest_of_given({"b": text})


def test_classes_without_a_label_are_left_out_and_too_many_boxes_are_a_mistake():
    annotated = FilmAnnotations(("a",), None, None, "pixels", [Annotation("text", (1, 2, 3, 4))])
    assert given_in(as_given([annotated], {"fracture": "fracture"}))[0].boxes == ()
    many = film(said(*[(1, 2, 3, 4)] * (MOST_BOXES + 1)))
    assert drawn(many) == []
    assert many.rows[0]["boxes"] is None
    assert many.rows[0]["review"] == [UNUSABLE]


def test_a_box_is_put_where_it_was_drawn():
    assert drawn(film(said((10, 20, 30, 40)))) == [(10, 20, 30, 40)]
    assert drawn(film(said((0.1, 0.25, 0.3, 0.5), unit="share"))) == [(10, 20, 30, 40)]


def test_a_film_of_which_nobody_speaks_has_null_and_one_with_nothing_on_it_has_none():
    silent, empty = film(), film(said())
    place_boxes([silent])
    place_boxes([empty])
    assert silent.rows[0]["boxes"] is None
    assert empty.rows[0]["boxes"] == "[]"
    assert empty.rows[0]["review"] == []


def test_what_stands_out_is_cut_and_what_lies_beside_is_listed():
    found = film(said((90, 20, 20, 10), (200, 20, 10, 10), (5, 5, 10, 10)))
    assert drawn(found) == [(90, 20, 10, 10), (5, 5, 10, 10)]
    [row] = found.rows
    assert row["review"] == [CUT, OUTSIDE]
    assert boxes_in(row["boxes"])[0].share == 0.5
    assert [box.number for box in boxes_in(row["boxes"])] == [1, 3]
    [lost] = lost_boxes(row["decisions"])
    assert (lost.number, lost.label, lost.by) == (2, "fracture", "file")
    assert lost.film == (200, 20, 10, 10)
    assert RULES["decisions"].holds(row["decisions"])


def test_a_film_all_boxes_of_which_lie_beside_it_is_not_said_to_have_none():
    found = film(said((200, 20, 10, 10)))
    assert drawn(found) == []
    assert (found.rows[0]["boxes"], found.rows[0]["review"]) == (None, [OUTSIDE])


def test_a_pixel_of_rounding_is_no_cut():
    found = film(said((-1, 0, 20, 10), (90, 70.5, 10.4, 10)))
    assert drawn(found) == [(0, 0, 19, 10), (90, 70.5, 10, 9.5)]
    assert found.rows[0]["review"] == []


def test_entries_at_fault_mark_the_film_and_leave_it_null_where_nothing_is_left():
    found = film(said((10, 20, 30, 40), faults=1))
    assert drawn(found) == [(10, 20, 30, 40)]
    assert found.rows[0]["review"] == [UNUSABLE]
    found = film(said(faults=1))
    assert drawn(found) == []
    assert found.rows[0]["boxes"] is None
    assert found.rows[0]["review"] == [UNUSABLE]


@pytest.mark.parametrize("size", [(50, 40), (200, 160), (100, 80), (201, 160)])
def test_a_copy_in_another_size_was_drawn_on(size):
    x, y, width, height = (one * size[0] / 100 for one in (10, 20, 30, 40))
    [place] = drawn(film(said((x, y, width, height), size=size)))
    assert np.abs(np.subtract(place, (10, 20, 30, 40))).max() < 0.5


def test_a_picture_of_another_shape_gives_no_box():
    found = film(said((10, 20, 30, 40), size=(100, 100)))
    assert drawn(found) == []
    assert found.rows[0]["boxes"] is None
    assert found.rows[0]["review"] == [UNUSABLE]


def test_boxes_follow_pixels_that_were_not_square():
    stretched = {"Columns": 100, "Rows": 40, "review": ["convert:pixel_aspect"]}
    assert drawn(film(said((10, 10, 30, 20)), **stretched)) == [(10, 20, 30, 40)]
    assert drawn(film(said((10, 10, 30, 20), size=(100, 40)), **stretched)) == [(10, 20, 30, 40)]
    assert drawn(film(said((10, 20, 30, 40), size=(100, 80)), **stretched)) == [(10, 20, 30, 40)]
    assert drawn(film(said((0.1, 0.25, 0.3, 0.5), unit="share"), **stretched)) == [(10, 20, 30, 40)]


def of(frame, text):
    one = film(text)
    one.rows[0]["frame"] = frame
    return one


def test_a_frame_has_its_own_boxes():
    both = as_given(
        [
            FilmAnnotations(
                ("a",), number, None, "pixels", [Annotation("fracture", (number, 2, 3, 4))]
            )
            for number in (1, 2)
        ],
        {"fracture": "fracture"},
    )
    found = film(both)
    second = {**found.rows[0], "frame": 2}
    found.rows[0]["frame"] = 1
    found.rows.append(second)
    place_boxes([found])
    assert [[box.x for box in boxes_in(row["boxes"])] for row in found.rows] == [[1], [2]]


def test_a_box_without_a_frame_is_of_the_only_image_and_of_none_of_several():
    assert drawn(of(1, said((10, 20, 30, 40)))) == [(10, 20, 30, 40)]
    several = film(said((10, 20, 30, 40)))
    several.rows.append({**several.rows[0], "frame": 2})
    several.rows[0]["frame"] = 1
    place_boxes([several])
    assert [row["boxes"] for row in several.rows] == [None, None]
    assert all(row["review"] == [UNUSABLE] for row in several.rows)


def test_the_first_frame_is_a_film_of_one_and_no_other_is():
    assert drawn(film(said((10, 20, 30, 40), frame=1))) == [(10, 20, 30, 40)]
    found = film(said((10, 20, 30, 40), frame=2))
    assert drawn(found) == []
    assert found.rows[0]["review"] == [UNUSABLE]
    other = of(1, said((1, 2, 3, 4), frame=2))
    assert drawn(other) == []
    assert (other.rows[0]["boxes"], other.rows[0]["review"]) == (None, [])


def copy_of(text, source_id="e" * 16, **values):
    copy = film(text, source_id, **values)
    copy.rows[0] |= {
        "status": "rejected",
        "step": "convert",
        "reason": "duplicate",
        "detail": f"of source {'a' * 16}",
    }
    return copy


def test_boxes_of_a_copy_go_to_the_image_that_stays():
    kept, copy = film(), copy_of(said((10, 20, 30, 40)))
    place_boxes([kept, copy])
    assert [box.x for box in boxes_in(kept.rows[0]["boxes"])] == [10]
    assert kept.rows[0]["review"] == []
    assert copy.rows[0]["boxes"] is None


def test_copies_that_say_the_same_say_it_once_and_others_are_marked():
    kept, copy = film(said((10, 20, 30, 40))), copy_of(said((10.5, 20, 30, 40.5)))
    place_boxes([kept, copy])
    assert [box.x for box in boxes_in(kept.rows[0]["boxes"])] == [10]
    assert kept.rows[0]["review"] == []
    kept, copy = film(said((10, 20, 30, 40))), copy_of(said())
    place_boxes([kept, copy])
    assert len(boxes_in(kept.rows[0]["boxes"])) == 1
    assert kept.rows[0]["review"] == [DIFFER]


def test_a_copy_in_another_size_moves_its_boxes_by_its_own_header():
    kept, copy = film(), copy_of(said((20, 40, 60, 80)), Columns=200, Rows=160)
    place_boxes([kept, copy])
    [box] = boxes_in(kept.rows[0]["boxes"])
    assert (box.x, box.y, box.width, box.height) == (10, 20, 30, 40)


def test_what_an_earlier_run_drew_is_taken_away():
    found = film(said((90, 20, 20, 10), (200, 20, 10, 10)), decisions='{"convert": {"a": 1}}')
    place_boxes([found])
    found.identifiers["boxes"] = None
    place_boxes([found])
    [row] = found.rows
    assert (row["boxes"], row["review"], row["decisions"]) == (None, [], '{"convert": {"a": 1}}')


@pytest.mark.parametrize("place", [(0, 0, 99_999, 99_999), (-99_999, 3, 99_999, 9)])
def test_what_is_written_can_be_read_however_large_it_was(place):
    found = film(said(place, size=(1, 1)))
    drawn(found)
    [row] = found.rows
    assert row["boxes"] is None or RULES["boxes"].holds(row["boxes"])


MARK = np.arange(12).reshape(3, 4)
"""A picture of 4 x 3 pixels, each of another grey."""
TURNS = {
    1: MARK,
    2: MARK[:, ::-1],
    3: MARK[::-1, ::-1],
    4: MARK[::-1],
    5: MARK.T,
    6: np.rot90(MARK, -1),
    7: MARK[::-1, ::-1].T,
    8: np.rot90(MARK),
}
"""What viewers show for each orientation (CIPA DC-008, table of tag 0x0112)."""


@pytest.mark.parametrize("orientation", TURNS)
def test_boxes_of_the_stored_picture_turn_with_it(orientation):
    shown = TURNS[orientation]
    sizes = FilmSizes(shown.shape[::-1], shown.shape[::-1], orientation)
    for (row, column), grey in np.ndenumerate(MARK):
        share = (column / 4, row / 3, 1 / 4, 1 / 3)
        x, y, width, height = turned(share, orientation)
        rows, columns = shown.shape
        assert shown[round(y * rows), round(x * columns)] == grey
        assert (round(width * columns, 6), round(height * rows, 6)) == (1, 1)
        if orientation >= 5:  # the size tells that the stored picture was drawn on
            given = GivenBoxes(None, (4, 3), "pixels", (), 0)
            x, y, *_ = moved_to(sizes, given, (column, row, 1, 1))
            assert shown[round(y), round(x)] == grey


def test_without_a_size_or_with_that_of_the_shown_picture_nothing_turns():
    sizes = FilmSizes((3, 4), (3, 4), 6)
    for size in (None, (3, 4)):
        assert moved_to(sizes, GivenBoxes(None, size, "pixels", (), 0), (1, 2, 1, 1)) == (
            1,
            2,
            1,
            1,
        )


def test_the_size_of_the_stored_picture_beside_boxes_of_the_shown_one():
    sizes = FilmSizes((30, 40), (30, 40), 6)
    given = GivenBoxes(None, (40, 30), "pixels", (("fracture", (5, 32, 10, 7)),), 0)
    assert moved_to(sizes, given, (5, 32, 10, 7)) == (5, 32, 10, 7)


@given(
    st.integers(1, 8),
    st.tuples(*[st.floats(0, 0.4)] * 2, *[st.floats(0.1, 0.5)] * 2),
)
def test_turns_keep_the_area_and_stay_on_the_picture(orientation, place):
    x, y, width, height = turned(place, orientation)
    assert width * height == pytest.approx(place[2] * place[3])
    assert x >= -1e-9
    assert x + width <= 1 + 1e-9
    assert y >= -1e-9
    assert y + height <= 1 + 1e-9
