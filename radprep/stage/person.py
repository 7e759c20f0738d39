"""A person's decisions on an image, written into its row: what was decided, by whom and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radprep.dataset.box_decisions import BOXES
from radprep.dataset.layout import DataSet
from radprep.dataset.person import ACCEPTED, PERSON, accepted_marks, entry_name, is_by_person
from radprep.dataset.schema import KEPT, REJECTED, Row
from radprep.dataset.withheld import CORRECTION, family
from radprep.errors import UsageError
from radprep.stage.acceptance import REVIEW, acceptance_of, holds
from radprep.stage.corrections import (
    STATUS,
    VERSION,
    Corrections,
    Decision,
    KnownImage,
    Value,
    some_of,
    wanted,
)
from radprep.steps.base import entry_of

_OF_FILM = ("inverted", "parts", BOXES)
"""What is decided of a film before it is cut, so that its parts have it, too."""


def history_entry(field: str, value: Value | None) -> str:
    """What stands in an image's history for a decision of a person."""
    word = ACCEPTED if field == REVIEW else str(value) if field == STATUS else field
    return entry_of(entry_name(word), VERSION, {field: value})


def sign(row: Row, corrections: Corrections) -> None:
    """Write into a row, when all steps are done, what a person decided of its image. One that was
    accepted loses its marks, unless it is no longer what the person saw."""
    found = _decisions_on(row, corrections) if corrections else {}
    if not found:
        return
    said: dict[str, Any] = {}
    decisions = json.loads(row["decisions"] or "{}")
    for field, decision in sorted(found.items()):
        said[field] = _said(decision)
        if field == REVIEW:
            if not holds(str(decision.value), row):
                said[field]["outdated"] = True
                continue
            said[field][ACCEPTED] = sorted({*row["review"], *accepted_marks(decisions)})
            row["review"] = []
        entry = history_entry(field, decision.value)
        if entry not in row["history"]:
            row["history"] = [*row["history"], entry]
    decisions[PERSON] = {**decisions.get(PERSON, {}), **said}
    row["decisions"] = json.dumps(decisions, sort_keys=True)


def said_of(row: Row, field: str) -> Value | None:
    """What a row says that a person wanted of a field; None where it says nothing of it."""
    decisions = json.loads(row["decisions"] or "{}")
    value: Value | None = decisions.get(PERSON, {}).get(field, {}).get("value")
    return value


def unsigned(row: Row) -> Row:
    """A row of an earlier run without what a person decided then: its marks are to be looked at
    again."""
    decisions = json.loads(row["decisions"] or "{}")
    if PERSON not in decisions:
        return row
    marks = [*row["review"], *accepted_marks(decisions)]
    del decisions[PERSON]
    return {
        **row,
        "review": marks,
        "history": [entry for entry in row["history"] if not is_by_person(entry)],
        "decisions": json.dumps(decisions, sort_keys=True),
    }


def with_what_was_seen(
    given: Corrections, out: DataSet, known: Mapping[str, KnownImage], path: Path
) -> Corrections:
    """The same where a person wrote `accepted` alone: that means what OUT holds now. known: its
    images. Raises UsageError where it holds no such image."""
    bare = sorted(
        image_id
        for image_id, fields in given.items()
        if REVIEW in fields and fields[REVIEW].value == ACCEPTED
    )
    absent = [name for name in bare if name not in known or known[name].status != KEPT]
    if absent:
        raise UsageError(
            f"{path} accepts images that OUT does not hold: {some_of(absent)}. Only what was made "
            "and kept can be looked at. Take these lines out; to keep a rejected film, say "
            "`status,kept`."
        )
    rows = {
        row["image_id"]: row
        for study_id in sorted({known[name].study_id for name in bare})
        for row in out.rows(study_id)
    }
    seen = {name: acceptance_of(rows[name]) for name in bare}
    return {
        name: {
            field: decision._replace(value=seen[name])
            if field == REVIEW and name in seen
            else decision
            for field, decision in fields.items()
        }
        for name, fields in given.items()
    }


def _said(decision: Decision) -> dict[str, Any]:
    """A decision as JSON; by whom and when as far as the person said it."""
    signed = {"reviewer": decision.reviewer, "date": decision.date}
    return {"value": decision.value, **{name: text for name, text in signed.items() if text}}


def _decisions_on(row: Row, corrections: Corrections) -> dict[str, Decision]:
    """What a person decided of the image of a row, and had its way: nothing where a step or a fault
    ended it."""
    names = family(row["image_id"] or "")
    if row["status"] == REJECTED and row["reason"] == CORRECTION:
        by = next((name for name in names if wanted(corrections, name, STATUS) == REJECTED), None)
        return {} if by is None else {STATUS: corrections[by][STATUS]}
    if row["status"] != KEPT:
        return {}
    own, *films = (corrections.get(name, {}) for name in names)
    inherited = {
        field: fields[field] for fields in reversed(films) for field in _OF_FILM if field in fields
    }
    found = {**inherited, **own}
    if STATUS in found and history_entry(STATUS, KEPT) not in row["history"]:
        del found[STATUS]  # no step wanted anything else
    return found
