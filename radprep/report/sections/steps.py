"""What each step of the pipeline did, and what it saw on some films."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

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
    return {
        "step_rows": step_rows(findings.material),
        "samples": samples(findings.material, findings.step_pictures),
    }


def step_rows(material: Material) -> list[dict[str, Any]]:
    """Name, version, deeds and parameters of each step of the pipeline, in its order."""
    seen: Counter[str] = Counter()
    for row in material.kept:
        seen.update(list(decisions_of(row)))
    lost = Counter(row["step"] for row in material.rows if row["step"])
    return [
        {
            "name": step["name"],
            "version": step["version"],
            "did": _did(material, step["name"], seen[step["name"]], lost[step["name"]]),
            "parameters": _parameters(step["parameters"]),
        }
        for step in material.steps
    ]


def _did(material: Material, name: str, seen: int, lost: int) -> str:
    """What a step did, in numbers. A step that is not known here has no effect to count."""
    effect = STEPS[name].effect if name in STEPS else None
    told = []
    if effect:
        told.append(f"{sum(map(effect.of, material.kept)):,} {effect.did}")
    elif seen:
        told.append(f"{seen:,} done")
    if lost:
        told.append(f"{lost:,} rejected or failed")
    return ", ".join(told)


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
