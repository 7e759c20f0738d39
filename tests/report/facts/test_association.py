import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.report.facts.association import association


def of_table(table, studies_each=1):
    """The association of a table of counts, each patient with so many studies."""
    pairs = [
        (str(row), str(column))
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    first, second = [row for row, _ in pairs], [column for _, column in pairs]
    return association(first, second, [str(number // studies_each) for number in range(len(pairs))])


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
        ([], None),
    ],
)
def test_association_of_studies_of_different_patients(table, expected):
    found = of_table(table)
    assert found is None if expected is None else found.v == pytest.approx(expected)


def test_the_interval_is_that_of_the_noncentral_chi_squared_distribution():
    # chi-squared 60 / 9 with one degree of freedom: 0.3718 and 20.6293 are the noncentralities
    # below which it stays with 97.5 and 2.5 %.
    found = of_table([[20, 10], [10, 20]])
    assert (found.low, found.high) == pytest.approx(
        ((0.37183 / 60) ** 0.5, (20.62934 / 60) ** 0.5), abs=1e-3
    )


def test_studies_of_one_patient_tell_less_than_those_of_many():
    alone, together = of_table([[20, 10], [10, 20]]), of_table([[20, 10], [10, 20]], 10)
    assert together.patients == 6
    assert together.low == 0.0 < alone.low
    assert together.high > alone.high


def test_the_interval_reaches_0_by_chance_alone_as_often_as_it_says():
    """Two attributes that have nothing to do with each other, three like studies of each of 30
    patients: the interval leaves 0 out in about one of 40 cases, not in one of four."""
    random = np.random.default_rng(7)
    left_out = 0
    for _ in range(200):
        one, other = random.integers(0, 2, (2, 30)).astype(str).repeat(3, axis=1)
        found = association(one, other, np.arange(30).astype(str).repeat(3))
        left_out += found is not None and found.low > 0
    assert left_out <= 15


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 5),
)
def test_v_lies_in_its_interval_and_that_between_0_and_1(table, studies_each):
    found = of_table(table, studies_each)
    assert found is None or 0 <= found.low <= found.v <= found.high <= 1
