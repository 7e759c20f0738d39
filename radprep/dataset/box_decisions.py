"""What the column `decisions` says of boxes: what of the film an image shows, and which boxes lie
on no image any more."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from radprep.dataset.boxes import LARGEST_PLACE, MOST_BOXES, Box, unplaced
from radprep.image.polygon import Polygon

BOXES = "boxes"
"""Name of what is said of boxes in the column `decisions`, and of the field of corrections by which
a person draws them."""

SHOWN, LOST = "shown", "lost"
"""What is said: the outline of what of the converted film the image shows, x, y, x, y, ...; and the
boxes that lie on no image any more."""

UNPLACED, REPEATED = "unplaced", "repeated"
"""What convert says of the boxes that files give for a film, beside those that lie on it: how many
have no place on it, and how many were said before."""

_MOST_CORNERS = 256
_LARGEST_COUNT = 10_000_000


def said_of_boxes(decisions: str | None) -> dict[str, Any]:
    """What a row's `decisions` (JSON) say of boxes; nothing where they are not what we write."""
    if not decisions or f'"{BOXES}"' not in decisions:  # which is soon seen of most rows
        return {}
    try:
        found = json.loads(decisions)[BOXES]
    except (KeyError, TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def with_said(decisions: str | None, said: Mapping[str, Any]) -> str:
    """The same decisions that say this of boxes."""
    others = {name: one for name, one in json.loads(decisions or "{}").items() if name != BOXES}
    return json.dumps(others | ({BOXES: dict(said)} if said else {}), sort_keys=True)


def with_lost(decisions: str | None, lost: Iterable[tuple[Box, str]]) -> str:
    """The same decisions that list some boxes, too, as lying on no image any more. lost: each with
    why, in a word."""
    said = said_of_boxes(decisions)
    before = said.get(LOST)
    entries = [
        {
            "number": box.number,
            "label": box.label,
            "by": box.by,
            "film": list(box.film),
            "why": why,
        }
        for box, why in lost
    ]
    return with_said(
        decisions, said | {LOST: [*(before if isinstance(before, list) else ()), *entries]}
    )


def shown_in(decisions: str | None) -> Polygon | None:
    """What of the converted film an image shows, as a convex polygon on the film's pixel corners;
    None where nothing is said of it."""
    found = said_of_boxes(decisions).get(SHOWN)
    if (
        not isinstance(found, list)
        or len(found) % 2
        or len(found) > 2 * _MOST_CORNERS
        or not all(
            type(one) in (int, float) and -LARGEST_PLACE <= one <= LARGEST_PLACE for one in found
        )
    ):
        return None
    return np.reshape(np.array(found, np.float64), (-1, 2))


def lost_boxes(decisions: str | None) -> list[Box]:
    """The boxes of a film that are listed as lying on no image any more, as they lie on the film;
    an entry that is not what we write is left out."""
    found = said_of_boxes(decisions).get(LOST)
    boxes = []
    for one in found[:MOST_BOXES] if isinstance(found, list) else ():
        with contextlib.suppress(ValueError, TypeError, KeyError):
            boxes.append(unplaced(one["number"], one["label"], one["by"], one["film"]))
    return boxes


def lost_in(decisions: str | None) -> set[int]:
    """The numbers of these boxes."""
    return {box.number for box in lost_boxes(decisions)}


def counted_in(decisions: str | None, what: str) -> int:
    """How many boxes of a film have no place on it, or were said before. what: UNPLACED or
    REPEATED."""
    found = said_of_boxes(decisions).get(what)
    return found if type(found) is int and 0 < found <= _LARGEST_COUNT else 0
