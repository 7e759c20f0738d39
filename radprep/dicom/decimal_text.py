"""Numbers as makers write them: PS3.5 section 6.2 knows one way to write a decimal string, machines
know more."""

from __future__ import annotations

import math
import re
from typing import Any

_MOST_CHARACTERS = 64
"""The Standard has 16; some machines print every digit of a binary number. More is no number."""

_NUMBER = re.compile(
    r"(?P<sign>[+\-\u2212]?) *(?P<digits>\d[\d.,']*|[.,]\d+)(?:[eEdD](?P<power>[+-]?\d{1,4}))?"
    r"(?: *(?![eEdD]$)(?:[A-Za-z%\u00b5\u00b0/]{1,12}))?",
    re.ASCII,
)
"""A sign, digits with what stands between them, a power of ten (E, or the D of Fortran), a unit,
which a power that was cut off is not."""

_GROUPS = re.compile(r"[1-9]\d{0,2}([.,'])\d{3}(?:\1\d{3})*|\d{1,3}", re.ASCII)
"""Digits in groups of three, which may be thousands; no number of thousands begins with a zero."""


def number(value: Any) -> float | None:
    """A value of a header as a finite number; None where it is none, or where nobody knows which.

    A comma may be the decimal one (20,8). Where a comma or point could as well part thousands
    (1,024), nobody knows. A point alone is the decimal one, as in the Standard. Padding, a sign, a
    power of ten and a unit behind the number do no harm.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        return _of_text(value)
    original = getattr(value, "original_string", None)
    if isinstance(original, str):
        return _of_text(original)
    try:
        return _finite(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: it is missing, or made of padding."""
    return value is None or (isinstance(value, str) and not value.strip(" \0\t\r\n"))


def _of_text(text: str) -> float | None:
    stripped = text.strip(" \0\t\r\n\"'")
    found = _NUMBER.fullmatch(stripped) if len(stripped) <= _MOST_CHARACTERS else None
    digits = _with_point(found["digits"]) if found else None
    if found is None or digits is None:
        return None
    sign = "-" if found["sign"] in ("-", "\u2212") else ""
    return _finite(float(f"{sign}{digits}e{found['power'] or 0}"))


def _with_point(digits: str) -> str | None:
    """Digits with a decimal point or none. None where it is not clear which mark is the decimal
    one."""
    marks = [mark for mark in digits if not mark.isdigit()]
    if not marks or marks == ["."]:
        return digits
    if len(set(marks)) == 1:
        if marks[0] != "'" and len(marks) == 1:
            return None if _GROUPS.fullmatch(digits) else digits.replace(",", ".")
        return digits.replace(marks[0], "") if _GROUPS.fullmatch(digits) else None
    # two kinds of mark: the last one is the decimal one, the others part thousands
    whole, _, fraction = digits.rpartition(marks[-1])
    grouped = _GROUPS.fullmatch(whole)
    return f"{''.join(filter(str.isdigit, whole))}.{fraction}" if grouped and fraction else None


def _finite(found: float) -> float | None:
    return found if math.isfinite(found) else None
