"""Which dates of a film may leave, moved or as they are, and which ages.

One shift moves all dates of a patient. A date that somebody can guess, such as the 1 January 1900
of an empty field, would therefore give away every other one: only dates that hold together leave.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Sequence

import pydicom

from radprep.dataset.names import UNASSIGNED
from radprep.dataset.schema import Row
from radprep.dicom import header
from radprep.dicom.ages import (
    OLDEST,
    OLDEST_EVER,
    OLDEST_SHOWN,
    age_on,
    in_years,
    is_zero,
    may_be_over_89,
    read_age,
    stop_at_ninety,
)

DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
"""The attributes that are dates; the first is the one that the others are held against."""
DAYS_FROM_STUDY = 30
"""Days that a film may be older or newer than its study."""
FIRST_DAY = datetime.date(1990, 1, 1)
"""DICOM is younger than this; what is older is a placeholder, or the date of a film of plastic."""

_RESET_CLOCKS = frozenset(datetime.date(year, 1, 1) for year in (1990, 2000, 2001))
"""Where clocks begin again when their battery is empty."""
_LAST_TIME_ZONE = datetime.timedelta(hours=14)
_DATE = re.compile(r"([0-9]{4})([-./]?)([0-9]{2})\2([0-9]{2})")
"""DA (PS3.5 section 6.2), with the dots of ACR-NEMA and the hyphens of ISO 8601 allowed. With fewer
digits, or the year last, a day would have to be guessed."""
_YEAR = re.compile(r"^[0-9]{4}|[0-9]{4}$")
"""What may be the year of a date that is not read as a day: its first four digits, and its last."""
_OLDEST_READ, _NEWEST_READ = datetime.date(1700, 1, 1), datetime.date(2200, 12, 31)
"""What pandas can hold (1677 to 2262), whole centuries of it."""
_UNKNOWN_BIRTH_DATES = frozenset(
    {
        *(datetime.date(year, 1, 1) for year in (1753, 1800, 1850, 1900, 1901)),
        datetime.date(1899, 12, 30),
        datetime.date(1899, 12, 31),
    }
)
"""What forms and databases write where nobody knows it."""
_UNKNOWN_YEARS = frozenset(day.year for day in _UNKNOWN_BIRTH_DATES)
_FIRST_DAY_OF_CLOCKS = datetime.date(1970, 1, 1)
"""Where computers count from: more often an empty field than a birthday."""


def moved_dates(dataset: pydicom.Dataset, days_earlier: int) -> dict[str, datetime.date | None]:
    """The dates of a film, moved into the past; None for each that may not leave.

    A study's date leaves if it is from 1990 on, no clock's first day and not in the future, and if
    the patient was not over 89; the others leave if they are at most 30 days from it besides.
    Without the study's date none leaves: nothing tells a placeholder from a date then.
    """
    dates = {keyword: _read(dataset, keyword) for keyword in DATES}
    study = dates[DATES[0]]
    if study is None or not _is_plausible(study) or _is_over_89(dataset, study):
        return dict.fromkeys(DATES)
    shift, tolerance = datetime.timedelta(days_earlier), datetime.timedelta(DAYS_FROM_STUDY)
    return {
        keyword: day - shift
        if day is not None and _is_plausible(day) and abs(day - study) <= tolerance
        else None
        for keyword, day in dates.items()
    }


def retained_date(dataset: pydicom.Dataset, keyword: str) -> datetime.date | None:
    """A date as it stands, for `--retain`; None outside the years that tables can hold."""
    return _read(dataset, keyword)


def shown_age(dataset: pydicom.Dataset) -> tuple[str | None, str | None]:
    """The age of a patient as an AS value (PS3.5 section 6.2) that stops at 90 years, and the
    keyword of the attribute that it was counted from where PatientAge does not tell it.

    It is counted from the dates as they stand in the file, before they are moved, and only where
    the study's date is one that may leave. An age of 0 that the dates contradict is an empty field.
    """
    typed = header.text(dataset, "PatientAge")
    age = read_age(typed) if typed else None
    counted = _counted_age(dataset) if age is None or is_zero(age) else None
    if age is not None and (counted is None or in_years(counted[:-1], counted[-1]) == 0):
        return stop_at_ninety(age), None
    return (stop_at_ninety(counted), "PatientBirthDate") if counted else (None, None)


def hide_dates_of_the_old(rows: Sequence[Row]) -> None:
    """Take the dates from all rows of a study of which one says that the patient is over 89:
    another file may not say so, and may carry another PatientID of the same patient. Where the
    study is unknown, from all rows of the patient."""
    of_patient: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        is_placed = row["study_id"] != UNASSIGNED
        of_patient[row["study_id"] if is_placed else row["patient_id"]].append(row)
    for patient, mine in of_patient.items():
        if patient is not None and any(row["PatientAge"] == OLDEST for row in mine):
            for row in mine:
                row["StudyDate"] = row["SeriesDate"] = None
                row["AcquisitionDate"] = row["ContentDate"] = None


def _counted_age(dataset: pydicom.Dataset) -> str | None:
    """The age by the dates of study and birth; None where one of them cannot be believed. Of a
    birth date that has no day, only that it is of somebody over 89."""
    study, born = _read(dataset, DATES[0]), _birth_date(dataset)
    if study is None or not _is_plausible(study) or born == _FIRST_DAY_OF_CLOCKS:
        return None
    if born is None:
        return OLDEST if _is_of_old_year(dataset, study) else None
    return age_on(study, born)


def _read(dataset: pydicom.Dataset, keyword: str) -> datetime.date | None:
    """The only value of a DA attribute, None where it is no day or there are several."""
    found = header.values(dataset, keyword)
    match = _DATE.fullmatch(str(found[0]).strip(" \0")) if len(found) == 1 else None
    if match is None:
        return None
    try:
        day = datetime.date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None
    return day if _OLDEST_READ <= day <= _NEWEST_READ else None


def _is_plausible(day: datetime.date) -> bool:
    """Whether a film can have been taken that day. The only answer that depends on when it is
    asked, and only for a day that has begun nowhere on earth."""
    begun = datetime.datetime.now(datetime.UTC) + _LAST_TIME_ZONE
    return FIRST_DAY <= day <= begun.date() and day not in _RESET_CLOCKS


def _is_over_89(dataset: pydicom.Dataset, study: datetime.date) -> bool:
    """Whether the age, however it is typed, or the birth date says so. Without its dates a film
    after the 90th birthday cannot be counted from an earlier one that shows an age."""
    typed = " ".join(str(value) for value in header.values(dataset, "PatientAge")[:2]).upper()
    if may_be_over_89(typed):
        return True
    born = _birth_date(dataset)
    if born is None:
        return _is_of_old_year(dataset, study)
    birthday_is_to_come = (study.month, study.day) < (born.month, born.day)
    return study.year - born.year - birthday_is_to_come > OLDEST_SHOWN


def _birth_date(dataset: pydicom.Dataset) -> datetime.date | None:
    """The day of birth, None where nobody knows it."""
    born = _read(dataset, "PatientBirthDate")
    return None if born in _UNKNOWN_BIRTH_DATES else born


def _is_of_old_year(dataset: pydicom.Dataset, study: datetime.date) -> bool:
    """Whether a birth date of which only the year can be read may be over 89 years ago."""
    typed = header.text(dataset, "PatientBirthDate") or ""
    years = {int(year) for year in _YEAR.findall(typed)} - _UNKNOWN_YEARS
    return any(OLDEST_SHOWN < study.year - year <= OLDEST_EVER for year in years)
