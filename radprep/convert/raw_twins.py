"""Raw images, FOR PROCESSING, beside the films that were made from them in the same study.

A raw image shows the same exposure as its film, in other grey values: darker, flatter, often
inverted. As a second image it would be counted and voted twice, so it stays out by default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from radprep.convert.duplicates import RAW_TWIN, reject_beside
from radprep.convert.job import STEP, Converted, set_marks
from radprep.convert.same_exposure import Image, agree, may_be_one, of_one_event, of_one_moment
from radprep.dataset.withheld import CORRECTION
from radprep.dicom.exposure import PROCESSING

_MARK_TWIN, _MARK_FILM = f"{STEP}:{RAW_TWIN}", f"{STEP}:raw_film"
_MOST_PAIRS = 100_000
"""Pairs of a raw image and a film that are compared in a study; no study of films has so many."""

Fits = Callable[[Image, Image], bool]


def settle_raw_twins(found: Sequence[Converted], *, keep: bool) -> None:
    """Reject each raw image whose film is in the study, or mark it where `keep` is asked for. A
    raw image without a film stays, with a mark.

    Something must say that they are of one exposure: the film names the raw image as its source,
    both name the same irradiation or the same second, or they agree in several attributes. Else a
    film that nobody took twice would be lost.
    """
    raws = [Image(one) for one in found if one.pixels and _is_raw(one)]
    if not raws:
        return
    films = [Image(one) for one in found if not _is_raw(one) and _is_film(one)]
    twins = _twins(raws, films)
    for number, raw in enumerate(raws):
        film = twins.get(number)
        if film is not None and not keep:
            reject_beside(raw.converted, RAW_TWIN, film.converted)
            continue
        for row in raw.converted.rows:
            set_marks(row, {_MARK_FILM: film is None, _MARK_TWIN: film is not None})


def _is_raw(converted: Converted) -> bool:
    return converted.rows[0]["PresentationIntentType"] == PROCESSING


def _is_film(converted: Converted) -> bool:
    """Whether it gave an image, or would have: what a person rejected is not to come back as its
    raw image."""
    return bool(converted.pixels) or converted.rows[0]["reason"] == CORRECTION


def _twins(raws: Sequence[Image], films: Sequence[Image]) -> dict[int, Image]:
    """Number of a raw image -> its film."""
    found: dict[int, Image] = {}
    if len(raws) * len(films) > _MOST_PAIRS:
        return found
    taken: set[int] = set()
    for number, raw in enumerate(raws):
        sources = [one for one, film in enumerate(films) if film.is_made_of(raw)]
        if sources:
            found[number] = films[sources[0]]
            taken.update(sources)
    lone = _lone_pairs(raws, films)
    ways: tuple[tuple[Fits, bool], ...] = (
        (of_one_event, False),
        (of_one_moment, False),
        (agree, True),
        (lambda raw, film: raw.row["series_id"] in lone and may_be_one(raw, film), True),
    )
    for fits, one_each in ways:
        fitting = {
            number: {one for one, film in enumerate(films) if one not in taken and fits(raw, film)}
            for number, raw in enumerate(raws)
            if number not in found
        }
        used: set[int] = set()
        for number, mine in fitting.items():
            rivals = [others for others in fitting.values() if not mine.isdisjoint(others)]
            if mine and _are_enough(mine, rivals, one_each=one_each):
                film = min(mine - used or mine)
                found[number] = films[film]
                used.add(film)
                taken |= mine
    return found


def _are_enough(mine: set[int], rivals: Sequence[set[int]], *, one_each: bool) -> bool:
    """Whether the films that a raw image fits are as many as the raw images that fit them. There
    may be more films where a moment joins them: one exposure may be processed in several ways.
    one_each: it must be exactly as many, and all must fit the same ones."""
    if one_each:
        return len(rivals) == len(mine) and all(others == mine for others in rivals)
    return len(rivals) <= len(mine)


def _lone_pairs(raws: Sequence[Image], films: Sequence[Image]) -> set[str | None]:
    """The series that hold one raw image and one film."""
    numbers = [Counter(image.row["series_id"] for image in images) for images in (raws, films)]
    return {series for series, number in numbers[0].items() if number == numbers[1][series] == 1}
