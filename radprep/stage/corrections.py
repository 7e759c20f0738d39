"""Corrections by a person: corrections.csv, read, and remembered in the data set that was made with
them.

One line a correction: image_id, field, value and, where the person says so, reviewer and date. A
value is absolute: what the field is in the end, whatever the steps see. It belongs to the image
that has the image_id in the end; `inverted` and `parts` of a film (an image of the source) are
decided before it is cut, so its parts inherit `inverted` unless they have a line of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from radprep.burned_in.places import BURNED_IN, boxes_as_text, boxes_of
from radprep.dataset.box_decisions import BOXES
from radprep.dataset.boxes import as_written, drawn_by_person, unknown_label
from radprep.dataset.counts import rows_by_study
from radprep.dataset.durable import write_whole
from radprep.dataset.image_id import ImageId
from radprep.dataset.info import Info
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.dataset.person import is_day, is_reviewer
from radprep.dataset.schema import KEPT, REJECTED
from radprep.dataset.withheld import family
from radprep.errors import UsageError
from radprep.image.image import wrap_degrees
from radprep.stage.acceptance import REVIEW, canonical
from radprep.text.csv_file import find_column, read_lines, shortened

STATUS = "status"
"""The field that no step decides: the image is kept, or rejected, whatever the steps say."""

VERSION = 3
"""Raise it when the same corrections give other pixels or rows."""

Value = bool | int | float | str


class Decision(NamedTuple):
    """What a person decided of a field; None takes it back. reviewer: a code that stands for the
    person; date: the day, as 2026-11-28. Both are empty where the person did not say."""

    value: Value | None
    reviewer: str = ""
    date: str = ""


Fields = dict[str, Decision]
"""Field -> decision."""
Corrections = dict[str, Fields]
"""image_id -> field -> decision. Where it is what a person gives, and not yet what stands, values
may be None."""

_MAX_PARTS = 16
"""More limbs than any film has: a larger number is a mistake."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")
_COLUMNS = ("image_id", "field", "value")
_SIGNED = ("reviewer", "date")
_SHOWN = 5
"""Names that a message lists."""


@dataclass(frozen=True)
class KnownImage:
    """What corrections must know of an image, as its row has it. width, height: pixels; None where
    there is no image."""

    study_id: str
    status: str
    part_count: int | None
    width: int | None = None
    height: int | None = None


def read_corrections(path: Path) -> Corrections:
    """Read a corrections.csv: columns image_id, field and value in any order, reviewer and date
    where they are there; others are ignored.

    Raises UsageError where it cannot be read, a line is not what it must be, or two lines
    contradict each other.
    """
    lines = list(read_lines(path, "--corrections"))
    header = lines[0][1] if lines else []
    places = {column: find_column(header, column, path, "--corrections") for column in _COLUMNS}
    named = {cell.strip().lower() for cell in header}
    places |= {
        column: find_column(header, column, path, "--corrections")
        for column in _SIGNED
        if column in named
    }
    given: Corrections = {}
    first: dict[tuple[str, str], int] = {}
    for line, cells in lines[1:]:
        if len(cells) <= max(places[column] for column in _COLUMNS):
            raise UsageError(
                f"{path}, line {line} has {len(cells)} cells of {len(header)}. To take a "
                "correction back, leave the value empty but keep its comma."
            )
        said = {
            column: cells[place].strip() if place < len(cells) else ""
            for column, place in places.items()
        }
        image_id, (field, decision) = said["image_id"], _parsed(said, f"{path}, line {line}")
        fields = given.setdefault(image_id, {})
        if fields.setdefault(field, decision).value != decision.value:
            raise UsageError(
                f"{path}, line {line}: {field} of {image_id} is {as_text(decision.value)!r} here "
                f"and {as_text(fields[field].value)!r} in line {first[image_id, field]}. Leave one "
                "of both."
            )
        first.setdefault((image_id, field), line)
    return given


def remembered(data_set: DataSet) -> Corrections:
    """The corrections that a data set was made with. Raises UsageError where its file is not what
    it must be."""
    path = data_set.corrections
    try:
        return merged({}, read_corrections(path)) if path.exists() else {}
    except UsageError as error:
        raise UsageError(
            f"{error} This is the file in which the data set remembers what a person corrected: "
            "mend it, or put a copy of your own in its place."
        ) from None


