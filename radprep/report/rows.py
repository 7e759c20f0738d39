"""The rows as scripts: a page opened from a disk may load scripts, but not read files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypedDict, TypeVar

from radprep.dataset.boxes import as_written, boxes_in
from radprep.dataset.person import words_in
from radprep.dataset.schema import KEPT, Row
from radprep.report.facts.accounting import level_of
from radprep.report.facts.material import Material, decisions_of
from radprep.report.facts.review import confidence
from radprep.report.pictures.examples import placeholder
from radprep.report.pictures.steps import StepPicture
from radprep.report.pictures.thumbnails import thumbnail_name
from radprep.stage.acceptance import acceptance_of

Number = TypeVar("Number", int, float)

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
    "maker",
    "photometric",
    "review",
    "seen",
    "person",
    "risk",
    "panels",
    "boxes",
)
"""Columns that hold few values: each is written once, and rows hold its number."""


_SEVERAL = "|"
"""What stands between several names in one text."""


class PageRow(TypedDict):
    """What the page knows of a row.

    id: of the image, else of the file. image: 1 where the row is an image. level: how far it came
    (accounting.level_of). why: `step:reason`. text: BodyPartExamined; part: what it was read as.
    review, panels, person: names with `|` between them; person: what a person decided before.
    seen: words of an acceptance that do not follow from the other columns. inverted: 0 or 1. turn:
    degrees. film: image_id of the film it was made from. boxes: those drawn on the film before
    anything was cut, as corrections write them, "" where nobody has said whether there are any;
    boxesHere: how many this image shows; filmWidth, filmHeight: of the film it was made from, else
    of itself, pixels. hidden: why a picture of it is withheld,
    and where the image is. after, before, steps: what the pictures' names end with. sure: how sure
    each step was, 0 to 1.
    """

    id: str
    image: int
    level: int
    patient: str | None
    study: str
    label: str | None
    status: str
    why: str
    detail: str
    text: str | None
    part: str | None
    machine: str
    maker: str
    photometric: str | None
    risk: str | None
    review: str
    seen: str
    person: str
    inverted: int
    turn: float
    parts: int
    width: int
    height: int
    sourceWidth: int
    sourceHeight: int
    film: str
    boxes: str
    boxesHere: int
    filmWidth: int
    filmHeight: int
    hidden: str
    after: str
    before: str
    steps: str
    panels: str
    sure: dict[str, float]


def page_rows(
    material: Material, missing: frozenset[str], step_pictures: Mapping[str, StepPicture]
) -> list[PageRow]:
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
    """The decisions of the rows and the files of their images, relative to the data set, CARD_ROWS
    at a time. The file of an image whose picture is withheld is not named here: nothing of the page
    opens it."""
    for start in range(0, len(material.rows), CARD_ROWS):
        yield [
            {
                "decisions": decisions_of(row),
                "file": row["file_name"] if material.is_drawn(row) else "",
            }
            for row in material.rows[start : start + CARD_ROWS]
        ]


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
) -> PageRow:
    film = material.drawn_film_of(row)
    before = thumbnail_name(material, film) if film else ""
    drawn_on = film or row
    return {
        "id": row["image_id"] or row["source_id"],
        "image": int(row["image_id"] is not None),
        "level": level_of(row, material.step_names),
        "patient": row["patient_id"],
        "study": row["study_id"],
        "label": row["label"],
        "status": row["status"],
        "why": _why(row),
        "detail": _text(row["detail"]),
        "text": row["BodyPartExamined"],
        "part": row["body_part"],
        "machine": _machine(row),
        "maker": _text(row["Manufacturer"]),
        "photometric": row["PhotometricInterpretation"],
        "risk": row["burned_in_risk"],
        "review": _SEVERAL.join(row["review"]),
        "seen": _seen(row),
        "person": _SEVERAL.join(words_in(row["history"])),
        "inverted": int(bool(row["inverted"])),
        "turn": _number(row["rotation_degrees"]),
        "parts": _number(row["part_count"]),
        "width": _number(row["width"]),
        "height": _number(row["height"]),
        "sourceWidth": _number(row["Columns"]),
        "sourceHeight": _number(row["Rows"]),
        "film": film["image_id"] if film else "",
        "boxes": _boxes(material, row),
        "boxesHere": len(boxes_in(row["boxes"])) if row["status"] == KEPT else 0,
        "filmWidth": _number(drawn_on["width"]),
        "filmHeight": _number(drawn_on["height"]),
        "hidden": placeholder(material, row),
        "after": _hash(_thumbnail(material, row), missing),
        "before": _hash(before, missing),
        "steps": _hash(steps.name if steps else "", missing),
        "panels": _SEVERAL.join(steps.panels if steps else ()),
        "sure": _sure(material, row),
    }


def _seen(row: Row) -> str:
    """What a person accepts of an image besides what the page knows by itself."""
    if row["status"] != KEPT:
        return ""
    known = (*row["review"], "inverted", "parts", "rotation_degrees")
    words = acceptance_of(row).split()[1:]
    return " ".join(word for word in words if word.partition("=")[0] not in known)


def _number(value: Number | None) -> Number | int:
    """A number that is not known is 0 on the page."""
    return value or 0


def _boxes(material: Material, row: Row) -> str:
    found = material.boxes_of_film(row)
    return "" if found is None else as_written(found)


def _text(value: str | None) -> str:
    """A text that is not known is empty on the page."""
    return value or ""


def _why(row: Row) -> str:
    """The step and its reason for not keeping the row; empty where it was kept."""
    return "" if row["status"] == KEPT else f"{row['step']}:{row['reason']}"


def _machine(row: Row) -> str:
    """Maker and model, as far as they are known."""
    return " ".join(filter(None, (row["Manufacturer"], row["ManufacturerModelName"])))


def _sure(material: Material, row: Row) -> dict[str, float]:
    """How sure each step was, of those that said so."""
    decisions = decisions_of(row)
    said = {step["name"]: confidence(step["name"], row, decisions) for step in material.steps}
    return {step: value for step, value in said.items() if value is not None}


def _thumbnail(material: Material, row: Row) -> str:
    """The picture of an image that the page shows; "" of any other row."""
    return thumbnail_name(material, row) if material.is_drawn(row) else ""


def _hash(name: str, missing: frozenset[str]) -> str:
    """What a picture's name ends with: the page puts the image_id before it. "" where there is no
    picture."""
    return "" if not name or name in missing else PurePosixPath(name).stem.rpartition("-")[2]
