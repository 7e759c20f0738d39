"""What a row says of a person's decisions on its image: an entry of `history` for each, and in
`decisions` what was decided, by whom and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

PERSON = "person"
"""Name of a person's decisions in the column `decisions`: field -> what was decided."""

ACCEPTED = "accepted"
"""The word for a film that a person looked at and left as it is."""

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
    said = decisions.get(PERSON, {}).get("review", {})
    marks = said.get(ACCEPTED, []) if isinstance(said, dict) else []
    return [mark for mark in marks if isinstance(mark, str)] if isinstance(marks, list) else []
