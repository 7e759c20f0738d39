"""The decisions that a step took with little confidence, and those of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from radprep.dataset.schema import Row
from radprep.report.facts.material import Material
from radprep.report.facts.naming import words
from radprep.report.facts.person import work_of
from radprep.report.facts.review import StepReview, marks_of, step_reviews
from radprep.report.findings import Findings
from radprep.report.pictures import plots
from radprep.report.pictures.examples import figure
from radprep.report.sections.base import Section

_LEAST_SURE = 3
"""Films shown of a step: those it was least sure of."""


def values(findings: Findings) -> dict[str, Any]:
    """What the template shows."""
    material = findings.material
    rows = {row["image_id"]: row for row in material.kept}
    return {
        "reviews": [_shown(one, material, rows) for one in step_reviews(material)],
        "work": work_of(material),
    }


def _shown(one: StepReview, material: Material, rows: Mapping[str, Row]) -> dict[str, Any]:
    title = words(one.step)
    return {
        "step": one.step,
        "title": title,
        "total": len(one.image_ids),
        "marked": one.marked,
        "plot": _plot(one, title, rows),
        "films": [
            figure(material, rows[image_id], _said(one, image_id))
            for image_id in one.image_ids[:_LEAST_SURE]
            if one.marked
        ],
    }


def _plot(one: StepReview, title: str, rows: Mapping[str, Row]) -> Markup:
    """How sure the step was; empty where it never said so."""
    if not one.confidences:
        return Markup("")
    marked = [
        confidence
        for image_id, confidence in one.confidences.items()
        if marks_of(rows[image_id], one.step)
    ]
    return Markup(plots.histogram(list(one.confidences.values()), title, "confidence", marked))


def _said(one: StepReview, image_id: str) -> str:
    if image_id in one.confidences:
        return f"confidence {one.confidences[image_id]:.2f}"
    return "marked"


SECTION = Section("review", "Review", values)