def refuse_lost(data_set: DataSet, info: Info | None) -> None:
    """Raise UsageError where a data set was made with corrections and its file of them is gone:
    without it a film that a person rejected would come back. info: its dataset.json, if any."""
    if info and info["parameters"].get("corrections") and not data_set.corrections.exists():
        raise UsageError(
            f"{data_set.corrections} is gone, and {data_set} was made with it: films that a person "
            "rejected would come back. Put it back from a copy, or give all corrections again with "
            "--corrections."
        )


def remember(data_set: DataSet, corrections: Corrections) -> None:
    """Write a data set's corrections, or remove the file where there are none."""
    path = data_set.corrections
    if corrections:
        write_whole(path, as_csv(corrections).encode())
    else:
        path.unlink(missing_ok=True)


def as_csv(corrections: Corrections) -> str:
    """The lines of corrections.csv, sorted: the same corrections give the same bytes. Who and when
    stand there only where a person said so."""
    lines = sorted(
        (image_id, field, as_text(value), reviewer, date)
        for image_id, fields in corrections.items()
        for field, (value, reviewer, date) in fields.items()
    )
    is_signed = any(reviewer or date for *_, reviewer, date in lines)
    columns = (*_COLUMNS, *_SIGNED) if is_signed else _COLUMNS
    return "".join(f"{','.join(line[: len(columns)])}\n" for line in [columns, *lines])


def parameters(corrections: Corrections) -> dict[str, str]:
    """What dataset.json says of them among its parameters: a digest, nothing where there are
    none."""
    return {"corrections": key_of(as_csv(corrections))[:16]} if corrections else {}


def merged(before: Corrections, given: Corrections) -> Corrections:
    """What stands after a person gave more: a new value replaces the old one, None takes it away.
    The same value without a name and a day leaves those that were there."""
    result = {image_id: dict(fields) for image_id, fields in before.items()}
    for image_id, fields in given.items():
        stands = result.setdefault(image_id, {})
        for field, decision in fields.items():
            if decision.value is None:
                stands.pop(field, None)
            elif field not in stands or decision != Decision(stands[field].value):
                stands[field] = decision
    return {image_id: result[image_id] for image_id in sorted(result) if result[image_id]}


def wanted(corrections: Mapping[str, Fields], image_id: str | None, field: str) -> Value | None:
    """The value that a person wants of an image; None where nobody wants any."""
    return value_of(corrections.get(image_id or "", {}), field)


def value_of(fields: Fields, field: str) -> Value | None:
    """The value of a field among those of one image; None where nobody wants any."""
    return fields[field].value if field in fields else None


def known_images(data_set: DataSet) -> dict[str, KnownImage]:
    """image_id -> image, from instances.parquet; none where a data set was never finished. Raises
    UsageError where it is damaged."""
    columns = ["image_id", "study_id", "status", "part_count", "width", "height"]
    try:
        rows = [row for study in rows_by_study(data_set, columns) for row in study]
    except FileNotFoundError:
        return {}
    except OSError:
        raise UsageError(
            f"{data_set.instances} cannot be read. Run the command that made it again to "
            "have it rebuilt."
        ) from None
    return {
        row["image_id"]: KnownImage(
            row["study_id"], row["status"], row["part_count"], row["width"], row["height"]
        )
        for row in rows
        if row["image_id"]
    }


def is_rejected(image_id: str, corrections: Corrections) -> bool:
    """Whether a person rejected an image. A film is rejected with all its parts, and no line of a
    part brings it back: the first part has the film's name, and each may show what another does."""
    return any(wanted(corrections, name, STATUS) == REJECTED for name in family(image_id or ""))


def rejected_images(corrections: Corrections) -> list[str]:
    """The images that a person rejected, by their own lines."""
    return [name for name in corrections if wanted(corrections, name, STATUS) == REJECTED]


def rejected_by_film(corrections: Corrections, films: Collection[str]) -> dict[str, list[str]]:
    """Film -> the images that a person rejected of it: itself, or parts. films: image_ids of the
    source."""
    found: dict[str, list[str]] = {}
    for image_id in rejected_images(corrections):
        film = film_of(image_id, films)
        if film is not None:
            found.setdefault(film, []).append(image_id)
    return found


def corrected_images(given: Corrections) -> set[str]:
    """The images of which a person wants something, and does not only take it back."""
    return {
        image_id
        for image_id, fields in given.items()
        if any(decision.value is not None for decision in fields.values())
    }


def some_of(image_ids: Sequence[str]) -> str:
    """The first of many names, and how many more there are, for a message."""
    more = f" and {len(image_ids) - _SHOWN} more" if len(image_ids) > _SHOWN else ""
    return f"{', '.join(image_ids[:_SHOWN])}{more}"


