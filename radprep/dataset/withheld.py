"""Which films no picture may be made of: what a person rejected, and what may show a name.

Everybody who draws a film asks here first. `images/` is no concern of this module: a kept film
stands there whatever its risk, and one that is not kept never does.
"""

from __future__ import annotations

from collections.abc import Iterable

from radprep.dataset.counts import rows_by_study
from radprep.dataset.image_id import ImageId
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT, REJECTED, Row

CORRECTION = "correction"
"""Reason and step of a row that a person rejected."""

HIGH = "high"
"""The burned_in_risk of a film that may well show text about a person."""

BY_PERSON, RISKY, MARKED = "rejected_by_person", "high_risk", "marked_high_risk"
"""Why there is no picture: a person rejected the film; it was not kept, and text may stand in its
pixels; it was kept, and text may stand in them."""

WORDS = {
    BY_PERSON: "a person rejected it or a part of it",
    RISKY: "text may stand in its pixels, and it was not kept",
    MARKED: "text may stand in its pixels",
}
"""The same in words."""


_COLUMNS = ["study_id", "image_id", "status", "reason", "burned_in_risk"]
"""The columns of a row that decide."""


def why_withheld(row: Row) -> str | None:
    """Why no picture may be made of a row's film; None where one may."""
    if row["status"] == REJECTED and row["reason"] == CORRECTION:
        return BY_PERSON
    if row["burned_in_risk"] != HIGH:
        return None
    return MARKED if row["status"] == KEPT else RISKY


def family(image_id: str) -> tuple[str, ...]:
    """An image and the films that it was cut from, the nearest first."""
    found: list[str] = []
    named: ImageId | None = ImageId.parse(image_id)
    while named is not None:
        found.append(str(named))
        named = named.film
    return tuple(found)


def whole_film(image_id: str) -> str:
    """The film that was there before anything was cut: all its parts have the same one."""
    return str(ImageId.parse(image_id).uncut)


def whole_films(image_ids: Iterable[str]) -> frozenset[str]:
    """The films of some images, before anything was cut."""
    return frozenset(map(whole_film, image_ids))


def never_shown(data_set: DataSet) -> frozenset[str]:
    """The films, before anything was cut, of which no picture may be kept anywhere: those that a
    person rejected, and those that were not kept and may show a name. Raises FileNotFoundError,
    and UsageError where instances.parquet is damaged."""
    studies = rows_by_study(data_set, _COLUMNS)
    lost = (row for study in studies for row in study if row["status"] != KEPT)
    return frozenset(withheld_films(lost))


def withheld_films(rows: Iterable[Row], rejected: Iterable[str] = ()) -> dict[str, str]:
    """Film, before anything was cut -> why no picture may be made of it: what holds for one of its
    parts holds for the film, which shows that part. rejected: images that a person rejected,
    whatever the rows say of them."""
    found: dict[str, str] = {}
    for row in rows:
        why = why_withheld(row) if row["image_id"] else None
        if why and found.get(film := whole_film(row["image_id"])) != BY_PERSON:
            found[film] = why
    return found | dict.fromkeys(whole_films(rejected), BY_PERSON)
