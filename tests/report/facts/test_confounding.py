import pytest

from radprep.report.facts.confounding import labelled_studies, source_attributes
from tests.report.report_rows import kept, lost


def films(count, first, **values):
    return [kept(first + number, **values) for number in range(count)]


def test_shares_of_each_machine():
    philips = films(40, 200, Manufacturer="Philips", PhotometricInterpretation="MONOCHROME1")
    rejected = [lost(300 + number, Manufacturer="Philips") for number in range(10)]
    rows = [
        *films(30, 0, label="fracture"),
        *films(10, 100),
        *philips,
        *rejected,
        lost(400, patient_id=None),
    ]
    machines, photometric, bits = source_attributes(rows, ["fracture", "normal"])
    agfa, philips = sorted(machines.groups, key=lambda group: group.value)
    assert (agfa.files, agfa.rejected, agfa.monochrome1, agfa.labels) == (
        40,
        0.0,
        0.0,
        {"fracture": 0.75, "normal": 0.25},
    )
    assert (philips.files, philips.rejected, philips.monochrome1, philips.labels) == (
        50,
        0.2,
        0.8,
        {"fracture": 0.0, "normal": 1.0},
    )
    expected = ((3 / 5 - 1 / 79) / (1 - 1 / 79)) ** 0.5
    assert machines.association.v == pytest.approx(expected)
    assert (machines.association.studies, machines.association.patients) == (80, 80)
    assert [group.value for group in photometric.groups] == ["MONOCHROME2", "MONOCHROME1"]
    assert bits.association is None


def test_small_counts_are_shown_as_they_are():
    rows = [
        *films(46, 0),
        *films(4, 100, label="fracture"),
        *films(3, 200, Manufacturer="Rare", label=None),
    ]
    machines = source_attributes(rows, ["fracture", "normal"])[0]
    assert [(group.value, group.files) for group in machines.groups] == [("AGFA", 50), ("Rare", 3)]
    assert machines.groups[0].labels == {"fracture": 0.08, "normal": 0.92}
    assert machines.groups[1].rejected == 0
    assert machines.groups[1].labels == {"fracture": None, "normal": None}


def test_only_the_frequent_ones_are_listed():
    rows = [
        row
        for number in range(9)
        for row in films(5 + number, 100 * number, Manufacturer=f"Maker {number}")
    ]
    machines = source_attributes(rows, ["normal"])[0]
    assert {group.value for group in machines.groups} == {
        "others",
        *(f"Maker {number}" for number in range(4, 9)),
    }
    assert sum(group.files for group in machines.groups) == len(rows)


def test_films_of_a_study_are_one_observation():
    rows = [
        row
        for number in range(20)
        for row in films(
            6, 100 * number, study=number, label="fracture" if number % 2 else "normal"
        )
    ]
    for row in rows[:6]:
        row["Manufacturer"] = "Philips"
    for row in rows[6:8]:  # two of six: the study is counted with the others
        row["Manufacturer"] = "Philips"
    machines = source_attributes(rows, ["fracture", "normal"])[0]
    assert machines.association.studies == 20
    counted = {group.value: (group.files, group.studies) for group in machines.groups}
    assert counted == {"AGFA": (112, 19), "Philips": (8, 1)}
    assert machines.groups[1].labels == {"fracture": 0.0, "normal": 1.0}


def test_the_same_studies_with_more_films_tell_no_more():
    """By file an attribute of 20 studies seemed to tell of the label, by study it does not."""

    def rows(films_each):
        return [
            kept(
                1000 * number + film,
                study=number,
                label="fracture" if number % 2 else "normal",
                Manufacturer="AGFA" if number % 4 in (0, 1, 3) else "Philips",
            )
            for number in range(20)
            for film in range(films_each)
        ]

    one, many = (source_attributes(rows(count), ["fracture", "normal"])[0] for count in (1, 9))
    assert one.association == many.association


def test_rejected_and_unlabelled_films_are_no_observation():
    rows = [*films(9, 0, label="a"), *films(9, 100, label="b"), lost(300), kept(301, label=None)]
    assert [study.label for study in labelled_studies(rows, lambda row: "x")] == 9 * ["a"] + 9 * [
        "b"
    ]


def test_a_study_whose_films_have_several_labels_counts_with_each():
    rows = [kept(1, study=1, label="a"), kept(2, study=1, label="b"), kept(3, study=1, label="a")]
    found = labelled_studies(rows, lambda row: "x")
    assert [study.label for study in found] == ["a", "b"]
