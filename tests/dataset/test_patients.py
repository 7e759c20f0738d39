"""Patients who share a study are one group."""

import pyarrow as pa
import pytest

from radprep.dataset.names import UNASSIGNED
from radprep.dataset.patients import COLUMNS, PatientGroups, Patients, unknown_patients


def patients_of(*rows):
    """Patients of rows (study, patient) or (study, patient, patient without issuer)."""
    columns = [[(*row, None)[place] for row in rows] for place in range(3)]
    return Patients.of_table(pa.table([pa.array(one, pa.string()) for one in columns], COLUMNS))


def test_a_group_has_all_whom_studies_tie_and_the_name_of_the_first():
    tied = ("s1", "p3"), ("s1", "p2"), ("s2", "p2"), ("s2", "p1")
    groups = patients_of(*tied, ("s3", "p4")).groups
    assert [groups.of(one) for one in ("p1", "p2", "p3", "p4", "p9")] == ["p1"] * 3 + ["p4", "p9"]
    assert groups.mapping() == {"p2": "p1", "p3": "p1"}


@pytest.mark.parametrize("order", [1, -1])
def test_the_name_does_not_depend_on_the_order(order):
    groups = PatientGroups()
    for tied in [("c", "b"), ("e", "d"), ("b", "d"), ("a", "e")][::order]:
        groups.tie(tied)
    assert {groups.of(one) for one in "abcde"} == {"a"}


def test_a_long_chain_is_followed():
    groups = PatientGroups()
    for number in range(20_000):
        groups.tie((number, number + 1))
    assert groups.of(20_000) == 0


def test_studies_of_several_patients_are_named():
    found = patients_of(("s2", "p1"), ("s2", "p2"), ("s2", "p1"), ("s1", "p1"), ("s1", None))
    assert found.several == {"s2": ["p1", "p2"]}


def test_an_unknown_study_ties_nobody():
    found = patients_of((UNASSIGNED, "p1"), (UNASSIGNED, "p2"))
    assert found.groups.of("p2") == "p2"
    assert not found.several


def test_two_issuers_are_two_patients_unless_a_film_names_neither():
    two = [("s1", "a", "bare"), ("s2", "b", "bare")]
    found = patients_of(*two)
    assert (found.groups.of("b"), found.ids_of_several_issuers) == ("b", 1)
    tied = patients_of(*two, ("s3", "bare"))
    assert {tied.groups.of(one) for one in ("a", "b", "bare")} == {"a"}


def test_a_column_is_grouped():
    found = patients_of(("s1", "p2"), ("s1", "p1"))
    assert found.grouped(pa.chunked_array([["p2", "p3"]])).to_pylist() == ["p1", "p3"]
    assert patients_of().grouped(pa.chunked_array([["p2"]])).to_pylist() == ["p2"]


def test_where_no_patient_is_known_a_sentence_says_what_a_split_is_worth():
    counts = {"studies_kept": 1200, "without_patient_id": {"none": 1200}}
    assert "each of the 1,200 studies" in unknown_patients(counts)
    assert "protects from nothing" in unknown_patients(counts)
    for without in ({}, {"none": 1199}, {"study": 1200}):
        assert unknown_patients({"studies_kept": 1200, "without_patient_id": without}) == ""
