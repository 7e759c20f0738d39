"""A sample of the page in one file, small enough to mail: pictures and rows stand in it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from radprep.dataset.durable import explain_disk_errors
from radprep.dataset.schema import Row
from radprep.report import rows as page_rows
from radprep.report.facts.material import Material, decisions_of
from radprep.report.facts.review import worst_first
from radprep.report.findings import Findings
from radprep.report.folder import SAMPLE, page_data
from radprep.report.page import inline, render
from radprep.report.pictures.steps import StepPicture
from radprep.report.pictures.thumbnails import thumbnail_name

MOST_BYTES = 2_500_000
"""Of pictures and rows together; the page itself takes a few hundred thousand more, so that the
file stays below 3 MB."""

_NOTHING = "data:,"


def write_single_file(
    out: Path, material: Material, step_pictures: Mapping[str, StepPicture], missing: frozenset[str]
) -> int:
    """Write OUT/report.html: all numbers, and as many films as fit in: those to look at first.
    Returns how many."""
    shown = _picked(out, material, step_pictures)
    sample = replace(material, rows=shown)
    listed = page_rows.page_rows(sample, missing, step_pictures)
    names = [name for row in shown for name in _picture_names(material, row, step_pictures)]
    findings = Findings(material, step_pictures, sampled=len(shown))
    addresses = {name: _address(out / name) for name in dict.fromkeys(names)}
    scripts = [
        page_rows.script("radprepPictures", addresses),
        *(
            page_rows.script("radprepCards", number, decisions)
            for number, decisions in enumerate(page_rows.cards(sample))
        ),
        page_rows.script("radprepData", page_data(sample, listed)),
    ]
    with explain_disk_errors(out):
        text = render(
            findings,
            [inline(script) for script in scripts],
            lambda name: addresses.get(name) or _address(out / name),
        )
        (out / SAMPLE).write_text(text, encoding="utf-8")
    return len(shown)


def _picked(out: Path, material: Material, step_pictures: Mapping[str, StepPicture]) -> list[Row]:
    """Every second row is one to look at, the others stand for all; until their pictures and
    decisions fill the file."""
    left = MOST_BYTES
    picked: dict[int, Row] = {}
    for row in _alternating(worst_first(material.rows), _spread(material.rows)):
        if id(row) in picked:
            continue
        left -= (
            600
            + 2 * len(str(decisions_of(row)))
            + sum(_size(out / name) for name in _picture_names(material, row, step_pictures))
        )
        if left < 0:
            break
        picked[id(row)] = row
    return [row for row in material.rows if id(row) in picked]


def _alternating(first: Iterable[Row], second: Iterable[Row]) -> Iterable[Row]:
    for pair in zip(first, second, strict=True):
        yield from pair


def _spread(rows: list[Row]) -> list[Row]:
    """The same rows in an order in which any beginning is spread over all of them."""
    return sorted(rows, key=lambda row: (row["pixel_hash"] or row["source_id"])[::-1])


def _picture_names(
    material: Material, row: Row, step_pictures: Mapping[str, StepPicture]
) -> list[str]:
    film = material.drawn_film_of(row)
    names = [
        thumbnail_name(material, one)
        for one in (row if material.is_drawn(row) else None, film)
        if one
    ]
    return names + (
        [step_pictures[row["image_id"]].name] if row["image_id"] in step_pictures else []
    )


def _size(path: Path) -> int:
    """Bytes of a picture as base64."""
    return path.stat().st_size * 4 // 3 + 100 if path.exists() else 0


def _address(path: Path) -> str:
    return (
        f"data:image/webp;base64,{base64.b64encode(path.read_bytes()).decode()}"
        if path.exists()
        else _NOTHING
    )
