"""How old a patient was, as machines write it or as two dates tell it. What of it may leave stands
in dates.py."""

from __future__ import annotations

import datetime
import re

OLDEST_SHOWN = 89
"""Years. Who is older is as good as named (45 CFR 164.514(b)(2)(i)(C))."""
OLDEST = f"{OLDEST_SHOWN + 1:03d}Y"
"""The age of all who are older."""

OLDEST_EVER = 125
"""Years. A birth date that makes somebody older is a placeholder."""
_OLDEST_READ = 130
"""Years. An age over this is a placeholder, such as 999Y; one up to it may be that of somebody."""
_YEARS_IN_YEARS = 2
"""From how many years on an age that is counted from dates is told in years."""
_MOST = 999
"""The largest number that fits an AS value."""
_WORDS = {
    word: unit
    for unit, words in {
        "D": "D DAY DAYS TAG TAGE JOUR JOURS DIA DIAS GIORNI",
        "W": "W WK WKS WEEK WEEKS WOCHE WOCHEN SEMAINE SEMAINES SEMANA SEMANAS SETTIMANE",
        "M": "M MO MOS MTH MTHS MONTH MONTHS MONAT MONATE MOIS MES MESES MESI",
        "Y": "Y YR YRS YEAR YEARS YO J JAHR JAHRE A AN ANS AÑO AÑOS ANO ANOS ANNI ANNO",
    }.items()
    for word in words.split()
}
"""Unit of an age, also written out -> the letter that an AS value has (PS3.5 section 6.2)."""
_NUMBER_FIRST = re.compile(r"([0-9]{1,4})\s*([^\W\d_]+)\.?")
_UNIT_FIRST = re.compile(r"([DWMY])\s*([0-9]{1,4})")
_TYPED = re.compile(r"0*([0-9]{1,4})\s*([DWMY]?)")
_DAYS = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25, "": 365.25}


def read_age(typed: str) -> str | None:
    """An age as an AS value (PS3.5 section 6.2), such as `045Y`, from a text that holds a number
    and its unit: `45Y`, `045y`, `45 years`. None for a number alone, which may be years or months,
    for what is no age (over 130 years), and for anything else."""
    text = typed.strip(" \0\t").upper()
    if turned := _UNIT_FIRST.fullmatch(text):
        text = turned[2] + turned[1]
    match = _NUMBER_FIRST.fullmatch(text)
    unit = _WORDS.get(match[2]) if match else None
    if match is None or unit is None or int(match[1]) > _MOST:
        return None
    if in_years(match[1], unit) > _OLDEST_READ:
        return None
    return f"{int(match[1]):03d}{unit}"


def age_on(day: datetime.date, born: datetime.date) -> str | None:
    """The completed age on a day, as an AS value: in years from two years on, else in
    months: the days of an infant would tell its birthday. None where the birth came later, or
    longer ago than anybody lives."""
    if born > day:
        return None
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    if months >= 12 * _YEARS_IN_YEARS:
        return f"{months // 12:03d}Y" if months // 12 <= OLDEST_EVER else None
    return f"{months:03d}M"


def stop_at_ninety(age: str) -> str:
    """An AS value, or the age of all who are over 89 years."""
    return age if in_years(age[:-1], age[-1]) <= OLDEST_SHOWN else OLDEST


def is_zero(age: str) -> bool:
    """Whether an AS value says 0 of whatever unit: a newborn's age, or an empty field."""
    return int(age[:-1]) == 0


def may_be_over_89(typed: str) -> bool:
    """Whether an age, however it is typed, may be over 89: a number without a unit counts as
    years."""
    return any(in_years(number, unit) > OLDEST_SHOWN for number, unit in _TYPED.findall(typed))


def in_years(number: str, unit: str) -> int:
    """Completed years."""
    return int(int(number) * _DAYS[unit] / _DAYS["Y"])
