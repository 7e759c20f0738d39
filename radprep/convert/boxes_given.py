"""What files of boxes say of one film, in the form in which a job carries it and the private tree
remembers it: JSON, with labels that may leave."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from radprep.annotations.reading import PIXELS, Corner, FilmAnnotations
from radprep.dataset.boxes import MOST_BOXES
from radprep.dataset.keys import key_of
from radprep.text.small_file import parse_json

OfStudy = Mapping[str, str]
"""source_id -> what is given of the film, as `as_given` writes it."""


@dataclass(frozen=True, slots=True)
class GivenBoxes:
    """What one file of boxes says of a film. frame: from 1, None for the film's only image; size:
    width and height of the picture that was drawn on, None where the file does not say; unit: one
    of reading.UNITS; boxes: label, then x, y, width, height; faults: entries that could not be
    used; left: boxes that were left out, since the film has more than MOST_BOXES."""

    frame: int | None
    size: tuple[int, int] | None
    unit: str
    boxes: tuple[tuple[str, Corner], ...]
    faults: int
    left: int = 0


def as_given(
    annotated: Sequence[FilmAnnotations], labels: Mapping[str, str], unclear: Collection[str] = ()
) -> str:
    """What is said of a film. labels: text of a class -> label; a box of another class is left out.
    unclear: texts of classes whose boxes are faults, since nobody left them out."""
    named = [[box for box in film.boxes if box.text in labels] for film in annotated]
    is_too_much = sum(map(len, named)) > MOST_BOXES
    entries = []
    for film, drawn in zip(annotated, named, strict=True):
        boxes = [[labels[box.text], *box.place] for box in drawn]
        entries.append(
            {
                "frame": film.frame,
                "size": film.size,
                "unit": film.unit or PIXELS,
                "boxes": [] if is_too_much else boxes,
                "faults": film.faults + sum(box.text in unclear for box in film.boxes),
                "left": len(boxes) if is_too_much else 0,
            }
        )
    return json.dumps(entries, sort_keys=True, separators=(",", ":"))


def given_in(text: str | None) -> list[GivenBoxes]:
    """What `as_given` has written; nothing where nothing was."""
    return [
        GivenBoxes(
            one["frame"],
            (one["size"][0], one["size"][1]) if one["size"] else None,
            one["unit"],
            tuple((label, (x, y, width, height)) for label, x, y, width, height in one["boxes"]),
            one["faults"],
            one["left"],
        )
        for one in (parse_json(text) if text else ())
    ]


def digest_of_given(of_study: Mapping[str, str | None]) -> str | None:
    """Names what is given of the films of a study; None where nothing is. of_study: source_id -> as
    `as_given` writes it."""
    given = sorted((source_id, text) for source_id, text in of_study.items() if text)
    return key_of(given)[:16] if given else None
