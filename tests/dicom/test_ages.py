"""Ages as machines and people write them."""

import datetime

import pytest

from radprep.dicom.ages import age_on, may_be_over_89, read_age, stop_at_ninety


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("045Y", "045Y"),
        ("45Y", "045Y"),
        ("045y", "045Y"),
        ("45 Y", "045Y"),
        (" 45Y\0", "045Y"),
        ("0045Y", "045Y"),
        ("6M", "006M"),
        ("014M", "014M"),
        ("3w", "003W"),
        ("10D", "010D"),
        ("45 years", "045Y"),
        ("45yrs.", "045Y"),
        ("45 Jahre", "045Y"),
        ("45 años", "045Y"),
        ("8 mois", "008M"),
        ("Y045", "045Y"),
    ],
)
def test_an_age_with_its_unit_is_read(typed: str, read: str) -> None:
    assert read_age(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "45",
        "045",
        "",
        "Y",
        "4545Y",
        "45X",
        "45Y6M",
        "-5Y",
        "4.5Y",
        "about 45Y",
        "4 5Y",
        "999Y",
        "131Y",
    ],
)
def test_an_age_that_nobody_can_be_sure_of_is_not_read(typed: str) -> None:
    assert read_age(typed) is None


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1975-01-15", "045Y"),
        ("1975-01-16", "044Y"),
        ("2018-01-15", "002Y"),
        ("2018-01-16", "023M"),
        ("2019-12-15", "001M"),
        ("2019-12-16", "000M"),
        ("2020-01-15", "000M"),
        ("2020-01-16", None),
        ("1895-01-15", "125Y"),
        ("1894-01-15", None),
    ],
)
def test_an_age_is_counted_in_whole_units(born: str, age: str | None) -> None:
    assert age_on(datetime.date(2020, 1, 15), datetime.date.fromisoformat(born)) == age


@pytest.mark.parametrize("typed", ["92", "00092Y", "0092", "91 JAHRE"])
def test_an_age_that_may_be_over_89_is_seen_in_any_form(typed: str) -> None:
    assert may_be_over_89(typed)


def test_ages_over_89_are_one() -> None:
    assert [stop_at_ninety(age) for age in ("089Y", "090Y", "125Y")] == ["089Y", "090Y", "090Y"]
    assert [may_be_over_89(age) for age in ("95", "93 A", "89Y")] == [True, True, False]
