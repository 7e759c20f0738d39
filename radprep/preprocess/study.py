"""The pre-processing of one study: filters on its rows, steps on its images, commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from radprep.burned_in.places import BURNED_IN, boxes_in, outlines
from radprep.dataset.box_decisions import shown_in
from radprep.dataset.boxes import matrix_of
from radprep.dataset.commit import Attempt
from radprep.dataset.footer import Footer
from radprep.dataset.image_file import read_image_bytes
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name, mask_hash, mask_name
from radprep.dataset.schema import FAILED, FORMAT_VERSION, KEPT, Row
from radprep.errors import Failure, RadprepError
from radprep.image import png
from radprep.image.hashes import perceptual_hash, pixel_hash
from radprep.image.image import Image, LimbMask, Pixels, inverse
from radprep.image.spacing import moved_spacing
from radprep.preprocess.boxes_on_parts import carry, keep_of_part, tell
from radprep.preprocess.film import (
    Film,
    add_decisions,
    drop,
    judge,
    reject_corrected,
    reject_uncut,
    take,
)
from radprep.preprocess.pipeline import Pipeline
from radprep.stage.corrections import VERSION as CORRECTIONS_VERSION
from radprep.stage.corrections import Corrections, rejected_by_film
from radprep.stage.drawn_boxes import correct_boxes
from radprep.stage.person import sign
from radprep.stage.plan import digest_of
from radprep.stage.pulse import counted
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import Outcome, failure_codes, stage_png

STEP = "preprocess"
"""Names this stage in a row and in dataset.json."""

VERSION = 5
"""Raise it when the same rows, pixels and steps give other files."""


@dataclass(frozen=True, slots=True)
class PreprocessJob:
    """One study: the key it has in the source, how much work it is about, and what a person
    corrects in it."""

    study_id: str
    source_key: str
    weight: int = 0
    corrections: Corrections = field(default_factory=dict)


_MENDABLE = ("image_missing", "image_altered")
"""Faults of the source that a person may mend without anything else changing."""


@dataclass(frozen=True)
class PreprocessStage:
    """Work on one study of a data set."""

    source: DataSet
    out: DataSet
    pipeline: Pipeline
    made_from: Mapping[str, Any]

    def parts(self, source_key: str, corrections: Corrections) -> dict[str, str]:
        """Parts of a study's key: what it was in the source, the steps, what a person corrects in
        it, and what changes pixels."""
        corrected = (
            {"corrections": digest_of([corrections, CORRECTIONS_VERSION])} if corrections else {}
        )
        return {**self._same_for_all, "input": digest_of(source_key), **corrected}

    @cached_property
    def _same_for_all(self) -> dict[str, str]:
        versions = {
            "version": VERSION,
            "format": FORMAT_VERSION,
            "numpy": np.__version__,
            "opencv": cv2.__version__,
            "steps": [step.version for step in self.pipeline.steps],
        }
        parameters = [(step.name, step.model_dump(mode="json")) for step in self.pipeline.steps]
        return {"parameters": digest_of(parameters), "versions": digest_of(versions)}

    def do(self, job: PreprocessJob) -> Outcome:
        """Take a study through the pipeline and commit it. Rows that are not kept are carried over
        as they are."""
        watch = Stopwatch()
        with watch.timing("rows"):
            carried, films = self.judged(job)
        # a study step may have rejected them by now
        before: list[Row] = [{**film.row, "status": KEPT} for film in films]
        with Attempt(self.out, job.study_id) as attempt:
            done: list[Row] = []
            staged: dict[str, Path] = {}
            rejected = rejected_by_film(job.corrections, {film.row["image_id"] for film in films})
            for film in counted(films, job.weight):
                parts = self._through_image_steps(film, job.corrections, watch)
                reject_uncut(parts, rejected.get(parts[0].row["image_id"], ()))
                for part in parts:
                    self._stage(part, watch, attempt, staged)
                    done.append(part.row)
            tell(before, done)
            for row in done:
                sign(row, job.corrections)
            return self._commit(
                job,
                carried + done,
                staged,
                attempt,
                watch,
                mendable=any(row["reason"] in _MENDABLE for row in done),
            )

    def fail(self, job: PreprocessJob, code: str) -> Outcome:
        """Commit a study whose worker died or broke: each of its kept rows failed, but those that a
        person rejects."""
        rows = self.source.rows(job.study_id)
        for row in rows:
            if row["status"] == KEPT:
                drop(row, FAILED, code, STEP, "")
                reject_corrected(row, job.corrections)
                sign(row, job.corrections)
        with Attempt(self.out, job.study_id) as attempt:
            return self._commit(job, rows, {}, attempt, Stopwatch())

    def _commit(
        self,
        job: PreprocessJob,
        rows: list[Row],
        staged: Mapping[str, Path],
        attempt: Attempt,
        watch: Stopwatch,
        *,
        mendable: bool = False,
    ) -> Outcome:
        """mendable: the next run is to try the study again."""
        parts = self.parts(job.source_key, job.corrections)
        failed = failure_codes(row for row in rows if row["step"] != "convert")
        footer: Footer = {
            "key": None if mendable else key_of(parts),
            "parts": parts,
            "labels": None,
            "stage": STEP,
            "made_from": dict(self.made_from),
            "failed": failed,
            "images": len(staged),
        }
        with watch.timing("commit"):
            attempt.commit(rows, staged, footer)
        return Outcome.of(job.study_id, rows, watch.seconds)

    def judged(self, job: PreprocessJob) -> tuple[list[Row], list[Film]]:
        """The study's rows that were not kept in the source, and its films with the verdicts of the
        study steps and of a person."""
        rows = self.source.rows(job.study_id)
        carried, films = (
            [row for row in rows if row["status"] != KEPT],
            [Film(row) for row in rows if row["status"] == KEPT],
        )
        for film in films:
            correct_boxes(film.row, job.corrections)
        for step in self.pipeline.study_steps:
            judge(step, films, job.corrections)
        for film in films:  # before one of them is opened
            reject_corrected(film.row, job.corrections)
        return carried, films

    def open(self, film: Film, watch: Stopwatch) -> None:
        """Read the image of a film that is still kept; one that cannot be read has failed."""
        if film.row["status"] != KEPT:
            return
        try:
            film.image = _load(self.source, film.row, watch)
        except Failure as failure:
            drop(film.row, FAILED, failure.code, STEP, failure.detail)

    def _through_image_steps(
        self, film: Film, corrections: Corrections, watch: Stopwatch
    ) -> list[Film]:
        """The film, or its parts, after every image step; each with its own verdict."""
        self.open(film, watch)
        parts, steps = [film], self.pipeline.image_steps
        for number, step in enumerate(steps):
            with watch.timing(step.name):
                parts = [
                    after
                    for part in parts
                    for after in take(step, part, steps[:number], corrections)
                ]
        for part in parts:
            reject_corrected(part.row, corrections)
        return parts

    def _stage(
        self, film: Film, watch: Stopwatch, attempt: Attempt, staged: dict[str, Path]
    ) -> None:
        """Render an image that is still kept, complete its row, and stage its PNG."""
        row, image = film.row, film.image
        if image is None:
            return
        if row["status"] != KEPT:
            keep_of_part(row, image)
            return
        try:
            with watch.timing("render"):
                pixels, mask = image.render(), image.render_mask()
            with watch.timing("hash"):
                _describe(row, image, pixels)
            if mask is not None:
                add_decisions(row, {"mask": {"pixel_hash": pixel_hash(mask)}})
                name = row["mask_file_name"] = mask_name(row)
                staged[name] = stage_png(mask, attempt, watch)
            row["file_name"] = image_name(row)
            staged[row["file_name"]] = stage_png(pixels, attempt, watch)
        except RadprepError:
            raise
        except Exception as error:  # a fault on one image costs that image
            drop(row, FAILED, "render_failed", STEP, type(error).__name__)


def _describe(row: Row, image: Image, pixels: Pixels) -> None:
    """Say in a row what became of its image. pixels: uint8 or uint16, shape (height, width)."""
    row["inverted"] = image.inverted
    row["rotation_degrees"] = round(image.rotation, 6)
    row["height"], row["width"] = pixels.shape
    row["bits"] = 8 * pixels.dtype.itemsize
    if spacing := row["pixel_spacing"]:
        row["pixel_spacing"] = moved_spacing(
            spacing, inverse(matrix_of(row["source_matrix"])) @ image.source_matrix
        )
    matrix = image.source_matrix[:2].ravel().tolist()
    row["source_matrix"] = [round(value, 9) + 0.0 for value in matrix]
    carry(row, image)
    if boxes := boxes_in(row["decisions"]):
        where = outlines(boxes, image.source_matrix, image.width, image.height)
        seen = json.loads(row["decisions"])[BURNED_IN]
        add_decisions(row, {BURNED_IN: {**seen, "outlines": where}})
    row["pixel_hash"] = pixel_hash(pixels)
    row["perceptual_hash"] = perceptual_hash(pixels)


def _load(source: DataSet, row: Row, watch: Stopwatch) -> Image:
    """The image of a row, with its mask, if they are still those that the row speaks of. Raises
    Failure: image_missing, image_altered."""
    size = row["width"], row["height"]
    pixels = _load_pixels(source.file(row["file_name"]), size, row["pixel_hash"], watch)
    base = matrix_of(row["source_matrix"])
    mask = None
    if row["mask_file_name"]:
        mask = LimbMask(
            _load_pixels(source.file(row["mask_file_name"]), size, mask_hash(row), watch),
            inverse(base),
        )
    return Image(
        pixels,
        base=base,
        inverted=row["inverted"],
        rotation=row["rotation_degrees"],
        mask=mask,
        shown=shown_in(row["decisions"]) if row["boxes"] else None,
    )


def _load_pixels(path: Path, size: tuple[int, int], hashed: str | None, watch: Stopwatch) -> Pixels:
    try:
        with watch.timing("read"):
            data = read_image_bytes(path, size)
        with watch.timing("decode"):
            pixels = png.decode(data)
    except OSError:
        raise Failure("image_missing") from None
    except ValueError as error:
        raise Failure("image_altered", str(error)) from None
    with watch.timing("hash"):
        is_same = pixel_hash(pixels) == hashed
    if not is_same:
        raise Failure("image_altered", "its pixels are not those that were hashed")
    pixels.flags.writeable = False
    return pixels
