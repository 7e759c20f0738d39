"""What decisions say of boxes is read back, and nothing else is."""

import json

import pytest

from radprep.dataset.box_decisions import (
    lost_boxes,
    lost_in,
    said_of_boxes,
    shown_in,
    with_lost,
    with_said,
)
from radprep.dataset.boxes import MOST_BOXES, unplaced

ENTRY = {"number": 2, "label": "fracture", "by": "person", "film": [1, 2, 3, 4], "why": "cut_away"}


def said(**of_boxes):
    return json.dumps({"boxes": of_boxes, "quality": {}})


def test_an_outline_and_what_is_lost_come_back():
    text = with_said(said(), {"shown": [0, 0, 9, 0, 9, 9], "lost": [ENTRY]})
    assert shown_in(text).tolist() == [[0, 0], [9, 0], [9, 9]]
    [box] = lost_boxes(text)
    assert (box.number, box.label, box.by, box.film) == (2, "fracture", "person", (1, 2, 3, 4))
    assert lost_in(text) == {2}
    assert json.loads(text)["quality"] == {}
    assert json.loads(with_said(text, {})) == {"quality": {}}


def test_boxes_are_listed_beside_those_that_were_listed_before():
    box = unplaced(3, "implant", "file", [5, 6, 7, 8])
    text = with_lost(said(lost=[ENTRY], shown=[]), [(box, "outside")])
    assert lost_boxes(text) == [*lost_boxes(said(lost=[ENTRY])), box]
    assert json.loads(text)["boxes"]["lost"][0] == ENTRY
    assert lost_boxes(with_lost(said(lost=5), [(box, "outside")])) == [box]


@pytest.mark.parametrize("text", [None, "", "{}", "[1]", "no JSON", '{"boxes": 5}'])
def test_nothing_is_said(text):
    assert said_of_boxes(text) == {}
    assert shown_in(text) is None
    assert lost_boxes(text) == []


@pytest.mark.parametrize(
    "shown", [5, [1], ["a", "b"], [True, 1], [1e300, 0], [None, 1], [0.0] * 4096, {"a": 1}]
)
def test_what_is_no_outline_is_none(shown):
    assert shown_in(said(shown=shown)) is None


@pytest.mark.parametrize(
    "entry",
    [
        5,
        {},
        {**ENTRY, "number": "2"},
        {**ENTRY, "number": 10**9},
        {**ENTRY, "label": "Dr. Meier"},
        {**ENTRY, "by": "somebody"},
        {**ENTRY, "film": "1234"},
        {**ENTRY, "film": [1, 2, 3]},
        {**ENTRY, "film": [1, 2, -3, 4]},
    ],
)
def test_what_is_no_box_is_left_out(entry):
    assert lost_boxes(said(lost=[entry, ENTRY])) == lost_boxes(said(lost=[ENTRY]))
    assert len(lost_boxes(said(lost=[ENTRY] * 4000))) == MOST_BOXES