def film_of(image_id: str, films: Container[str]) -> str | None:
    """The film that an image is, or is a part of."""
    named: ImageId | None = ImageId.parse(image_id)
    while named is not None and str(named) not in films:
        named = named.film
    return str(named) if named else None


def by_study(corrections: Corrections, source: DataSet) -> dict[str, Corrections]:
    """Study -> its corrections. One of an image whose film is not in the source (any more) belongs
    to no study."""
    found: dict[str, Corrections] = {}
    films = known_images(source) if corrections else {}
    for image_id, fields in corrections.items():
        film = film_of(image_id, films)
        if film is not None:
            found.setdefault(films[film].study_id, {})[image_id] = fields
    return found


def _parsed(said: Mapping[str, str], where: str) -> tuple[str, Decision]:
    """A line's field and what was decided of it. said: its cells by column. Raises UsageError."""
    field, text = said["field"].lower(), said["value"]
    if not ImageId.parse(said["image_id"]).is_ours:
        raise UsageError(
            f"{where}: {shortened(said['image_id'])!r} is no image_id. Copy it from the column "
            "image_id of instances.parquet, or from the name of the PNG without .png."
        )
    if field not in _FIELDS:
        raise UsageError(
            f"{where}: there is no field {shortened(field)!r}. Fields are: "
            f"{', '.join(sorted(_FIELDS))}."
        )
    read, must = _FIELDS[field]
    value = read(text) if text else None
    if text and value is None:
        if field == BOXES and (word := unknown_label(text)):
            raise UsageError(
                f"{where}: {shortened(word)!r} is not plainly a class, and might be a name. Give a "
                "word for what a film shows, such as fracture, or bring boxes of your own classes "
                "with `radprep convert --boxes FILE --box-map TEXT=LABEL`."
            )
        raise UsageError(
            f"{where}: {field} must be {must}; it is {shortened(text)!r}. An empty value takes a "
            "correction back."
        )
    date = said.get("date", "")
    if date and not is_day(date):
        raise UsageError(
            f"{where}: the date must be a day such as 2026-11-28; it is {shortened(date)!r}. "
            "Spreadsheets like to write dates in another way: leave the cell empty, or mend it."
        )
    return field, Decision(value, _code_of(said.get("reviewer", "")), date)


def _code_of(reviewer: str) -> str:
    """What stands for a reviewer in a data set: the code that the page has made, or a digest of
    whatever else stands there, so that no name enters the data set as it was typed."""
    if not reviewer or is_reviewer(reviewer):
        return reviewer
    text = f"radprep reviewer {reviewer.lower()}"
    return f"r-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _degrees(text: str) -> float | None:
    degrees = float(text) if _NUMBER.fullmatch(text) else 361.0
    # -0.0 becomes 0.0
    return round(wrap_degrees(degrees), 6) + 0.0 if abs(degrees) <= 360 else None


def _count(text: str) -> int | None:
    count = int(text) if text.isascii() and text.isdigit() else 0
    return count if 1 <= count <= _MAX_PARTS else None


def _boxes(text: str) -> str | None:
    boxes = boxes_of(text)
    return None if boxes is None else boxes_as_text(boxes)


def _drawn(text: str) -> str | None:
    boxes = drawn_by_person(text)
    return None if boxes is None else as_written(boxes)


def _one_of(words: Iterable[str]) -> Callable[[str], str | None]:
    return lambda text: text.lower() if text.lower() in words else None


_FIELDS: dict[str, tuple[Callable[[str], Value | None], str]] = {
    "inverted": (_boolean, "true or false"),
    "parts": (_count, f"a whole number from 1 (leave it whole) to {_MAX_PARTS}"),
    "rotation_degrees": (
        _degrees,
        "a number of degrees from -360 to 360, counter-clockwise, such as 90 or -12.5",
    ),
    BURNED_IN: (
        _boxes,
        "none, or boxes such as 20 10 300 40 (x y width height in pixels of the image, with + "
        "between two boxes)",
    ),
    BOXES: (
        _drawn,
        "none, or boxes such as fracture 20 10 300 40 (label x y width height in pixels of the "
        "film as convert wrote it, with + between two boxes; a label is a word for what a film "
        "shows, as in a label column)",
    ),
    REVIEW: (canonical, "accepted, or what the page or OUT writes of an accepted film"),
    STATUS: (_one_of((KEPT, REJECTED)), f"{KEPT} or {REJECTED}"),
}
"""Field -> how its text is read (None where it cannot be), and what it must be."""


def as_text(value: Value | None) -> str:
    """A value as the file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
