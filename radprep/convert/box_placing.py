"""Boxes of files, put on the converted films of a study in the films' own pixels.

A box is drawn on a picture that may not be the converted image: the header may make convert stretch
it (pixels that are not square), a picture may have been turned as its EXIF orientation says, and
somebody may have drawn on a smaller copy. The size in the file of boxes tells which.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from radprep.annotations.reading import SHARE, Corner
from radprep.convert.boxes_given import GivenBoxes, given_in
from radprep.convert.duplicates import copies_in
from radprep.convert.job import STEP, Converted, set_marks
from radprep.dataset.box_decisions import (
    REPEATED,
    UNPLACED,
    said_of_boxes,
    with_lost,
    with_said,
)
from radprep.dataset.boxes import (
    FROM_FILE,
    LARGEST_PLACE,
    MOST_BOXES,
    Box,
    as_text,
    box_on_film,
)
from radprep.dataset.labels import kept_for
from radprep.dataset.schema import KEPT, Row
from radprep.dicom.spacing import APPLIED

CUT, OUTSIDE, UNUSABLE, DIFFER = (
    f"{STEP}:box_cut",
    f"{STEP}:box_outside",
    f"{STEP}:boxes_unusable",
    f"{STEP}:boxes_differ",
)
_MARKS = (CUT, OUTSIDE, UNUSABLE, DIFFER)
_WHY = "outside"
"""Why a box lies on no image of its film."""
_SAME_ASPECT = 0.01
"""Sides that differ by no larger share are those of the same picture in another size."""
_DIGITS = 3

_SAME_PIXELS = 1.0
"""Formats count from 0 or from 1, and round shares: what differs by no more is the same."""

Size = tuple[int, int]
"""Width and height, pixels."""
_Labelled = tuple[str, Corner]
"""A label, and a place on the converted film."""
_OfFile = tuple[list[GivenBoxes], Size | None]
"""What is said of a file, and the size that the header of a copy names."""


@dataclass(frozen=True)
class FilmSizes:
    """The sizes that a film has had. shown: as viewers show the file; converted: of our image,
    which may be stretched; orientation: EXIF's number of the turn from the stored picture to the
    shown one, 1 for none."""

    shown: Size
    converted: Size
    orientation: int = 1

    @property
    def stored(self) -> Size:
        """The size before the turn."""
        return self.shown[::-1] if self.orientation >= 5 else self.shown


@dataclass
class _PlacedBoxes:
    """What was drawn on an image. boxes: label and place on the converted film; is_annotated: some
    file speaks of the image; unusable: entries that could not be used; moved: what a file says ->
    how many of its boxes have a place on the image."""

    boxes: list[_Labelled]
    is_annotated: bool = False
    unusable: int = 0
    moved: Counter[GivenBoxes] = field(default_factory=Counter)


def place_boxes(found: Sequence[Converted]) -> None:
    """Give the images of a study their boxes, now that it is known which files are copies of each
    other: what is drawn on a copy that was left out is drawn on the image that stays, too."""
    texts = {one.identifiers["source_id"]: one.identifiers["boxes"] for one in found}
    if not any(texts.values()):
        for one in found:
            for row in one.rows:
                _clear(row)
        return
    copies = copies_in(row for one in found for row in one.rows)
    given: dict[str, list[_OfFile]] = {}
    for one in found:
        source_id = one.identifiers["source_id"]
        if texts[source_id]:
            kept = kept_for(source_id, copies)
            header = _size_in_header(one.rows[0]) if kept != source_id else None
            given.setdefault(kept, []).append((given_in(texts[source_id]), header))
    for one in found:
        several = given.get(one.identifiers["source_id"], [])
        numbers, moved = 0, Counter[GivenBoxes]()
        for row in one.rows:
            _clear(row)
            if row["status"] == KEPT:
                drawn = _place_on(row, several, is_only=len(one.rows) == 1)
                numbers += len(drawn.boxes)
                moved |= drawn.moved
        _count_others(one.rows[0], several, numbers, moved)


def _count_others(
    row: Row, given: Iterable[_OfFile], numbers: int, moved: Mapping[GivenBoxes, int]
) -> None:
    """Say how many boxes of a film have no place on it, and how many were said before, so that all
    boxes of the files are accounted for. given: what is said of the film and of its copies, which
    mostly share what is said; numbers: boxes that got a number; moved: as in `_PlacedBoxes`."""
    every = Counter[GivenBoxes]()
    for said, _ in given:
        every |= Counter(said)
    total = sum(number * (len(one.boxes) + one.left) for one, number in every.items())
    placed = sum(number * moved[one] for one, number in every.items()) if numbers else 0
    counts = {UNPLACED: total - placed, REPEATED: placed - numbers}
    _say(row, {name: number for name, number in counts.items() if number > 0})


def _place_on(row: Row, given: Sequence[_OfFile], *, is_only: bool) -> _PlacedBoxes:
    """Put boxes on an image, and return those that got a number. given: what is said of it and of
    each of its copies, with the size that the header of a copy names; is_only: its file gave no
    other image."""
    sizes = _sizes_of(row)
    each = [_of_file(row, sizes, said, header, is_only=is_only) for said, header in given]
    each = [one for one in each if one.is_annotated]
    drawn = _PlacedBoxes([])
    if not each:
        return drawn
    marks = dict.fromkeys(_MARKS, False)
    marks[UNUSABLE] = any(one.unusable for one in each)
    usable = [one.boxes for one in each if one.boxes or not one.unusable]
    distinct = _distinct(box for boxes in usable for box in boxes)
    if len(distinct) > MOST_BOXES:
        marks[UNUSABLE] = True
    elif usable:
        marks[DIFFER] = any(not _all_in(distinct, boxes) for boxes in usable)
        on_it, beside = _placed(distinct, sizes.converted)
        marks[CUT] = not all(box.is_whole for box in on_it)
        marks[OUTSIDE] = bool(beside)
        # where all that was drawn lies elsewhere, nobody has said that there is nothing
        row["boxes"] = as_text(on_it) if on_it or not beside else None
        if beside:
            row["decisions"] = with_lost(row["decisions"], ((box, _WHY) for box in beside))
        drawn.boxes = distinct
        for one in each:
            drawn.moved |= one.moved
    set_marks(row, marks)
    return drawn


def _of_file(
    row: Row, sizes: FilmSizes, said: Iterable[GivenBoxes], header: Size | None, *, is_only: bool
) -> _PlacedBoxes:
    """What is said of an image by what is said of its file. What names another frame of the file is
    not said of it; a box that names no frame is drawn on nobody knows which of several."""
    found = _PlacedBoxes([])
    for one in said:
        frame = row["frame"] or 1
        if one.frame not in (None, frame) and row["frame"] is not None:
            continue
        found.is_annotated = True
        found.unusable += one.faults + one.left
        is_of_it = one.frame == frame if one.frame else is_only
        places = [
            (label, moved)
            for label, place in (one.boxes if is_of_it else ())
            if (moved := moved_to(sizes, one, place, header)) is not None
        ]
        found.unusable += len(one.boxes) - len(places)
        found.boxes += places
        found.moved[one] = len(places)
    return found


def _distinct(boxes: Iterable[_Labelled]) -> list[_Labelled]:
    """Boxes without those that were there already: copies of a film, or two files, may say the
    same."""
    found: list[_Labelled] = []
    for box in boxes:
        if len(found) <= MOST_BOXES and not _is_in(box, found):
            found.append(box)
    return found


def _all_in(boxes: Iterable[_Labelled], others: Sequence[_Labelled]) -> bool:
    return all(_is_in(box, others) for box in boxes)


def _is_in(box: _Labelled, others: Iterable[_Labelled]) -> bool:
    """Whether a box is one of others, but for a pixel that formats differ by."""
    label, place = box
    return any(
        label == other
        and all(abs(one - two) <= _SAME_PIXELS for one, two in zip(place, there, strict=True))
        for other, there in others
    )


def moved_to(
    sizes: FilmSizes, given: GivenBoxes, place: Corner, header: Size | None = None
) -> Corner | None:
    """A box in pixels of the converted film. given: how it is said; header: size of the copy on
    which it is said. None where it was drawn on a picture of another shape, or lies too far away.
    """
    on = _picture(sizes, given, header)
    if on is None:
        return None
    size, is_turned = on
    x, y, width, height = (
        place
        if given.unit == SHARE
        else tuple(one / side for one, side in zip(place, (*size, *size), strict=True))
    )
    if not is_turned:
        x, y, width, height = turned((x, y, width, height), sizes.orientation)
    across, down = sizes.converted
    moved = (x * across, y * down, width * across, height * down)
    found = tuple(round(one, _DIGITS) + 0.0 for one in moved)
    reach = max(*map(abs, found), abs(found[0]) + found[2], abs(found[1]) + found[3])
    if reach > LARGEST_PLACE or min(found[2:]) <= 0:
        return None
    return found[0], found[1], found[2], found[3]


def _picture(sizes: FilmSizes, given: GivenBoxes, header: Size | None) -> tuple[Size, bool] | None:
    """The size of the picture that was drawn on, and whether it was turned as the film is shown;
    None where it has another shape than the film. Where the file does not say, it is the film as
    viewers show it."""
    size = given.size or header or sizes.shown
    if size in (sizes.shown, sizes.converted):
        return size, True
    if size == sizes.stored:
        # some tools write the size before the turn beside boxes that were drawn after it
        return (sizes.shown, True) if _needs_turn(given, sizes) else (size, False)
    for whole, is_turned in ((sizes.shown, True), (sizes.converted, True), (sizes.stored, False)):
        if abs(size[0] * whole[1] / (size[1] * whole[0]) - 1) <= _SAME_ASPECT:
            return size, is_turned
    return None


def _needs_turn(given: GivenBoxes, sizes: FilmSizes) -> bool:
    """Whether boxes lie beside the stored picture, and all of them on the shown one."""
    if given.unit == SHARE:
        return False
    reach = [(x + width, y + height) for _, (x, y, width, height) in given.boxes]
    return any(not _lies_on(one, sizes.stored) for one in reach) and all(
        _lies_on(one, sizes.shown) for one in reach
    )


def _lies_on(point: tuple[float, float], size: Size) -> bool:
    return point[0] <= size[0] + 1 and point[1] <= size[1] + 1


def turned(place: Corner, orientation: int) -> Corner:
    """A box in shares of the stored picture, in shares of the shown one. orientation: EXIF's
    number, tag 0x0112 (CIPA DC-008, "Orientation"): where row 0 and column 0 of the stored picture
    are seen."""
    x, y, width, height = place
    right, below = 1 - x - width, 1 - y - height
    return {
        2: (right, y, width, height),
        3: (right, below, width, height),
        4: (x, below, width, height),
        5: (y, x, height, width),
        6: (below, x, height, width),
        7: (below, right, height, width),
        8: (y, right, height, width),
    }.get(orientation, place)


def _sizes_of(row: Row) -> FilmSizes:
    converted = row["width"], row["height"]
    header = _size_in_header(row)
    is_stretched = f"{STEP}:{APPLIED}" in row["review"]
    said = json.loads(row["decisions"] or "{}").get(STEP, {}).get("orientation", 1)
    orientation = said if type(said) is int and 1 <= said <= 8 else 1
    return FilmSizes(header if header and is_stretched else converted, converted, orientation)


def _size_in_header(row: Row) -> Size | None:
    columns, rows = row["Columns"], row["Rows"]
    return (columns, rows) if columns and rows else None


def _placed(boxes: Sequence[_Labelled], size: Size) -> tuple[list[Box], list[Box]]:
    """Boxes on a film, numbered from 1, and those beside it."""
    on_it, beside = [], []
    for number, (label, place) in enumerate(boxes, 1):
        inner = _without_overhang(place, size)
        box = box_on_film(number, label, FROM_FILE, inner, size)
        if box is None:
            beside.append(Box(number, label, FROM_FILE, place, *place, (), 0.0))
        else:
            on_it.append(box)
    return on_it, beside


def _without_overhang(place: Corner, size: Size) -> Corner:
    """A box without what stands out of the film by no more than rounding."""
    x, y, width, height = place
    left, across = _inside(x, x + width, size[0])
    top, down = _inside(y, y + height, size[1])
    return left, top, across, down


def _inside(start: float, end: float, side: int) -> tuple[float, float]:
    """Start and length of a side of a box, where an end that lies a pixel out of the film is that
    of the film."""
    inner = 0.0 if -_SAME_PIXELS <= start < 0 < end else start
    outer = float(side) if side < end <= side + _SAME_PIXELS and start < side else end
    return inner, round(outer - inner, _DIGITS)


def _say(row: Row, said: Mapping[str, Any]) -> None:
    """Say something of boxes in a row's `decisions`, beside what is said of them there."""
    if said:
        before = said_of_boxes(row["decisions"])
        row["decisions"] = with_said(row["decisions"], {**before, **said})


def _clear(row: Row) -> None:
    """Take away what an earlier run has drawn on a row."""
    row["boxes"] = None
    if any(mark in row["review"] for mark in _MARKS):
        set_marks(row, dict.fromkeys(_MARKS, False))
    if said_of_boxes(row["decisions"]):
        row["decisions"] = with_said(row["decisions"], {})
