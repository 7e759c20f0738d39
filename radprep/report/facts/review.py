"""What a person should look at: decisions taken with little confidence, and what stands out in the
whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radprep.dataset.schema import FAILED, KEPT, REJECTED, Row
from radprep.dataset.withheld import CORRECTION
from radprep.report.facts.material import Material, decisions_of
from radprep.steps import STEPS


@dataclass(frozen=True)
class StepReview:
    """The images of one step, the least confident first, those with a review mark before the
    others.

    marked: images with a mark, by its reason. confidences: image_id -> 0 to 1, of the images where
    the step said one.
    """

    step: str
    marked: Mapping[str, int]
    image_ids: list[str]
    confidences: Mapping[str, float]


def step_reviews(material: Material) -> list[StepReview]:
    """One for each step of the pipeline that marked an image or said how sure it is, in the
    pipeline's order; then one for each other part of radprep that marked an image."""
    steps = [step["name"] for step in material.steps]
    others = {mark.partition(":")[0] for row in material.kept for mark in row["review"]} - {*steps}
    found = [_step_review(step, material.kept) for step in (*steps, *sorted(others))]
    return [review for review in found if review.image_ids]


def confidence(step: str, row: Mapping[str, Any], decisions: Mapping[str, Any]) -> float | None:
    """How sure a step was of an image, 0 to 1: what its column says or, where it has none, what it
    noted as `confidence`; None where it says nothing."""
    if step not in decisions:
        return None
    column = STEPS[step].confidence_column if step in STEPS else None
    value = row[column] if column else decisions[step].get("confidence")
    return float(value) if isinstance(value, int | float) else None


def marks_of(row: Row, step: str) -> list[str]:
    """The reasons for which a step marked an image."""
    return [mark.removeprefix(f"{step}:") for mark in row["review"] if mark.startswith(f"{step}:")]


def is_corrected(row: Row) -> bool:
    """Whether a person took a decision on a row in the place of a step."""
    said = decisions_of(row).values()
    return row["step"] == CORRECTION or any(
        isinstance(one, dict) and bool(one.get("corrected")) for one in said
    )


def _step_review(step: str, kept: Sequence[Row]) -> StepReview:
    marked: dict[str, int] = {}
    sure: dict[str, float] = {}
    order: list[tuple[bool, float, str]] = []
    for row in kept:
        said = confidence(step, row, decisions_of(row))
        marks = marks_of(row, step)
        for mark in marks:
            marked[mark] = marked.get(mark, 0) + 1
        if said is not None:
            sure[row["image_id"]] = said
        if said is not None or marks:
            order.append((not marks, 0.0 if said is None else said, row["image_id"]))
    return StepReview(
        step, dict(sorted(marked.items())), [image_id for _, _, image_id in sorted(order)], sure
    )


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order in which a person should look at them: the most review marks, then what
    failed, was rejected, kept."""
    order = (FAILED, REJECTED, KEPT)
    return sorted(
        rows,
        key=lambda row: (
            -len(row["review"]),
            order.index(row["status"]),
            row["source_id"],
            row["image_id"] or "",
        ),
    )
