"""Films that stand for all: which ones a section shows, and what is written below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from radprep.dataset.schema import Row
from radprep.dataset.withheld import WORDS
from radprep.report.facts.material import Material
from radprep.report.facts.naming import words
from radprep.report.pictures.thumbnails import thumbnail_name

_TURNED = 15
"""Degrees from which on an image is an example of one that was turned."""


def caption(row: Row) -> str:
    """What was done to an image, in a few words, and the review marks that it carries."""
    turn = round(row["rotation_degrees"] or 0)
    done = [f"turned {abs(turn)}\N{DEGREE SIGN} {'left' if turn > 0 else 'right'}"] if turn else []
    done += ["grey values turned over"] if row["inverted"] else []
    done += [f"part {row['part']} of {row['part_count']}"] if (row["part_count"] or 1) > 1 else []
    marks = f"; to review: {', '.join(map(words, row['review']))}" if row["review"] else ""
    return (", ".join(done) or "neither turned nor inverted nor cut in parts") + marks


def examples(material: Material, most: int) -> list[Row]:
    """Images that the page shows and that differ in what was done to them: of each kind one, then
    another of each. Those without a review mark come first: what stands for all should be what
    nobody doubts."""
    sure = [row for row in material.drawn if not row["review"]]
    unsure = [row for row in material.drawn if row["review"]]
    return [*_of_each_kind(sure), *_of_each_kind(unsure)][:most]


def _of_each_kind(rows: Iterable[Row]) -> list[Row]:
    kinds: dict[tuple[bool, bool, bool], list[Row]] = defaultdict(list)
    for row in rows:
        kinds[
            bool(row["inverted"]),
            (row["part_count"] or 1) > 1,
            abs(row["rotation_degrees"] or 0) >= _TURNED,
        ].append(row)
    ordered = [kinds[kind] for kind in sorted(kinds, key=lambda kind: (-sum(kind), kind))]
    longest = max(map(len, ordered), default=0)
    return [found[place] for place in range(longest) for found in ordered if place < len(found)]


def figure(material: Material, row: Row, text: str) -> dict[str, str]:
    """The pictures of a kept image and of the film it was made from ("" where there is none), with
    a text below them. instead: what stands in the place of a picture that is withheld."""
    film = material.drawn_film_of(row)
    is_drawn = material.is_drawn(row)
    return {
        "after": thumbnail_name(material, row) if is_drawn else "",
        "caption": text,
        "before": thumbnail_name(material, film) if film else "",
        "instead": "" if is_drawn else placeholder(material, row),
    }


def placeholder(material: Material, row: Row) -> str:
    """What the page says where a picture is withheld, with the file of an image that was kept; ""
    where none is."""
    why = material.why_hidden(row)
    if not why:
        return ""
    place = f"; the image is {row['file_name']}" if row["file_name"] else ""
    return f"no picture: {WORDS[why]}{place}"
