"""Which dates and ages leave: none by which the shift of a patient or an age over 89 is found."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from radprep.dataset.schema import new_row, to_table
from radprep.dicom.dates import DATES, hide_dates_of_the_old, moved_dates, retained_date, shown_age
from tests.made import convert, make_dicom, rows

SHIFT = 1234
PLACEHOLDERS = [
    "19000101",
    "18991230",
    "19700101",
    "19800101",
    "19891231",
    "20000101",
    "20200101",
    "19000000",
    "00010101",
    "00000000",
    "99991231",
    "99910304",
    "22621231",
]


def film(**attributes: Any) -> Dataset:
    dataset = Dataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    return dataset


def moved(**attributes: Any) -> dict[str, datetime.date | None]:
    return moved_dates(film(**attributes), SHIFT)


def read(age: str) -> str | None:
    return shown_age(film(PatientAge=age))[0]


def day(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%Y%m%d").date()


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("keyword", DATES[1:])
def test_a_placeholder_beside_a_study_date_does_not_leave(keyword: str, placeholder: str) -> None:
    dates = moved(StudyDate="20190304", **{keyword: placeholder})
    assert dates == {
        **dict.fromkeys(DATES),
        "StudyDate": day("20190304") - datetime.timedelta(SHIFT),
    }


@pytest.mark.parametrize("placeholder", sorted({*PLACEHOLDERS} - {"20200101"}))
def test_beside_a_study_date_that_is_a_placeholder_no_date_leaves(placeholder: str) -> None:
    others = dict.fromkeys(DATES[1:], "20190304")
    assert moved(StudyDate=placeholder, **others) == dict.fromkeys(DATES)
    assert moved(**dict.fromkeys(DATES, placeholder)) == dict.fromkeys(DATES)


@pytest.mark.parametrize("study", ["", "x", "20191399", "20190304120000.0", None])
def test_without_a_study_date_no_date_leaves(study: str | None) -> None:
    given_study = {} if study is None else {"StudyDate": study}
    assert moved(**given_study, ContentDate="20190304") == dict.fromkeys(DATES)


def test_of_several_values_none_leaves() -> None:
    assert moved(StudyDate=["20190304", "19000101"]) == dict.fromkeys(DATES)


@pytest.mark.parametrize(
    ("days", "leaves"), [(-31, False), (-30, True), (0, True), (30, True), (31, False)]
)
def test_a_date_leaves_within_thirty_days_of_the_study(days: int, leaves: bool) -> None:
    acquired = day("20190304") + datetime.timedelta(days)
    dates = moved(StudyDate="20190304", AcquisitionDate=f"{acquired:%Y%m%d}")
    expected = acquired - datetime.timedelta(SHIFT) if leaves else None
    assert dates["AcquisitionDate"] == expected


def test_a_day_that_has_begun_nowhere_is_no_date() -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    later = today + datetime.timedelta(2)
    assert moved(StudyDate=f"{today:%Y%m%d}")["StudyDate"] is not None
    assert moved(StudyDate=f"{later:%Y%m%d}")["StudyDate"] is None


def test_two_studies_of_a_patient_keep_their_interval() -> None:
    first, second = (moved(StudyDate=date)["StudyDate"] for date in ("20101231", "20200102"))
    assert first
    assert second
    assert second - first == day("20200102") - day("20101231")


@given(
    dates=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            DATES,
            st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)).map(
                lambda one: f"{one.year:04d}{one.month:02d}{one.day:02d}"
            )
            | st.sampled_from([*PLACEHOLDERS, "20190304", "20190310"])
            | st.text(max_size=12),
        ),
    ),
    shift=st.integers(1, 3650),
)
def test_whatever_the_dates_are_what_leaves_holds_together(
    dates: dict[str, str], shift: int
) -> None:
    left = [one for one in moved_dates(film(**dates), shift).values() if one is not None]
    assert all(
        datetime.date(1990, 1, 1) <= one + datetime.timedelta(shift)
        and one + datetime.timedelta(shift)
        <= datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(1)
        for one in left
    )
    assert not left or max(left) - min(left) <= datetime.timedelta(60)
    pd.to_datetime(pd.Series(left))


@pytest.mark.parametrize(
    ("typed", "read"),
    [("20190304", "20190304"), ("1985.03.04", "19850304"), ("99910304", None), ("00010101", None)],
)
def test_a_retained_date_fits_a_table(typed: str, read: str | None) -> None:
    found = retained_date(film(StudyDate=typed), "StudyDate")
    assert found == (read and day(read))
    pd.to_datetime(pd.Series([found]))


@pytest.mark.parametrize(
    "attributes",
    [
        {"PatientAge": "090Y"},
        {"PatientAge": "105Y"},
        {"PatientAge": "999Y"},
        {"PatientAge": "91Y"},
        {"PatientAge": "91"},
        {"PatientAge": "1090M"},
        {"PatientAge": ["047Y", "095Y"]},
        {"PatientBirthDate": "19290304"},
        {"PatientAge": "085Y", "PatientBirthDate": "19290304"},
    ],
)
def test_over_89_no_date_leaves(attributes: dict[str, Any]) -> None:
    assert moved(StudyDate="20190304", ContentDate="20190304", **attributes) == dict.fromkeys(DATES)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"PatientAge": "089Y"},
        {"PatientAge": "999M"},
        {"PatientAge": "999D"},
        {"PatientAge": "047Y", "PatientBirthDate": "19000101"},
        {"PatientBirthDate": "19290305"},
        {"PatientBirthDate": "x"},
    ],
)
def test_up_to_89_dates_leave(attributes: dict[str, Any]) -> None:
    assert moved(StudyDate="20190304", **attributes)["StudyDate"] is not None


@given(
    born=st.dates(datetime.date(1901, 6, 1), datetime.date(2010, 1, 1)),
    visits=st.lists(
        st.dates(datetime.date(1990, 1, 2), datetime.date(2025, 1, 1)), min_size=2, max_size=6
    ),
)
def test_no_two_visits_tell_an_age_over_89(
    born: datetime.date, visits: list[datetime.date]
) -> None:
    """What an attacker adds up: an age that leaves, and the days from its visit to another one."""
    known = []
    for visit in visits:
        age = visit.year - born.year - ((visit.month, visit.day) < (born.month, born.day))
        typed = f"{max(age, 0):03d}Y"
        shown = moved(StudyDate=f"{visit:%Y%m%d}", PatientAge=typed)["StudyDate"]
        if shown is not None:
            known.append((shown, int((read(typed) or "000Y")[:3])))
    for first, age in known:
        for second, _ in known:
            assert age + (second - first).days / 365.2425 < 90.01


@pytest.mark.parametrize(
    ("studies", "patients"),
    [("oooo", "aabb"), ("ooyy", "aaaa"), ("ooyy", "abcd"), (["unassigned"] * 4, "aabb")],
)
def test_one_file_of_a_study_that_says_over_89_hides_the_dates_of_the_others(
    studies: Sequence[str], patients: str
) -> None:
    rows = [
        new_row(
            source_id=str(number),
            study_id=study,
            patient_id=patient,
            PatientAge="090Y" if number == 0 else "047Y" if number == 3 else None,
            StudyDate=datetime.date(2019, 3, 4),
            ContentDate=datetime.date(2019, 3, 4),
        )
        for number, (study, patient) in enumerate(zip(studies, patients, strict=True))
    ]
    hide_dates_of_the_old(rows)
    hidden = [row["StudyDate"] is row["ContentDate"] is None for row in rows]
    assert hidden == ([True] * 4 if set(studies) == {"o"} else [True, True, False, False])
    to_table(rows)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("094Y", "090Y"),
        ("999M", "999M"),
        ("1079M", None),
        ("130Y", "090Y"),
        ("999Y", None),
    ],
)
def test_ages_stop_at_ninety(age: str, shown: str | None) -> None:
    assert read(age) == shown


@pytest.mark.parametrize("age", ["45", "", "x", None])
def test_an_age_that_is_not_told_is_counted_from_the_dates(age: str | None) -> None:
    typed = {} if age is None else {"PatientAge": age}
    dataset = film(StudyDate="20200115", PatientBirthDate="19750115", **typed)
    assert shown_age(dataset) == ("045Y", "PatientBirthDate")


@pytest.mark.parametrize("age", ["000Y", "0D", "000M", "999Y"])
def test_an_age_that_is_no_age_is_counted_from_the_dates(age: str) -> None:
    dataset = film(StudyDate="20200115", PatientBirthDate="19750115", PatientAge=age)
    assert shown_age(dataset) == ("045Y", "PatientBirthDate")


@pytest.mark.parametrize("born", ["20200110", "19000101", ""])
def test_an_age_of_zero_stays_where_no_date_contradicts_it(born: str) -> None:
    dataset = film(StudyDate="20200115", PatientBirthDate=born, PatientAge="000Y")
    assert shown_age(dataset) == ("000Y", None)


def test_an_age_that_is_told_is_not_counted() -> None:
    dataset = film(StudyDate="20200115", PatientBirthDate="19750115", PatientAge="44Y")
    assert shown_age(dataset) == ("044Y", None)


@pytest.mark.parametrize(
    ("study", "born"),
    [
        ("20200115", "1975"),
        ("20200115", "197501"),
        ("20200115", "19000101"),
        ("20200115", "19700101"),
        ("20200115", "20200116"),
        ("20200115", "18931231"),
        ("20000101", "19750115"),
        ("2020", "19750115"),
        ("", "19750115"),
        ("29991231", "19750115"),
    ],
)
def test_no_age_is_counted_from_dates_that_are_none(study: str, born: str) -> None:
    assert shown_age(film(StudyDate=study, PatientBirthDate=born)) == (None, None)


def test_an_age_over_89_that_is_counted_stops_at_ninety_and_hides_the_dates() -> None:
    dataset = film(StudyDate="20200115", PatientBirthDate="19251231")
    assert shown_age(dataset) == ("090Y", "PatientBirthDate")
    assert moved_dates(dataset, SHIFT) == dict.fromkeys(DATES)


@pytest.mark.parametrize(
    "born", ["1925", "192501", "1.5.1925", "19250000", "30061925", "01011925", "1925-13-01"]
)
def test_a_birth_year_over_89_years_ago_hides_the_dates(born: str) -> None:
    assert moved(StudyDate="20190304", PatientBirthDate=born) == dict.fromkeys(DATES)
    assert moved(StudyDate="20190304", PatientBirthDate=born.replace("1925", "1975"))["StudyDate"]


@pytest.mark.parametrize("typed", ["20190304", "2019.03.04", "2019-03-04", "2019/03/04 "])
def test_a_whole_date_is_read(typed: str) -> None:
    assert retained_date(film(StudyDate=typed), "StudyDate") == day("20190304")


@pytest.mark.parametrize(
    "typed", ["2019", "201903", "2019-3-4", "1.1.2019", "04.03.2019", "2019-03.04", "03042019"]
)
def test_a_date_of_too_few_digits_or_another_order_is_not_guessed(typed: str) -> None:
    assert retained_date(film(StudyDate=typed), "StudyDate") is None


def test_a_conversion_gives_no_shift_and_no_age_over_89_away(tmp_path: Any) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    visits = [("1", "20100304", "085Y"), ("2", "20160304", "091Y"), ("3", "20110304", "086Y")]
    for study, date, age in visits:
        (dump / study).write_bytes(
            make_dicom(
                study=study,
                PatientID="one",
                StudyDate=date,
                PatientAge=age,
                SeriesDate="19000101",
                AcquisitionDate="99991231",
                ContentDate=date,
            )
        )
    (dump / "4").write_bytes(
        make_dicom(study="2", instance="2", PatientID="one", StudyDate="20160304", PatientAge=None)
    )
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw")
    assert table.SeriesDate.isna().all()
    assert table.AcquisitionDate.isna().all()
    assert table.PatientAge.dropna().tolist().count("090Y") == 1
    days = pd.to_datetime(table.StudyDate).dropna().sort_values()
    assert len(days) == 2
    assert (days.iloc[1] - days.iloc[0]).days == 365
