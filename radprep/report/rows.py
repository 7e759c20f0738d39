"""The rows as scripts: a page opened from a disk may load scripts, but not read files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from radprep.dataset.schema import KEPT, Row
from radprep.report.accounting import level_of
from radprep.report.material import Material, decisions_of
from radprep.report.pictures import thumbnail_name
from radprep.report.review import confidence
from radprep.report.step_pictures import StepPicture

CARD_ROWS = 250
"""Rows whose decisions stand in one script: they are loaded when a card is opened."""

_CODED = (
    "patient",
    "study",
    "label",
    "status",
    "why",
    "text",
    "part",
    "machine",
    "photometric",
    "review",
    "risk",
    "panels",
)
"""Columns that hold few values: each is written once, and rows hold its number."""


def page_rows(
    material: Material, missing: frozenset[str], step_pictures: Mapping[str, StepPicture]
) -> list[dict[str, Any]]:
    """What the page knows of each row; rows without an image are named by their file.

    missing: names of pictures that could not be made; step_pictures: image_id -> the picture of its
    steps.
    """
    return [
        _page_row(material, row, missing, step_pictures.get(row["image_id"]))
        for row in material.rows
    ]


def as_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same by column, values of _CODED columns as places in `values`: a fifth of the bytes."""
    values: dict[str, list[Any]] = {
        name: list(dict.fromkeys(row[name] for row in rows)) for name in _CODED
    }
    places = {
        name: {value: place for place, value in enumerate(found)} for name, found in values.items()
    }
    columns = {
        name: [places[name][row[name]] if name in places else row[name] for row in rows]
        for name in (rows[0] if rows else ())
    }
    return {"values": values, "columns": columns}


def cards(material: Material) -> Iterator[list[dict[str, Any]]]:
    """The decisions of the rows, CARD_ROWS at a time."""
    for start in range(0, len(material.rows), CARD_ROWS):
        yield [decisions_of(row) for row in material.rows[start : start + CARD_ROWS]]


def script(call: str, *values: Any) -> str:
    """A script that hands JSON values to a function of the page. Nothing in them can end the script
    or break a line of it."""
    texts = (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        for value in values
    )
    text = f"{call}({','.join(texts)});\n"
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _page_row(
    material: Material, row: Row, missing: frozenset[str], steps: StepPicture | None
) -> dict[str, Any]:
    film, kept = material.film_of(row), row["status"] == KEPT
    after = thumbnail_name(row["image_id"], row["pixel_hash"]) if kept else ""
    before = thumbnail_name(film["image_id"], film["pixel_hash"]) if film else ""
    decisions = decisions_of(row)
    sure = {step["name"]: confidence(step["name"], row, decisions) for step in material.steps}
    return {
        "id": row["image_id"] or row["source_id"],
        "image": int(row["image_id"] is not None),
        "level": level_of(row),
        "patient": row["patient_id"],
        "study": row["study_id"],
        "label": row["label"],
        "status": row["status"],
        "why": "" if kept else f"{row['step']}:{row['reason']}",
        "detail": row["detail"] or "",
        "text": row["BodyPartExamined"],
        "part": row["body_part"],
        "machine": " ".join(filter(None, (row["Manufacturer"], row["ManufacturerModelName"]))),
        "photometric": row["PhotometricInterpretation"],
        "risk": row["burned_in_risk"],
        "review": "|".join(row["review"]),
        "inverted": int(bool(row["inverted"])),
        "turn": row["rotation_degrees"] or 0,
        "parts": row["part_count"] or 0,
        "width": row["width"] or 0,
        "height": row["height"] or 0,
        "sourceWidth": row["Columns"] or 0,
        "sourceHeight": row["Rows"] or 0,
        "film": film["image_id"] if film else "",
        "after": _hash(after, missing),
        "before": _hash(before, missing),
        "steps": _hash(steps.name, missing) if steps else "",
        "panels": "|".join(steps.panels) if steps else "",
        "sure": {step: value for step, value in sure.items() if value is not None},
    }


def _hash(name: str, missing: frozenset[str]) -> str:
    """What a picture's name ends with: the page puts the image_id before it."""
    return "" if not name or name in missing else PurePosixPath(name).stem.rpartition("-")[2]
