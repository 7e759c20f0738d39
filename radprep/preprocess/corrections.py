"""A person's corrections held against the data sets and the pipeline that they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radprep.burned_in.places import BURNED_IN
from radprep.dataset.box_decisions import BOXES
from radprep.dataset.image_id import ImageId
from radprep.dataset.info import Info
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT, REJECTED
from radprep.dataset.withheld import whole_film
from radprep.errors import UsageError
from radprep.preprocess.pipeline import Pipeline
from radprep.stage.acceptance import REVIEW
from radprep.stage.corrections import (
    STATUS,
    Corrections,
    KnownImage,
    as_text,
    corrected_images,
    film_of,
    known_images,
    merged,
    read_corrections,
    refuse_lost,
    remembered,
    some_of,
    wanted,
)
from radprep.stage.drawn_boxes import refuse_beside
from radprep.stage.person import with_what_was_seen
from radprep.steps import STEPS
from radprep.steps.base import ImageStep


def settle(
    source: DataSet, out: DataSet, info: Info | None, pipeline: Pipeline, path: Path | None
) -> Corrections:
    """The corrections of a run: what OUT remembers, and the file that a person gives now. info:
    dataset.json of OUT, if there is one. Raises UsageError where they cannot be meant."""
    corrections = remembered(out)
    if path is None:
        refuse_lost(out, info)
    else:
        films = known_images(source)
        images = known_images(out)
        given = on_films(read_corrections(path), films, path)
        refuse_beside(given, films, source, path)
        given = with_what_was_seen(given, out, images, path)
        corrections = merged(corrections, given)
        check_images(given, corrections, films, images, path)
    check_steps(corrections, pipeline, path or out.corrections)
    return corrections


def on_films(given: Corrections, films: Mapping[str, Any], path: Path) -> Corrections:
    """The same with `parts` of a part said of its film, and boxes of the whole film, since their
    places are its own. Raises UsageError where that contradicts
    another line."""
    moved: Corrections = {}
    for image_id, fields in given.items():
        film = film_of(image_id, films) or image_id
        for field, said in fields.items():
            target = {"parts": film, BOXES: whole_film(image_id)}.get(field, image_id)
            if moved.setdefault(target, {}).setdefault(field, said).value != said.value:
                raise UsageError(
                    f"{path}: {field} of the film {target} are to be {as_text(said.value)!r} and "
                    f"{as_text(moved[target][field].value)!r}. Leave one of the two."
                )
    return moved


def check_images(
    given: Corrections,
    after: Corrections,
    source: Mapping[str, KnownImage],
    out: Mapping[str, KnownImage],
    path: Path,
) -> None:
    """Raise UsageError where a correction names no image, or asks for what cannot be. after: with
    what was remembered."""
    unknown = sorted(
        image_id
        for image_id in corrected_images(given)
        if not _will_exist(image_id, after, source, out)
    )
    absent = [
        image_id for image_id in unknown if image_id in out and film_of(image_id, source) is None
    ]
    if absent:
        raise UsageError(
            f"{path} names images that stand in OUT but are no longer in the input: "
            f"{some_of(absent)}. They cannot be corrected. --prune removes them and "
            "whatever else the input no longer has; leave their lines out then."
        )
    if unknown:
        raise UsageError(
            f"{path} names images that are neither in the input nor in OUT: "
            f"{some_of(unknown)}. Copy the ids from the column image_id of "
            "instances.parquet."
        )
    for image_id in sorted(given.keys() & source.keys()):
        image, parts = source[image_id], wanted(given, image_id, "parts")
        if wanted(given, image_id, STATUS) == KEPT and image.status != KEPT:
            raise UsageError(
                f"{path}: {image_id} cannot be kept: it is {image.status} in the input already, so "
                "there is no image of it."
            )
        if (image.part_count or 1) > 1 and parts not in (None, image.part_count):
            raise UsageError(
                f"{path}: {image_id} was cut into {image.part_count} before, and parts cannot be "
                "joined again. Correct `parts` in the data set in which it was cut."
            )


def check_steps(corrections: Corrections, pipeline: Pipeline, path: Path) -> None:
    """Raise UsageError where the pipeline has no step that a correction could take the place of."""
    correctable = {step.corrects for step in pipeline.image_steps} | {BOXES, REVIEW, STATUS}
    if any(BURNED_IN in fields for fields in corrections.values()):
        raise UsageError(
            f"{path} corrects {BURNED_IN}, which `radprep convert` decides. Give these lines to "
            "it, with --corrections, and take them out here."
        )
    for field in sorted(
        {field for fields in corrections.values() for field in fields} - correctable
    ):
        steps = " or ".join(
            name
            for name, step in STEPS.items()
            if issubclass(step, ImageStep) and step.corrects == field
        )
        raise UsageError(
            f"{path} corrects {field}, but pipeline {pipeline.name} has no step {steps}, which "
            "decides it. Add the step, or take these lines out (remembered ones with an empty "
            "value)."
        )


def _will_exist(
    image_id: str,
    after: Corrections,
    source: Mapping[str, KnownImage],
    out: Mapping[str, KnownImage],
) -> bool:
    """Whether the run can give an image of this name: of parts that no run has cut yet, a person
    says how many there are."""
    film = film_of(image_id, source)
    if film is None or film == image_id:
        return film is not None
    number, parts = ImageId.parse(image_id).parts[-1], wanted(after, film, "parts")
    if number < 2:  # the first part has the film's own name
        return False
    if parts is not None:
        return number <= int(parts)
    # a film that OUT rejected as a whole was not cut there, but it had parts when it was rejected
    return image_id in out or film not in out or out[film].status == REJECTED
