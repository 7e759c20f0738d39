"""Each box is counted once, by what became of it."""

import pytest

from radprep.dataset.box_counts import FATES, boxes_by_fate, fates_of
from radprep.dataset.box_decisions import with_lost
from radprep.dataset.boxes import as_text, carried, drawn_by_person, matrix_of, unplaced
from tests.made import boxes_of, image_row

A, B = "0123456789abcdef", "fedcba9876543210"
DRAWN = [("fracture", (2, 2, 3, 3)), ("fracture", (6, 2, 4, 3))]


def row_of(image_id=A, drawn=DRAWN, **values):
    row = image_row(image_id, "s" * 16, **values)
    row["boxes"] = boxes_of(drawn, row)
    return row


def lost(number):
    return with_lost(None, [(unplaced(number, "fracture", "file", [1, 1, 2, 2]), "cut_away")])


@pytest.mark.parametrize(
    ("rows", "fates"),
    [
        ([row_of()], {"whole": 1, "cut": 1}),
        ([row_of(drawn=[])], {}),
        ([row_of(), row_of(f"{A}-p2")], {"on_several": 2}),
        ([row_of(), row_of(B)], {"whole": 2, "cut": 2}),  # of two films
        ([row_of(status="rejected")], {"without_image": 2}),
        ([{**row_of(status="failed"), "image_id": None}], {"without_image": 2}),
        ([row_of(drawn=[]), row_of(f"{A}-p2", status="rejected")], {"lost": 2}),
        ([row_of(decisions=lost(3))], {"whole": 1, "cut": 1, "lost": 1}),
        (
            [row_of(decisions=lost(3)), row_of(f"{A}-p2", decisions=lost(3))],
            {"on_several": 2, "lost": 1},
        ),
        ([row_of(decisions=lost(3), status="rejected")], {"without_image": 3}),
        ([image_row(A, "s" * 16)], {}),
    ],
)
def test_a_box_has_one_fate(rows, fates):
    assert boxes_by_fate(rows) == fates
    assert set(fates) <= FATES.keys()


def test_numbers_are_those_of_the_film():
    assert fates_of([row_of(decisions=lost(7))]) == {1: "whole", 2: "cut", 7: "lost"}


def test_a_box_that_no_more_was_ever_seen_of_is_still_one():
    [box] = drawn_by_person("fracture -90 0 100 8")
    on = carried([box], matrix_of([1, 0, 0, 0, 1, 0]), 8, 8)
    row = {**image_row(A, "s" * 16), "boxes": as_text(on)}
    assert boxes_by_fate([row]) == {"cut": 1}
