"""Raw images, FOR PROCESSING, beside the films that were made from them in the same study.

A raw image shows the same exposure as its film, in other grey values: darker, flatter, often
inverted. As a second image it would be counted and voted twice, so it stays out by default.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from radprep.convert.duplicates import RAW_TWIN, reject_beside
from radprep.convert.job import STEP, Converted
from radprep.convert.told import EXPOSURE, MADE_OF
from radprep.dataset.schema import Row
from radprep.dataset.withheld import CORRECTION
from radprep.dicom.exposure import PROCESSING

_MARK_TWIN, _MARK_FILM = f"{STEP}:{RAW_TWIN}", f"{STEP}:raw_film"
_STATED = ("Modality", "body_part", "ViewPosition", "AcquisitionDate")
"""Columns in which the images of one exposure do not differ, where both have a value."""
_MOST_PAIRS = 100_000
"""Pairs of a raw image and a film that are compared in a study; no study of films has so many."""

Agrees = Callable[["_Image", "_Image"], bool]


class _Image:
    """What is compared of the image or images of a file."""

    def __init__(self, converted: Converted) -> None:
        row: Row = converted.rows[0]
        said: Mapping[str, Any] = json.loads(row["decisions"] or "{}").get(STEP, {})
        self.converted = converted
        self.instance_id = converted.identifiers["instance_id"]
        self.patient_id = row["patient_id"]
        self.exposure: str | None = said.get(EXPOSURE)
        self.made_of = frozenset(said.get(MADE_OF, ()))
        self.stated = (
            *(row[name] for name in _STATED),  # type: ignore[literal-required] # names of columns
            row["ImageLaterality"] or row["Laterality"],
        )


def settle_raw_twins(found: Sequence[Converted], *, keep: bool) -> None:
    """Reject each raw image whose film is in the study, or mark it where `keep` is asked for. A
    raw image without a film stays, with a mark.

    A film that names the raw image as its source is its film. Else it must be of the same exposure
    or, where that is not told, nothing may speak against it. There must be as many films as raw
    images then: where one film could belong to two raw images, both stay.
    """
    raws = [_Image(one) for one in found if one.pixels and _is_raw(one)]
    if not raws:
        return
    films = [_Image(one) for one in found if not _is_raw(one) and _is_film(one)]
    twins = _twins(raws, films)
    for number, raw in enumerate(raws):
        film = twins.get(number)
        if film is not None and not keep:
            reject_beside(raw.converted, RAW_TWIN, film.converted)
            continue
        mark = _MARK_FILM if film is None else _MARK_TWIN
        for row in raw.converted.rows:
            others = [one for one in row["review"] if one not in (_MARK_FILM, _MARK_TWIN)]
            row["review"] = [*others, mark]


def _is_raw(converted: Converted) -> bool:
    return converted.rows[0]["PresentationIntentType"] == PROCESSING


def _is_film(converted: Converted) -> bool:
    """Whether it gave an image, or would have: what a person rejected is not to come back as its
    raw image."""
    return bool(converted.pixels) or converted.rows[0]["reason"] == CORRECTION


def _twins(raws: Sequence[_Image], films: Sequence[_Image]) -> dict[int, _Image]:
    """Number of a raw image -> its film."""
    found: dict[int, _Image] = {}
    taken: set[int] = set()
    if len(raws) * len(films) > _MOST_PAIRS:
        return found
    for number, raw in enumerate(raws):
        sources = [one for one, film in enumerate(films) if raw.instance_id in film.made_of]
        if sources:
            found[number] = films[sources[0]]
            taken.update(sources)
    for agrees in (_of_one_exposure, _nothing_against):
        fitting = {
            number: {
                one for one, film in enumerate(films) if one not in taken and agrees(raw, film)
            }
            for number, raw in enumerate(raws)
            if number not in found
        }
        for number, mine in fitting.items():
            rivals = sum(not mine.isdisjoint(others) for others in fitting.values())
            if mine and rivals <= len(mine):
                found[number] = films[min(mine)]
                taken |= mine
    return found


def _of_one_exposure(raw: _Image, film: _Image) -> bool:
    return raw.exposure is not None and raw.exposure == film.exposure and _states_same(raw, film)


def _nothing_against(raw: _Image, film: _Image) -> bool:
    told = (raw.exposure, film.exposure)
    return (
        (None in told or told[0] == told[1])
        and raw.patient_id == film.patient_id
        and _states_same(raw, film)
    )


def _states_same(raw: _Image, film: _Image) -> bool:
    return all(
        None in both or both[0] == both[1] for both in zip(raw.stated, film.stated, strict=True)
    )
