"""A film on its way through the steps: its row and its image, what each step makes of them, and
what a person corrects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from radprep.dataset.image_id import ImageId
from radprep.dataset.schema import FAILED, KEPT, REJECTED, Row, remove_image
from radprep.dataset.withheld import CORRECTION
from radprep.image.image import Image, Rejected
from radprep.stage.corrections import STATUS, Corrections, Value, is_rejected, wanted
from radprep.stage.person import history_entry
from radprep.steps.base import ImageStep, StudyStep, Verdict


@dataclass
class Film:
    """An image on its way, with its row; `row["status"]` stays kept until a step says otherwise."""

    row: Row
    image: Image | None = None


def judge(step: StudyStep, films: Sequence[Film], corrections: Corrections) -> None:
    """Let a study step decide on the rows that are still kept."""
    undecided = [
        film
        for film in films
        if film.row["status"] == KEPT and step.entry not in film.row["history"]
    ]
    try:
        verdicts = step.judge([film.row for film in undecided])
    except Exception as error:  # a fault of the step fails the images it was to decide on
        for film in undecided:
            drop(film.row, FAILED, "step_failed", step.name, type(error).__name__)
        return
    for film, verdict in zip(undecided, verdicts, strict=True):
        _record(film.row, step, verdict, corrections)


def take(
    step: ImageStep, film: Film, earlier: Sequence[ImageStep], corrections: Corrections
) -> list[Film]:
    """One step on one image that is still kept: its parts, or itself rejected or failed. A step
    that its history holds is skipped.

    earlier: the steps before this one, whose decisions a person may correct for a part that did not
    exist then.
    """
    row, image = film.row, film.image
    correction = _correction(step, row, corrections)
    if (
        row["status"] != KEPT
        or image is None
        or (correction is None and step.entry in row["history"])
    ):
        return [film]
    try:
        images, correction = _images(step, image, row, correction, corrections)
        settled = row if correction is None else _without_marks_of(step, row)
        entries = [step.entry] if correction is None else [step.entry, history_entry(*correction)]
        first, *others = [
            Film(_row_after(settled, entries, after, number), after.without_notes())
            for number, after in enumerate(images, start=1)
        ]
    except Rejected as decision:
        drop(row, REJECTED, decision.reason, step.name, decision.value)
        return [film]
    except Exception as error:  # a step's fault fails its image, not its study
        drop(row, FAILED, "step_failed", step.name, type(error).__name__)
        return [film]
    return [first, *(_with_own_corrections(other, earlier, corrections) for other in others)]


def reject_corrected(row: Row, corrections: Corrections) -> None:
    """Reject a row that a person wants rejected, whatever the steps said and whatever went wrong:
    a film that failed may still be shown, one that a person rejected never is."""
    if is_rejected(row["image_id"], corrections):
        drop(row, REJECTED, CORRECTION, CORRECTION, "by a person")


def reject_uncut(films: Sequence[Film], rejected: Iterable[str]) -> None:
    """Reject what became of a film of which a person rejected a part that is no longer cut: nobody
    knows where the pixels of that part are now.

    films: the film, or its parts, after every step. rejected: the images of it that a person
    rejected.
    """
    if {film.row["image_id"] for film in films}.issuperset(rejected):
        return
    for film in films:
        if film.row["status"] == KEPT:
            drop(film.row, REJECTED, CORRECTION, CORRECTION, "a part of it, by a person")


def drop(row: Row, status: str, reason: str, step: str, detail: str) -> None:
    """Say why a row has no image any more."""
    row["status"], row["reason"] = status, reason
    row["step"], row["detail"] = step, detail or None
    remove_image(row)


def add_decisions(row: Row, seen: Mapping[str, Any]) -> None:
    """Add to what the steps saw. seen: step -> JSON values."""
    if seen:
        row["decisions"] = json.dumps(
            {**json.loads(row["decisions"] or "{}"), **seen}, sort_keys=True
        )


def _record(row: Row, step: StudyStep, verdict: Verdict, corrections: Corrections) -> None:
    add_decisions(row, {step.name: verdict.seen})
    if verdict.review:
        row["review"] = [*row["review"], f"{step.name}:{verdict.review}"]
    if not verdict.reason:
        row["history"] = _with_entries(row, [step.entry])
    elif _is_to_be(KEPT, row, corrections):
        add_decisions(
            row,
            {
                step.name: {
                    **verdict.seen,
                    "corrected": True,
                    "reason": verdict.reason,
                    "value": verdict.value,
                }
            },
        )
        row["history"] = _with_entries(row, [step.entry, history_entry(STATUS, KEPT)])
    else:
        drop(row, REJECTED, verdict.reason, step.name, verdict.value)


def _images(
    step: ImageStep,
    image: Image,
    row: Row,
    correction: tuple[str, Value] | None,
    corrections: Corrections,
) -> tuple[list[Image], tuple[str, Value] | None]:
    """What a step, or a person in its place, makes of an image, and the correction that this was.
    Raises Rejected."""
    if correction is not None:
        return step.corrected(image, _still_to_do(correction, row)), correction
    try:
        return step.apply(image), None
    except Rejected as decision:
        if not _is_to_be(KEPT, row, corrections):
            raise
        return [
            image.note(step.name, corrected=True, reason=decision.reason, value=decision.value)
        ], (STATUS, KEPT)


def _correction(step: ImageStep, row: Row, corrections: Corrections) -> tuple[str, Value] | None:
    """The field and the value that a person wants of an image instead of a step's own decision."""
    value = wanted(corrections, row["image_id"], step.corrects or "")
    return None if step.corrects is None or value is None else (step.corrects, value)


def _still_to_do(correction: tuple[str, Value], row: Row) -> Value:
    """The value for the step. The number of parts is the film's: one of them, cut by an earlier
    run, stays whole."""
    field, value = correction
    return 1 if field == "parts" and (row["part_count"] or 1) > 1 else value


def _is_to_be(status: str, row: Row, corrections: Corrections) -> bool:
    return wanted(corrections, row["image_id"], STATUS) == status


def _with_own_corrections(
    part: Film, earlier: Sequence[ImageStep], corrections: Corrections
) -> Film:
    """A part that has just come into being, as a person wants it where that differs from its
    film."""
    for step in earlier:
        if _correction(step, part.row, corrections) is not None:
            [part] = take(step, part, (), corrections)
    return part


def _row_after(row: Row, entries: Sequence[str], image: Image, number: int) -> Row:
    """A copy of the row for an image that a step gave back, with what the step said of it. The
    first keeps the name, the others get a suffix."""
    after: Row = {
        **row,
        **_columns(row, image),
        "history": _with_entries(row, entries),
        "review": [*row["review"], *image.review],
    }
    add_decisions(after, image.decisions)
    after["image_id"] = str(ImageId.parse(row["image_id"]).part(number))
    return after


def _without_marks_of(step: ImageStep, row: Row) -> Row:
    """What a step was unsure of, a person has decided."""
    marks = [mark for mark in row["review"] if not mark.startswith(f"{step.name}:")]
    return {**row, "review": marks}


def _with_entries(row: Row, entries: Sequence[str]) -> list[str]:
    """The history with what was done now. A correction may take the place of a decision that stands
    there already."""
    return [*row["history"], *(entry for entry in entries if entry not in row["history"])]


def _columns(row: Row, image: Image) -> Row:
    """What the step sets, except that a part which a later splitter leaves whole stays the part it
    was."""
    columns = cast(Row, dict(image.columns))
    if columns.get("part_count") == 1 and row["part_count"] is not None:
        del columns["part"], columns["part_count"]
    return columns
