"""Patients of a dump are counted as convert counts them."""

import pytest

from radprep.upkeep.people import People


@pytest.mark.parametrize(
    ("films", "studies", "several"),
    [
        ([("1", "P1", None), ("2", "P1", None)], [2], 0),
        ([("1", "P1", None), ("1", "P2", None), ("2", "P2", None)], [2], 1),
        ([("1", "00100", None), ("1", "100", None)], [1], 1),
        ([("1", "P1", None), ("1", None, None), ("2", "P1", None)], [2], 0),
        ([("1", None, None), ("2", "ANONYMOUS", None)], [1, 1], 0),
        ([("1", "P1", "a"), ("2", "P1", "b")], [1, 1], 0),
        ([("1", "P1", "a"), ("2", "P1", None)], [2], 0),
        ([(None, "P1", None), (None, None, None)], [0, 0], 0),
        ([("1", None, None), ("2", None, None), (None, None, None)], [0, 1, 1], 0),
        ([("1", "AB\\12", None), ("2", "AB\\13", None)], [1, 1], 0),
    ],
)
def test_patients_and_their_studies(films, studies, several):
    people = People()
    for film in films:
        people.add(*film)
    assert sorted(people.studies()) == sorted(studies)
    assert people.several == several
    issuers = {issuer for _, patient, issuer in films if patient == "P1" and issuer}
    assert people.several_issuers == ({"P1"} if len(issuers) > 1 else set())
