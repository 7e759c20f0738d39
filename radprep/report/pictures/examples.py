"""Films that stand for all: which ones a section shows, and what is written below them."""

from __future__ import annotations

from collections import defaultdict

from radprep.dataset.schema import Row
from radprep.report.facts.material import Material
from radprep.report.pictures.thumbnails import thumbnail_name

_TURNED = 15
"""Degrees from which on an image is an example of one that was turned."""


def caption(row: Row) -> str:
    """What was done to an image, in a few words."""
    turn = round(row["rotation_degrees"] or 0)
    done = [f"turned {abs(turn)}\N{DEGREE SIGN} {'left' if turn > 0 else 'right'}"] if turn else []
    done += ["grey values turned over"] if row["inverted"] else []
    done += [f"part {row['part']} of {row['part_count']}"] if (row["part_count"] or 1) > 1 else []
    return ", ".join(done) or "left as it came"


def examples(material: Material, most: int) -> list[Row]:
    """Kept images that differ in what was done to them: of each kind one, then another of each."""
    kinds: dict[tuple[bool, bool, bool, bool], list[Row]] = defaultdict(list)
    for row in material.kept:
        kinds[
            bool(row["inverted"]),
            (row["part_count"] or 1) > 1,
            abs(row["rotation_degrees"] or 0) >= _TURNED,
            bool(row["review"]),
        ].append(row)
    ordered = [kinds[kind] for kind in sorted(kinds, key=lambda kind: (-sum(kind[:3]), kind))]
    longest = max(map(len, ordered), default=0)
    return [rows[place] for place in range(longest) for rows in ordered if place < len(rows)][:most]


def figure(material: Material, row: Row, text: str) -> dict[str, str]:
    """The pictures of a kept image and of the film it was made from ("" where there is none), with
    a text below them."""
    film = material.film_of(row)
    return {
        "after": thumbnail_name(row["image_id"], row["pixel_hash"]),
        "caption": text,
        "before": thumbnail_name(film["image_id"], film["pixel_hash"]) if film else "",
    }
