"""What each step of the pipeline did, and what it saw on some films."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from radprep.dataset.schema import FAILED, KEPT, REJECTED
from radprep.report.facts.material import Material, decisions_of
from radprep.report.facts.naming import words
from radprep.report.findings import Findings
from radprep.report.pictures.examples import caption, examples
from radprep.report.pictures.steps import StepPicture
from radprep.report.sections.base import Section
from radprep.steps import STEPS

_MOST_SAMPLES = 4
"""Films of which is shown what the steps saw."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    shown = samples(findings.material, findings.step_pictures)
    return {
        "step_rows": step_rows(findings.material),
        "samples": shown,
        "samples_left": max(0, len(findings.step_pictures) - len(shown)),
    }


def step_rows(material: Material) -> list[dict[str, Any]]:
    """What each step of the pipeline did, in its order; then, where rows were lost elsewhere, by
    convert or by a person, a line for each; then the sums. Images are counted where something was
    done to them, rows where they were lost: a row is lost by one step only."""
    lost = Counter(
        (row["step"] or "", row["status"]) for row in material.rows if row["status"] != KEPT
    )
    seen: Counter[str] = Counter()
    for row in material.kept:
        seen.update(list(decisions_of(row)))
    listed = []
    for step in material.steps:
        did = _did(material, step["name"], seen[step["name"]])
        title = f"{step['name']} {step['version']}"
        listed.append(_line(title, _taken(lost, step["name"]), did, step["parameters"]))
    others = sorted({step for step, _ in lost})
    listed += [_line(words(step), _taken(lost, step)) for step in others]
    sums = {status: sum(line[status] for line in listed) for status in (REJECTED, FAILED)}
    return [*listed, _line("together", sums)] if material.steps else []


def _line(
    name: str, lost: Mapping[str, int], did: str = "", parameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {"name": name, "did": did, "parameters": _parameters(parameters or {}), **lost}


def _taken(lost: Counter[tuple[str, str]], step: str) -> dict[str, int]:
    """The rows that a step lost, by status. They are taken away, so that those of a step that
    stands twice in a pipeline are counted once."""
    return {status: lost.pop((step, status), 0) for status in (REJECTED, FAILED)}


def _did(material: Material, name: str, seen: int) -> str:
    """What a step did, in numbers. A step that is not known here has no effect to count."""
    effect = STEPS[name].effect if name in STEPS else None
    if effect:
        return f"{sum(map(effect.of, material.kept)):,} {effect.did}"
    return f"{seen:,} done" if seen else ""


def _parameters(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in parameters.items())


def samples(material: Material, step_pictures: Mapping[str, StepPicture]) -> list[dict[str, str]]:
    """Pictures of what the steps saw on films that differ in what was done to them."""
    drawn = [
        (row, step_pictures[row["image_id"]])
        for row in examples(material, len(material.kept))
        if row["image_id"] in step_pictures
    ]
    return [
        {
            "picture": picture.name,
            "caption": f"{', '.join(map(words, picture.panels))}: {caption(row)}",
        }
        for row, picture in drawn[:_MOST_SAMPLES]
    ]


SECTION = Section("steps", "Steps", values)
