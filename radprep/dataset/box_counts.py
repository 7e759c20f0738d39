"""What became of the boxes of films: each box is counted once, whatever its film was cut into."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from radprep.dataset.box_decisions import REPEATED, UNPLACED, counted_in, lost_in
from radprep.dataset.boxes import Box, boxes_in
from radprep.dataset.image_id import ImageId
from radprep.dataset.schema import KEPT, Row

WHOLE, SEVERAL, CUT, LOST_BOX, WITHOUT_IMAGE = (
    "whole",
    "on_several",
    "cut",
    "lost",
    "without_image",
)
FATES = {
    WHOLE: "whole on one image",
    SEVERAL: "on several images",
    CUT: "cut, on one image",
    LOST_BOX: "on no image of their film",
    UNPLACED: "that could not be placed on their film",
    WITHOUT_IMAGE: "of films without an image",
    REPEATED: "said more than once",
}
"""What becomes of a box -> the same in words. Each box has one fate, so that these add up."""


def boxes_by_fate(rows: Iterable[Row]) -> Counter[str]:
    """The boxes of some films by what became of them. rows: all rows of these films, such as those
    of a study; a film is known by its image_id, or by its source_id where it has none."""
    films: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        named = row["image_id"]
        films[str(ImageId.parse(named).uncut) if named else row["source_id"]].append(row)
    found: Counter[str] = Counter()
    for parts in films.values():
        found.update(fates_of(parts).values())
        found.update(_without_number(parts))
    return found


def _without_number(parts: Iterable[Row]) -> Counter[str]:
    """The boxes that files give for a film beside those that lie on it. parts: its rows, each of
    which says the same of them, or nothing."""
    listed = list(parts)
    unplaced, repeated = (
        max(counted_in(row["decisions"], what) for row in listed) for what in (UNPLACED, REPEATED)
    )
    is_kept = any(row["status"] == KEPT for row in listed)
    return +Counter({UNPLACED if is_kept else WITHOUT_IMAGE: unplaced, REPEATED: repeated})


def fates_of(parts: Iterable[Row]) -> dict[int, str]:
    """Number of each box of one film -> what became of it. parts: the film's rows, of any
    status."""
    listed = list(parts)
    shown = boxes_shown(listed)
    missed = WITHOUT_IMAGE if all(row["status"] != KEPT for row in listed) else LOST_BOX
    numbers = {box.number for row in listed for box in boxes_in(row["boxes"])}
    for row in listed:
        numbers |= lost_in(row["decisions"])
    return {number: _fate(shown.get(number, ()), missed) for number in sorted(numbers)}


def boxes_shown(parts: Iterable[Row]) -> Mapping[int, list[Box]]:
    """Number of each box of one film -> the box as it lies on each image of the film."""
    found: dict[int, list[Box]] = defaultdict(list)
    for row in parts:
        for box in boxes_in(row["boxes"]) if row["status"] == KEPT else ():
            found[box.number].append(box)
    return found


def _fate(shown: Iterable[Box], missed: str) -> str:
    several = list(shown)
    if not several:
        return missed
    if len(several) > 1:
        return SEVERAL
    return WHOLE if several[0].is_whole else CUT
