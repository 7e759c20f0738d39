import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.report.facts.confounding import cramers_v, source_attributes
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
    assert machines.association == pytest.approx(cramers_v([[30, 10], [0, 40]]))
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


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([[10, 0], [0, 10]], 1.0),
        ([[5, 5], [5, 5]], 0.0),
        ([[7, 0], [3, 0]], None),
        ([[4, 6]], None),
        ([[1, 0], [0, 1]], None),
        ([[20, 10], [10, 20]], ((1 / 9 - 1 / 59) / (1 - 1 / 59)) ** 0.5),
        ([[2, 1], [2, 3]], 0.0),
    ],
)
def test_association(table, expected):
    assert cramers_v(table) == (None if expected is None else pytest.approx(expected))


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)),
        min_size=1,
        max_size=5,
    )
)
def test_association_lies_between_0_and_1(table):
    found = cramers_v(table)
    assert found is None or -1e-9 <= found <= 1 + 1e-9
