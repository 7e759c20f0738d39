"""What each step saw of one film: the steps are run again and drawn. Nothing of the data set is
changed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from radprep.dataset.durable import write_whole
from radprep.dataset.image_id import ImageId
from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT, Row
from radprep.dataset.withheld import BY_PERSON, RISKY, WORDS, whole_film, withheld_films
from radprep.errors import UsageError
from radprep.image.hashes import pixel_hash
from radprep.preprocess.box_pictures import counted, draw_outlines, outlines_of
from radprep.preprocess.boxes_on_parts import boxes_on
from radprep.preprocess.film import Film, reject_corrected, take
from radprep.preprocess.pipeline import Pipeline, pipeline_of
from radprep.preprocess.preprocessing import source_name
from radprep.preprocess.study import PreprocessJob, PreprocessStage
from radprep.stage.corrections import (
    Corrections,
    by_study,
    film_of,
    known_images,
    rejected_images,
    remembered,
)
from radprep.stage.stopwatch import Stopwatch
from radprep.steps._draw import Colour, Picture, picture

_PANEL_HEIGHT = 384
_PANELS_A_ROW = 4
_MIN_WIDTH, _MAX_WIDTH, _MARGIN, _LINE = 260, 640, 8, 16
_CHARACTER = 7.2
"""Pixels: width of a capital of the caption's font at its size. Most letters are narrower."""
_CAPTION_LINES = 7
_FONT, _FONT_SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.4
_LIST_SHOWN = 4


@dataclass(frozen=True)
class Panel:
    """What one step saw. name: the step's; picture: RGB, uint8, shape (h, w, 3), its input with
    what decided drawn on it; decision: what it noted in the column `decisions`."""

    name: str
    picture: Picture
    decision: Mapping[str, Any]

    @property
    def caption(self) -> str:
        """The decision in one line of ASCII: its numbers and words, without long lists."""
        return ", ".join(
            f"{name} {_shown(value)}" for name, value in self.decision.items() if _is_short(value)
        )


@dataclass(frozen=True)
class Explanation:
    """The panels of an image, one a step, the result last. agrees: whether it came out as it stands
    in the data set."""

    panels: list[Panel]
    agrees: bool


def explain(made: Path, made_from: Path, image_id: str) -> Explanation:
    """Run the steps of a pre-processed data set again on one film. made_from: the data set that it
    was made from.

    Raises UsageError where it was made from another, the image is not there, or no picture may be
    made of its film.
    """
    root, source = DataSet(made), DataSet(made_from)
    info = read_info(root)
    if info["stage"] != "preprocess":
        raise UsageError(
            f"{root} was made by `radprep {info['stage']}`, which has no steps. Give a data set "
            "made by `radprep preprocess`."
        )
    if source_name(read_info(source)) != info["made_from"]["source"]:
        raise UsageError(
            f"{root} was not made from {source}. Give with --source the data set that `radprep "
            "preprocess` read."
        )
    study_id, row = _find(root, image_id)
    remembered_ones = remembered(root)
    _check_may_be_drawn(root, study_id, image_id, rejected_images(remembered_ones))
    corrections = by_study(remembered_ones, source).get(study_id, {})
    stage = PreprocessStage(
        source, root, pipeline_of(info["parameters"]["pipeline"]), info["made_from"]
    )
    film = _film(stage, PreprocessJob(study_id, "", corrections=corrections), image_id)
    judged = _panel("source", film, [step.name for step in stage.pipeline.study_steps])
    panels, film = panels_of(stage.pipeline, film, image_id, corrections)
    return Explanation([judged, *panels, _result(film)], _agrees(film, row))


def panels_of(
    pipeline: Pipeline,
    film: Film,
    image_id: str,
    corrections: Corrections,
    colours: Mapping[str, Colour] | None = None,
) -> tuple[list[Panel], Film]:
    """One panel for each image step that a film, or the part of it that is asked for, went through;
    and what became of it.

    film: opened, and judged by the study steps; colours: of the labels of boxes, which are drawn on
    each picture. A step that an earlier run did shows its input
    only.
    """
    panels, steps = [], pipeline.image_steps
    for number, step in enumerate(steps):
        if film.image is None or film.row["status"] != KEPT:
            break
        drawn = (
            picture(film.image.view.pixels)
            if step.entry in film.row["history"]
            else step.draw(film.image)
        )
        drawn = with_boxes(drawn, film, colours)
        film = _followed(take(step, film, steps[:number], corrections), image_id)
        panels.append(Panel(step.name, drawn, _decisions(film.row, [step.name])))
    reject_corrected(film.row, corrections)
    return panels, film


def with_boxes(drawn: Picture, film: Film, colours: Mapping[str, Colour] | None = None) -> Picture:
    """A picture of a film as it is, with the boxes that it has now."""
    if film.image is None or film.row["boxes"] is None:
        return drawn
    outlines = outlines_of(boxes_on(film.row, film.image), colours)
    return draw_outlines(drawn, outlines, film.image.width, film.image.height)


def contact_sheet(panels: Sequence[Panel]) -> Picture:
    """All panels on one white picture, RGB, uint8: equally high, with their captions, in rows."""
    drawn = [_drawn(panel) for panel in panels]
    rows = [
        np.hstack(drawn[first : first + _PANELS_A_ROW])
        for first in range(0, len(drawn), _PANELS_A_ROW)
    ]
    width = max(row.shape[1] for row in rows)
    return np.vstack([_on_white(row, row.shape[0], width) for row in rows])


def save(sheet: Picture, path: Path) -> None:
    """Write a picture, RGB, as PNG."""
    write_whole(path, cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))[1].tobytes())


