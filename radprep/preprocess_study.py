"""The pre-processing of one study: filters on its rows, steps on its images, commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from radprep import dataset, png
from radprep.errors import Failure, RadprepError
from radprep.hashes import key_of, perceptual_hash, pixel_hash
from radprep.pipeline import Pipeline
from radprep.schema import FAILED, FORMAT_VERSION, KEPT, REJECTED, Row
from radprep.stage import Outcome
from radprep.steps.base import StudyStep, Verdict
from radprep.study import Image, Rejected

VERSION = 1
"""Raise it when the same rows, pixels and steps give other files."""


@dataclass(frozen=True)
class PreprocessJob:
    """One study: its label, the key it has in the source, and how much work it is about."""

    study_id: str
    label: str | None
    source_key: str
    weight: int = 0


_MENDABLE = ("image_missing", "image_altered")
"""Faults of the source that a person may mend without anything else changing."""


@dataclass
class _Film:
    """An image on its way, with its row; `row["status"]` stays kept until a step says otherwise."""

    row: Row
    image: Image | None = None


@dataclass(frozen=True)
class PreprocessStage:
    """Work on one study of a data set."""

    source: Path
    out: Path
    pipeline: Pipeline
    made_from: Mapping[str, Any]

    def key(self, source_key: str) -> str:
        """Key of a study: what it was in the source, the steps, and what changes pixels."""
        made_by = {"version": VERSION, "format": FORMAT_VERSION, "numpy": np.__version__, "opencv": cv2.__version__}
        return key_of(made_by, self.pipeline.digest, source_key)

    def do(self, job: PreprocessJob) -> Outcome:
        """Take a study through the pipeline and commit it. Rows that are not kept are carried over as they are."""
        rows = dataset.read_rows(self.source, job.study_id)
        carried = [row for row in rows if row["status"] != KEPT]
        films = [_Film(row) for row in rows if row["status"] == KEPT]
        for step in self.pipeline.study_steps:
            _judge(step, [film for film in films if film.row["status"] == KEPT])
        with dataset.Attempt(self.out, job.study_id) as attempt:
            done: list[Row] = []
            staged: dict[str, Path] = {}
            for film in films:
                for part in self._through_image_steps(film):
                    part.row["label"] = job.label
                    self._stage(part, job, attempt, staged)
                    done.append(part.row)
            return self._commit(job, carried + done, staged, attempt, mendable=any(row["reason"] in _MENDABLE for row in done))

    def fail(self, job: PreprocessJob, code: str) -> Outcome:
        """Commit a study whose worker died or broke: each of its kept rows failed."""
        rows = dataset.read_rows(self.source, job.study_id)
        for row in rows:
            if row["status"] == KEPT:
                _drop(row, FAILED, code, "preprocess", "")
        with dataset.Attempt(self.out, job.study_id) as attempt:
            return self._commit(job, rows, {}, attempt)

    def _commit(self, job: PreprocessJob, rows: list[Row], staged: Mapping[str, Path], attempt: dataset.Attempt, *,
                mendable: bool = False) -> Outcome:
        """mendable: the next run is to try the study again."""
        for row in rows:
            row["label"] = job.label
        attempt.commit(rows, staged, {"key": None if mendable else self.key(job.source_key), "label": job.label,
                                      "stage": "preprocess", "made_from": dict(self.made_from)})
        return Outcome.of(job.study_id, rows)

    def _through_image_steps(self, film: _Film) -> list[_Film]:
        """The film, or its parts, after every image step; each with its own verdict."""
        if film.row["status"] != KEPT:
            return [film]
        try:
            film.image = _load(self.source, film.row)
        except Failure as failure:
            _drop(film.row, FAILED, failure.code, "preprocess", failure.detail)
            return [film]
        parts = [film]
        for step in self.pipeline.image_steps:
            if step.entry not in film.row["history"]:
                parts = [after for part in parts for after in _apply(step, part)]
        return parts

    def _stage(self, film: _Film, job: PreprocessJob, attempt: dataset.Attempt, staged: dict[str, Path]) -> None:
        """Render an image that is still kept, complete its row, and stage its PNG."""
        row, image = film.row, film.image
        if row["status"] != KEPT or image is None:
            return
        try:
            pixels = image.render()
            matrix = image.source_matrix[:2].ravel().tolist()
            row.update(inverted=image.inverted, rotation_degrees=round(image.rotation, 6), width=pixels.shape[1], height=pixels.shape[0],
                       bits=8 * pixels.dtype.itemsize, pixel_hash=pixel_hash(pixels), perceptual_hash=perceptual_hash(pixels),
                       source_matrix=[round(value, 9) + 0.0 for value in matrix])
            row["file_name"] = f"{dataset.image_folder(job.label, job.study_id)}/{row['image_id']}.png"
            staged[row["file_name"]] = attempt.stage(png.encode(pixels))
        except RadprepError:
            raise
        except Exception as error:  # a fault on one image costs that image
            _drop(row, FAILED, "render_failed", "preprocess", type(error).__name__)


def _judge(step: StudyStep, films: list[_Film]) -> None:
    """Let a study step decide on the rows that are still kept."""
    undecided = [film for film in films if step.entry not in film.row["history"]]
    try:
        verdicts = step.judge([film.row for film in undecided])
    except Exception as error:  # a fault of the step fails the images it was to decide on
        for film in undecided:
            _drop(film.row, FAILED, "step_failed", step.name, type(error).__name__)
        return
    for film, verdict in zip(undecided, verdicts, strict=True):
        _record(film.row, step.entry, step.name, verdict)


def _record(row: Row, entry: str, name: str, verdict: Verdict) -> None:
    _add_decisions(row, {name: verdict.seen})
    if verdict.review:
        row["review"] = [*row["review"], f"{name}:{verdict.review}"]
    if verdict.reason:
        _drop(row, REJECTED, verdict.reason, name, verdict.value)
    else:
        row["history"] = [*row["history"], entry]


def _apply(step: Any, film: _Film) -> list[_Film]:
    """One step on one image that is still kept: its parts, or itself rejected or failed."""
    row, image = film.row, film.image
    if row["status"] != KEPT or image is None:
        return [film]
    try:
        images = step.apply(image)
    except Rejected as decision:
        _drop(row, REJECTED, decision.reason, step.name, decision.value)
        return [film]
    except Exception as error:  # a step's fault fails its image, not its study
        _drop(row, FAILED, "step_failed", step.name, type(error).__name__)
        return [film]
    return [_Film(_row_after(row, step.entry, after, number), replace(after, columns={}, decisions={}, review=()))
            for number, after in enumerate(images, start=1)]


def _row_after(row: Row, entry: str, image: Image, number: int) -> Row:
    """A copy of the row for an image that a step gave back, with what the step said of it. The first keeps the name, the
    others get a suffix."""
    after = {**row, **_columns(row, image), "history": [*row["history"], entry], "review": [*row["review"], *image.review]}
    _add_decisions(after, image.decisions)
    if number > 1:
        after["image_id"] = f"{row['image_id']}-p{number}"
    return after


def _columns(row: Row, image: Image) -> dict[str, Any]:
    """What the step sets, except that a part which a later splitter leaves whole stays the part it was."""
    columns = dict(image.columns)
    if columns.get("part_count") == 1 and row["part_count"] is not None:
        del columns["part"], columns["part_count"]
    return columns


def _add_decisions(row: Row, seen: Mapping[str, Any]) -> None:
    if seen:
        row["decisions"] = json.dumps({**json.loads(row["decisions"] or "{}"), **seen}, sort_keys=True)


def _drop(row: Row, status: str, reason: str, step: str, detail: str) -> None:
    row.update(status=status, reason=reason, step=step, detail=detail or None, file_name=None)


def _load(source: Path, row: Row) -> Image:
    """The image of a row, if it is still the one that the row speaks of. Raises Failure: image_missing, image_altered."""
    try:
        pixels = png.decode((source / row["file_name"]).read_bytes())
    except OSError:
        raise Failure("image_missing") from None
    except ValueError as error:
        raise Failure("image_altered", str(error)) from None
    if pixel_hash(pixels) != row["pixel_hash"]:
        raise Failure("image_altered", "its pixels are not those that were hashed")
    pixels.flags.writeable = False
    base = np.vstack([np.reshape(row["source_matrix"], (2, 3)), [0, 0, 1]])
    return Image(pixels, base=base, inverted=row["inverted"], rotation=row["rotation_degrees"])
