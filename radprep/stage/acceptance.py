"""What a person accepts of a film: its marks for review, and what the film was like.

An acceptance is a text that names both, such as `accepted colour_inversion:unsure inverted=false
rotation_degrees=12.5 parts=1`. It holds as long as that is what the film is: a mark that the person
did not see, or another outcome, and the film is to be looked at again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from radprep.burned_in.places import boxes_as_text, boxes_in
from radprep.dataset.keys import key_of
from radprep.dataset.person import ACCEPTED, accepted_marks
from radprep.dataset.schema import Row

REVIEW = "review"
"""The field of corrections by which a film is accepted."""

SAME_DEGREES = 1.0
"""Turns that differ by less are the same to a person who looks; other versions of a library differ
by much less."""

_MARK = re.compile("[a-z0-9_]{1,64}:[a-z0-9_]{1,64}")
_FACT = re.compile(
    "inverted=(true|false)|rotation_degrees=-?[0-9]{1,3}([.][0-9]{1,9})?"
    "|parts=[0-9]{1,5}|(body_part|text)=[0-9a-f]{8}"
)
_MOST_MARKS = 64


def canonical(text: str) -> str | None:
    """An acceptance as a person or the page wrote it, marks in order; None where it is none."""
    first, *words = text.lower().split() or [""]
    marks = sorted({word for word in words if _MARK.fullmatch(word)})
    facts = {word.partition("=")[0]: word for word in words if _FACT.fullmatch(word)}
    if first != ACCEPTED or len(marks) + len(facts) != len({*words}) or len(marks) > _MOST_MARKS:
        return None
    return " ".join([ACCEPTED, *marks, *(facts[name] for name in sorted(facts))])


def acceptance_of(row: Row) -> str:
    """What a person who looks at the image of a kept row accepts."""
    decisions = json.loads(row["decisions"] or "{}")
    marks = sorted({*row["review"], *accepted_marks(decisions)})
    facts = _facts(row)
    if not any(mark.startswith("anatomic_filter:") for mark in marks):
        del facts["body_part"]
    return " ".join([ACCEPTED, *marks, *(f"{name}={facts[name]}" for name in sorted(facts))])


def holds(acceptance: str, row: Row) -> bool:
    """Whether a row has no other marks than those accepted, and its image is what was accepted."""
    words = acceptance.split()[1:]
    accepted = dict(word.split("=") for word in words if "=" in word)
    return {*row["review"]} <= {*words} and _same(accepted, _facts(row))


def _facts(row: Row) -> dict[str, str]:
    """What an image is like, as far as steps decide it and a person sees it."""
    facts = {
        "body_part": key_of(row["body_part"])[:8],
        "inverted": str(bool(row["inverted"])).lower(),
        "parts": str(row["part_count"] or 1),
        "rotation_degrees": f"{row['rotation_degrees'] or 0.0:.1f}".removesuffix(".0"),
    }
    boxes = boxes_in(row["decisions"])
    return facts | ({"text": key_of(boxes_as_text(boxes))[:8]} if boxes else {})


def _same(accepted: Mapping[str, str], now: Mapping[str, Any]) -> bool:
    """Whether an image is as it was accepted; a turn of 359.5 degrees is one of -0.5."""
    turns = [float(facts.get("rotation_degrees", 0)) for facts in (accepted, now)]
    between = abs(turns[0] - turns[1]) % 360
    return (
        min(between, 360 - between) <= SAME_DEGREES
        and accepted.get("body_part") in (None, now["body_part"])
        and all(accepted.get(name) == now.get(name) for name in ("inverted", "parts", "text"))
    )
