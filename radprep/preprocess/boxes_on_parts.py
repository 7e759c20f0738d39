"""Boxes of films on the images that are made of them: carried there, and what became of them told.

A box is carried from the converted film by the matrix of each image, so that turns, cuts and sizes
never add up to an error. An image has the boxes of which it shows enough (`LEAST_SHARE`). What was
cut away stays away: a corner that a later turn fills with grey shows no box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from radprep.dataset.box_counts import boxes_shown
from radprep.dataset.box_decisions import SHOWN, lost_in, said_of_boxes, with_lost, with_said
from radprep.dataset.boxes import LEAST_SHARE, WHOLE, Box, as_text, boxes_in, carried, matrix_of
from radprep.dataset.schema import KEPT, Row
from radprep.dataset.withheld import whole_film
from radprep.image.image import Image

MARK_SEVERAL = "preprocess:box_on_several_parts"
MARK_CUT = "preprocess:box_cut"
MARK_LOST = "preprocess:box_lost"


def boxes_on(row: Row, image: Image) -> list[Box]:
    """The boxes that an image has. row: of the image that it was made from, which has them."""
    before = boxes_in(row["boxes"])
    matrix = image.source_matrix
    return _enough(before, carried(before, matrix, image.width, image.height, image.reach))


def carry(row: Row, image: Image) -> None:
    """Write into a row the boxes that its image has. row: its width, height and source_matrix are
    those of the image already; its boxes are still those of the image that this was made from."""
    if row["boxes"] is None:
        return
    before = boxes_in(row["boxes"])
    reach = np.round(image.reach, 3) + 0.0  # what is written decides, so that a second run agrees
    matrix = matrix_of(row["source_matrix"])
    on_it = carried(before, matrix, row["width"], row["height"], reach)
    row["boxes"] = as_text(_enough(before, on_it))
    said = said_of_boxes(row["decisions"]) | {SHOWN: reach.ravel().tolist()}
    row["decisions"] = with_said(row["decisions"], said)


def keep_of_part(row: Row, image: Image) -> None:
    """Leave to a part that became no image those boxes that lay on it: they stay as they lie on the
    image that it was made from, as its other columns do. image: as it was last."""
    if row["boxes"] is not None:
        lay = {box.number for box in boxes_on(row, image)}
        row["boxes"] = as_text(box for box in boxes_in(row["boxes"]) if box.number in lay)


def tell(before: Iterable[Row], after: Iterable[Row]) -> None:
    """Mark the images on which boxes of a film were cut, or lie with another image of it, and list
    those that no image of it has any more with its first image.

    before: the rows of a study that were kept in the source; after: those of the same study now,
    of any status. What an earlier stage did to a box is not told again. A film that became no image
    keeps its boxes, and is not marked.
    """
    sources, films = _by_film(before), _by_film(after)
    for film, earlier in sources.items():
        if any(row["boxes"] is not None for row in earlier):
            _tell_of_film(boxes_shown(earlier), films.get(film, []))


def _tell_of_film(earlier: Mapping[int, list[Box]], parts: Sequence[Row]) -> None:
    kept = [row for row in parts if row["status"] == KEPT]
    if not kept:
        return
    now = boxes_shown(kept)
    lost = {number: boxes[0] for number, boxes in earlier.items() if number not in now}
    several = {number for number, boxes in now.items() if len(boxes) > len(earlier[number])}
    cut = {
        number
        for number, boxes in now.items()
        if _share(boxes) < WHOLE * min(1.0, _share(earlier[number])) and len(boxes) == 1
    }
    for row in kept:
        numbers = {box.number for box in boxes_in(row["boxes"])}
        _mark(row, MARK_SEVERAL, is_given=not numbers.isdisjoint(several))
        _mark(row, MARK_CUT, is_given=not numbers.isdisjoint(cut))
    _list_lost(kept[0], lost, parts)


def _list_lost(row: Row, lost: Mapping[int, Box], parts: Iterable[Row]) -> None:
    """List boxes with the row of an image of their film. parts: all rows of it, of which those that
    are no image say why."""
    known = lost_in(row["decisions"])
    why = {
        box.number: f"{part['step']}:{part['reason']}"
        for part in parts
        if part["status"] != KEPT
        for box in boxes_in(part["boxes"])
    }
    new = [
        (box, why.get(number, "cut_away"))
        for number, box in sorted(lost.items())
        if number not in known
    ]
    if new:
        row["decisions"] = with_lost(row["decisions"], new)
        _mark(row, MARK_LOST, is_given=True)


def _enough(before: Iterable[Box], now: Iterable[Box]) -> list[Box]:
    """The boxes of which enough is shown: a share that counts, or all that was shown before."""
    least = {box.number: min(LEAST_SHARE, WHOLE * box.share) for box in before}
    return [box for box in now if box.share >= least[box.number]]


def _share(boxes: Iterable[Box]) -> float:
    return sum(box.share for box in boxes)


def _mark(row: Row, mark: str, *, is_given: bool) -> None:
    if is_given and mark not in row["review"]:
        row["review"] = [*row["review"], mark]


def _by_film(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Film, before anything was cut -> its rows, the first part first."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["image_id"]:
            found[whole_film(row["image_id"])].append(row)
    return {film: sorted(parts, key=_place) for film, parts in found.items()}


def _place(row: Row) -> tuple[int, str]:
    return len(row["image_id"]), row["image_id"]
