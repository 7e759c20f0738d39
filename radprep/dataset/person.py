"""What a row says of a person's decisions on its image: an entry of `history` for each, and in
`decisions` what was decided, by whom and when."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

PERSON = "person"
"""Name of a person's decisions in the column `decisions`: field -> what was decided."""

ACCEPTED = "accepted"
"""The word for a film that a person looked at and left as it is."""

_REVIEWER = re.compile("r-[0-9a-f]{8}")
_ENTRY = re.compile(rf"{PERSON}_([a-z_]+)@.*")


def entry_name(word: str) -> str:
    """What an entry of `history` begins with. word: what was decided, as `words_in` returns it."""
    return f"{PERSON}_{word}"


def is_by_person(entry: str) -> bool:
    """Whether an entry of `history` is a person's decision, and not a step."""
    return _ENTRY.fullmatch(entry) is not None


def words_in(history: Iterable[str] | None) -> list[str]:
    """What a person decided of an image, each once, in order: ACCEPTED, rejected, kept, or the
    field that was changed."""
    found = (_ENTRY.fullmatch(entry) for entry in history or ())
    return sorted({entry[1] for entry in found if entry})


def accepted_marks(decisions: Mapping[str, Any]) -> list[str]:
    """The marks that a person accepted. decisions: the column, parsed."""
    marks: list[str] = decisions.get(PERSON, {}).get("review", {}).get(ACCEPTED, [])
    return marks


def is_reviewer(text: str) -> bool:
    """Whether a text is a code that stands for a person, as the page makes it."""
    return _REVIEWER.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether a text is a day, as 2026-11-28."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_said_by_person(found: Mapping[str, Any]) -> bool:
    """Whether the entry PERSON of `decisions` is what we write: field -> what was decided, which
    names a reviewer only by a code."""
    return all(isinstance(one, dict) and _is_decision(one) for one in found.values())


def _is_decision(one: Mapping[str, Any]) -> bool:
    reviewer, date, marks = one.get("reviewer", ""), one.get("date", ""), one.get(ACCEPTED, [])
    return (
        isinstance(one.get("value"), (bool, int, float, str, type(None)))
        and isinstance(reviewer, str)
        and (not reviewer or is_reviewer(reviewer))
        and isinstance(date, str)
        and (not date or is_day(date))
        and isinstance(marks, list)
        and all(isinstance(mark, str) for mark in marks)
    )
