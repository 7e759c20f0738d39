"""The part of the card that says how the data set was made: stages, steps, what was lost and why,
labels as they were joined, and marks for review."""

from __future__ import annotations

import json
from collections.abc import Sequence

from radprep.export.card.markdown import plain, table
from radprep.export.card.measured import Measured, Why
from radprep.report.facts.label_join import LabelJoin
from radprep.report.facts.naming import words


def making(found: Measured, labelling: Sequence[str]) -> list[str]:
    """The lines of the section. labelling: what a person says of who gave the labels."""
    return [
        "## Preprocessing, cleaning and labelling",
        "",
        "### What was done to the images?",
        "",
        plain(found.methods),
        "",
        *(f"- \\[{number}\\] {plain(work)}" for number, work in found.citations),
        "",
        *_steps(found),
        *_funnel(found),
        *_lost(found),
        *_joined(found),
        *labelling,
        *_review(found),
    ]


def _steps(found: Measured) -> list[str]:
    if not found.steps:
        return []
    rows = [
        (
            f"{place}. {step['name']}",
            str(step["version"]),
            ", ".join(f"{name} {json.dumps(value)}" for name, value in step["parameters"].items()),
        )
        for place, step in enumerate(found.steps, 1)
    ]
    return [
        f"The steps of the pipeline {plain(found.pipeline)}, in their order:",
        "",
        *table(("step", "version", "parameters"), rows),
    ]


def _funnel(found: Measured) -> list[str]:
    rows = [(level.title, level.files, sum(level.lost.values())) for level in found.funnel]
    return [
        "### How far did the files come?",
        "",
        *table(("came as far as", "files", "lost on the way there"), rows),
    ]


def _lost(found: Measured) -> list[str]:
    lines = ["### What was rejected or failed, and why?", ""]
    if not found.lost:
        return [*lines, "Nothing was rejected and nothing failed.", ""]
    return [
        *lines,
        "Rejected is a decision, failed is a fault. A row is an image, or a file that gave none.",
        "",
        *_whys(found.lost, "rows"),
    ]


def _whys(whys: Sequence[Why], counted: str) -> list[str]:
    has_several = len({one.status for one in whys}) > 1
    first = ("status",) if has_several else ()
    return table(
        (*first, "by", "reason", counted, "what it means"),
        [
            (
                *((one.status,) if has_several else ()),
                words(one.step),
                words(one.reason),
                one.rows,
                one.what,
            )
            for one in whys
        ],
    )


def _joined(found: Measured) -> list[str]:
    join = found.join
    if join is None:
        return []
    lines = [
        "### How did labels come to studies?",
        "",
        f"They were joined on {plain(join.key)}. {_found(join)} "
        f"{join.missing:,} rows said nothing, and {join.uncertain:,} that nobody was sure.",
        "",
        *(f"- {plain(text)}" for text in join.told),
    ]
    if join.meanings:
        lines += [f"- Texts became labels: {plain('; '.join(join.meanings))}."]
    return [*lines, ""]


def _found(join: LabelJoin) -> str:
    """How many studies, or images where labels are of these alone, found a label."""
    if join.of_studies:
        return (
            f"{join.labelled:,} studies found one, {join.without:,} found none, and "
            f"{join.contradictory:,} found contradictory ones, which count as none. "
            f"{join.keys_left:,} keys of the table found no study."
        )
    return (
        f"{join.images:,} images found one, and {join.files_contradictory:,} found contradictory "
        f"ones, which count as none. {join.image_keys_left:,} keys of images found no file."
    )


def _review(found: Measured) -> list[str]:
    lines = [
        "### What was a person asked to look at?",
        "",
        f"Of the decisions: {plain(found.reviewed)}.",
        "",
    ]
    return [*lines, *_whys(found.marks, "images")] if found.marks else lines
