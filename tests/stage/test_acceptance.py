import json

import pytest

from radprep.stage.acceptance import acceptance_of, canonical, holds
from tests.made import image_row

A, S = "0123456789abcdef", "f" * 16
MARK, OTHER = "colour_inversion:unsure", "rotation_alignment:unsure_axis"


def row(**values):
    return image_row(A, S, **{"review": [MARK], "rotation_degrees": 12.34, **values})


def test_it_names_the_marks_and_what_the_film_is():
    text = acceptance_of(row(part_count=2, inverted=True, review=[OTHER, MARK]))
    assert text == f"accepted {MARK} {OTHER} inverted=true parts=2 rotation_degrees=12.3"
    assert canonical(text) == text
    assert holds(text, row(part_count=2, inverted=True, review=[OTHER, MARK]))


def test_marks_that_were_accepted_before_are_accepted_again():
    before = row(review=[OTHER], decisions=json.dumps({"person": {"review": {"accepted": [MARK]}}}))
    assert acceptance_of(before).startswith(f"accepted {MARK} {OTHER} ")


@pytest.mark.parametrize(
    ("change", "still"),
    [
        ({}, True),
        ({"review": []}, True),
        ({"rotation_degrees": 13.2}, True),
        ({"rotation_degrees": 14.0}, False),
        ({"inverted": True}, False),
        ({"part_count": 2}, False),
        ({"review": [MARK, OTHER]}, False),
        ({"decisions": json.dumps({"burned_in": {"boxes": [[1, 2, 3, 4]]}})}, False),
    ],
)
def test_it_holds_for_what_the_person_saw(change, still):
    assert holds(acceptance_of(row()), row(**change)) == still


def test_a_turn_of_nearly_a_whole_circle_is_a_small_one():
    seen = acceptance_of(row(rotation_degrees=180.0))
    assert holds(seen, row(rotation_degrees=-179.8))


def test_a_body_part_counts_where_it_was_the_question():
    asked = row(review=["anatomic_filter:unsure_body_part"], body_part="wrist")
    assert not holds(acceptance_of(asked), {**asked, "body_part": "knee"})
    assert holds(acceptance_of(row(body_part="wrist")), row(body_part="knee"))


def test_text_that_was_found_elsewhere_was_not_accepted():
    boxes = [json.dumps({"burned_in": {"boxes": [[1, 2, 3, number]]}}) for number in (4, 5)]
    seen = acceptance_of(row(decisions=boxes[0]))
    assert holds(seen, row(decisions=boxes[0]))
    assert not holds(seen, row(decisions=boxes[1]))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("accepted", "accepted"),
        (f"ACCEPTED  {OTHER} {MARK}", f"accepted {MARK} {OTHER}"),
        ("accepted parts=1 inverted=true", "accepted inverted=true parts=1"),
        ("fine", None),
        ("", None),
        ("accepted GARCIA", None),
        ("accepted inverted=perhaps", None),
        ("accepted inverted=true inverted=false", None),
        ("accepted " + " ".join(f"a:b{number}" for number in range(65)), None),
    ],
)
def test_what_a_person_may_write(text, read):
    assert canonical(text) == read
