"""What each step saw of a film, side by side in one small picture: the steps are run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT, Row
from radprep.errors import UsageError
from radprep.preprocess.explain_step import panels_of, with_boxes
from radprep.preprocess.pipeline import pipeline_of
from radprep.preprocess.study import PreprocessJob, PreprocessStage
from radprep.report.facts.material import Material
from radprep.report.facts.review import worst_first
from radprep.report.pictures.thumbnails import SIDE, picture_name, shrunk, write_picture
from radprep.stage.corrections import by_study, film_of, remembered
from radprep.stage.stopwatch import Stopwatch
from radprep.steps._draw import Colour, Picture, picture

RESULT = "result"


@dataclass(frozen=True)
class StepPicture:
    """The steps of one image as squares in a row. name: its file, relative to the page; panels:
    what the squares show."""

    name: str
    panels: tuple[str, ...]


@dataclass(frozen=True)
class StepJob:
    """The steps of one image to run again. study: without a label or a key, since nothing is
    written; colours: of the labels of boxes."""

    picture: StepPicture
    stage: PreprocessStage
    study: PreprocessJob
    image_id: str
    colours: Mapping[str, Colour] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The picture's file, relative to the page."""
        return self.picture.name


def step_jobs(material: Material, most: int | None = None) -> list[StepJob]:
    """One for each image that came to the image steps, but those of a film that is withheld. most:
    only so many, those to look at first. Without a source, and where the steps are not those
    installed, there are none."""
    if material.source is None:
        return []
    try:
        pipeline = pipeline_of(material.info["parameters"]["pipeline"])
    except UsageError:
        return []
    source, made = DataSet(material.source), DataSet(material.root)
    stage = PreprocessStage(source, made, pipeline, material.info["made_from"])
    corrections = by_study(remembered(made), source)
    names = [step.name for step in pipeline.image_steps]
    jobs = []
    for row in worst_first(material.rows):
        film = material.drawn_film_of(row)
        panels = _panels(row, names)
        if film and panels:
            study = PreprocessJob(
                row["study_id"], "", corrections=corrections.get(row["study_id"], {})
            )
            name = picture_name(
                *(row["image_id"], "steps", film["pixel_hash"], pipeline.digest),
                *(study.corrections, *material.outlines_on(film)),
            )
            shown = StepPicture(name, panels)
            jobs.append(StepJob(shown, stage, study, row["image_id"], material.box_colours))
    return jobs[:most]


def make_step_picture(out: Path, job: StepJob) -> None:
    """Run the steps of one image again and draw what they saw. Raises OSError or ValueError where
    its film cannot be read."""
    _, films = job.stage.judged(job.study)
    by_id = {film.row["image_id"]: film for film in films}
    film = by_id[film_of(job.image_id, by_id) or job.image_id]
    job.stage.open(film, Stopwatch())
    panels, film = panels_of(
        job.stage.pipeline, film, job.image_id, job.study.corrections, job.colours
    )
    if film.image is None or len(panels) + 1 != len(job.picture.panels):
        raise ValueError("the film does not go the way that its row says")
    result = with_boxes(picture(film.image.view.pixels), film, job.colours)
    write_picture(
        out / job.name,
        np.hstack([_square(drawn) for drawn in (*(panel.picture for panel in panels), result)]),
    )


def by_image(jobs: list[StepJob]) -> Mapping[str, StepPicture]:
    """image_id -> picture of its steps."""
    return {job.image_id: job.picture for job in jobs}


def _panels(row: Row, steps: list[str]) -> tuple[str, ...]:
    """The steps that an image went through, and the result; none where it did not come so far."""
    if row["image_id"] is None:
        return ()
    if row["status"] == KEPT:
        return (*steps, RESULT)
    return (*steps[: steps.index(row["step"]) + 1], RESULT) if row["step"] in steps else ()


def _square(drawn: Picture) -> Picture:
    small = shrunk(drawn)
    height, width = small.shape[:2]
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    square = np.full((SIDE, SIDE, 3), 24, np.uint8)
    square[top : top + height, left : left + width] = small
    return square