def _find(root: DataSet, image_id: str) -> tuple[str, Row]:
    """The study and the row of an image. Raises UsageError, with the film's other parts, where
    there is none."""
    images = known_images(root)
    if image_id not in images:
        instance = ImageId.parse(image_id).instance_id
        near = sorted(name for name in images if ImageId.parse(name).instance_id == instance)
        hint = (
            f" There are: {', '.join(near)}."
            if near
            else " Copy it from the column image_id of instances.parquet."
        )
        raise UsageError(f"There is no image {image_id!r} in {root}.{hint}")
    study_id = images[image_id].study_id
    return study_id, next(row for row in root.rows(study_id) if row["image_id"] == image_id)


def _check_may_be_drawn(
    root: DataSet, study_id: str, image_id: str, rejected: Sequence[str]
) -> None:
    """Raise UsageError where no picture may be made of the film that an image is a part of."""
    why = withheld_films(root.rows(study_id), rejected).get(whole_film(image_id))
    if why in (BY_PERSON, RISKY):
        raise UsageError(
            f"No picture is made of {image_id}: {WORDS[why]}. Take the rejection back (an empty "
            "value in corrections.csv), or change what rejects it, if that was wrong."
        )


def _film(stage: PreprocessStage, job: PreprocessJob, image_id: str) -> Film:
    """The film that an image is a part of, with its pixels and the verdicts of the study steps."""
    carried, films = stage.judged(job)
    by_id = {film.row["image_id"]: film for film in films}
    name = film_of(image_id, by_id)
    if name is not None:
        [opened] = [Film(row) for row in stage.source.rows(job.study_id) if row["image_id"] == name]
        stage.open(opened, Stopwatch())
        by_id[name].image = opened.image
        return by_id[name] if opened.image is not None else opened
    row = next((row for row in carried if row["image_id"] == image_id), None)
    why = (
        f"it was {row['status']} there already ({row['step']}: {row['reason']})"
        if row
        else "run `radprep preprocess` again first"
    )
    raise UsageError(f"{stage.source} has no image to explain {image_id} with: {why}.")


def _followed(parts: Sequence[Film], image_id: str) -> Film:
    """The part asked for, or the one that it will be cut from."""
    by_id = {part.row["image_id"]: part for part in parts}
    return by_id[film_of(image_id, by_id) or parts[0].row["image_id"]]


def _panel(name: str, film: Film, steps: Sequence[str]) -> Panel:
    """A film as it is, with what some steps said of it."""
    shown = (
        np.full((_PANEL_HEIGHT, _MIN_WIDTH, 3), 128, np.uint8)
        if film.image is None
        else with_boxes(picture(film.image.view.pixels), film)
    )
    return Panel(name, shown, _decisions(film.row, steps))


def _decisions(row: Row, steps: Sequence[str]) -> dict[str, Any]:
    seen = json.loads(row["decisions"] or "{}")
    return {name: value for step in steps for name, value in seen.get(step, {}).items()}


def _result(film: Film) -> Panel:
    row, image = film.row, film.image
    if row["status"] == KEPT and image is not None:
        said: dict[str, Any] = {
            "part": row["part"] or 1,
            "of": row["part_count"] or 1,
            "inverted": image.inverted,
            "rotation": image.rotation,
            "width": image.width,
            "height": image.height,
        }
        if row["boxes"] is not None:
            said["boxes"] = counted(boxes_on(row, image))
    else:
        said = {
            row["status"]: f"by {row['step']}",
            "reason": row["reason"],
            "detail": row["detail"] or "-",
        }
    return replace(_panel("result", film, ()), decision=said)


def _agrees(film: Film, row: Row) -> bool:
    if film.row["status"] != KEPT or film.image is None:
        return (film.row["status"], film.row["reason"]) == (row["status"], row["reason"])
    return bool(pixel_hash(film.image.render()) == row["pixel_hash"])


def _drawn(panel: Panel) -> Picture:
    """A panel of fixed height: name, picture, caption."""
    height, width = panel.picture.shape[:2]
    scale = min(_PANEL_HEIGHT / height, _MAX_WIDTH / width)
    small = cv2.resize(
        panel.picture,
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    width = max(_MIN_WIDTH, small.shape[1]) + 2 * _MARGIN
    canvas = _on_white(
        np.asarray(small, dtype=np.uint8),
        _PANEL_HEIGHT + (_CAPTION_LINES + 2) * _LINE,
        width,
        2 * _LINE,
        _MARGIN,
    )
    lines = textwrap.wrap(panel.caption, int((width - 2 * _MARGIN) / _CHARACTER))[
        : _CAPTION_LINES - 1
    ]
    _write(canvas, panel.name, _LINE + 6, thickness=2)
    for number, line in enumerate(lines):
        _write(canvas, line, _PANEL_HEIGHT + (3 + number) * _LINE)
    return canvas


def _on_white(pixels: Picture, height: int, width: int, top: int = 0, left: int = 0) -> Picture:
    canvas = np.full((height, width, 3), 255, np.uint8)
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return canvas


def _write(on: Picture, text: str, y: int, thickness: int = 1) -> None:
    cv2.putText(on, text, (_MARGIN, y), _FONT, _FONT_SIZE, (0, 0, 0), thickness, cv2.LINE_AA)


def _is_short(value: Any) -> bool:
    return not isinstance(value, (list, dict)) or (
        isinstance(value, list)
        and 0 < len(value) <= _LIST_SHOWN
        and all(isinstance(one, (int, float)) for one in value)
    )


def _shown(value: Any) -> str:
    """A JSON value in ASCII that a terminal and a drawn font can show."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text)[:60]
