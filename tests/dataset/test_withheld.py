import pytest

from radprep.dataset.withheld import (
    BY_PERSON,
    MARKED,
    RISKY,
    WORDS,
    family,
    whole_film,
    whole_films,
    why_withheld,
    withheld_films,
)

A, B = "0123456789abcdef", "fedcba9876543210"


def row(image_id=A, status="kept", reason=None, risk="low"):
    return {"image_id": image_id, "status": status, "reason": reason, "burned_in_risk": risk}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (row(), None),
        (row(risk="medium"), None),
        (row(risk=None), None),
        (row(risk="high"), MARKED),
        (row(status="rejected", reason="body_part"), None),
        (row(status="rejected", reason="body_part", risk="high"), RISKY),
        (row(status="failed", reason="step_failed", risk="high"), RISKY),
        (row(status="rejected", reason="correction"), BY_PERSON),
        (row(status="rejected", reason="correction", risk="high"), BY_PERSON),
    ],
)
def test_what_is_withheld_and_why(said, why):
    assert why_withheld(said) == why
    assert why is None or WORDS[why]


def test_an_image_and_what_it_was_cut_from():
    assert family(f"{A}-f3-p2-p4") == (f"{A}-f3-p2-p4", f"{A}-f3-p2", f"{A}-f3")
    assert whole_film(f"{A}-p2-p4") == A
    assert whole_films([A, f"{A}-p2", f"{B}-f2-p2"]) == {A, f"{B}-f2"}


def test_a_film_is_withheld_for_any_of_its_parts():
    rows = [
        row(f"{A}-p2", "rejected", "correction"),
        row(A, risk="high"),
        row(B),
        row(None, "failed", "truncated", "high"),
    ]
    assert withheld_films(rows) == withheld_films(rows[::-1]) == {A: BY_PERSON}
    assert withheld_films([row(B)], [f"{B}-p3"]) == {B: BY_PERSON}
