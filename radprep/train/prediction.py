"""A finished run asked about films of which nobody said what they are."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypedDict

from radprep.convert.study import ConvertOptions
from radprep.dataset.info import read_info
from radprep.errors import UsageError
from radprep.preprocess.pipeline import Pipeline, pipeline_of
from radprep.train.data.samples import read_unlabelled
from radprep.train.experiment import DATASET, Rule, plain, read_json
from radprep.train.judging import voting
from radprep.train.judging.evaluation import IMAGES, STUDIES, Predictions
from radprep.train.training import trained


@dataclass(frozen=True)
class Preparation:
    """What a source must go through to be like the data set of a run. None: nothing of the kind."""

    source: Path
    convert: ConvertOptions | None
    pipeline: Pipeline | None

    @classmethod
    def of(cls, source: Path, run: Path) -> Preparation:
        """Compare the source with what the run was trained on. Raises UsageError where the one
        cannot become the other."""
        made = read_json(run / DATASET, "radprep train")
        resolved = made["parameters"].get("pipeline")
        pipeline = pipeline_of(resolved) if resolved else None
        if (source / "dataset.json").exists():
            found = read_info(source)["parameters"].get("pipeline")
            if found is None:
                return cls(source, None, pipeline)
            if resolved is None or found["digest"] != resolved["digest"]:
                raise UsageError(
                    f"{source} went through the pipeline {found['name']!r}, but the run was "
                    f"trained {'on' if resolved is None else 'behind another one on'} films that "
                    "did not. Give the data set that `radprep convert` made, or the dump."
                )
            return cls(source, None, None)
        if not source.exists():
            raise UsageError(f"There is no {source}. Give a DICOM file, a dump or a data set.")
        return cls(source, _convert_options(made["parameters"]), pipeline)


class StudyAnswer(TypedDict):
    """A line of studies.csv. views: images of the study; positive: at least the threshold."""

    study_id: str
    patient_id: str
    views: int
    score: float
    positive: bool


class ImageAnswer(TypedDict):
    """A line of images.csv."""

    image_id: str
    study_id: str
    score: float


class LeftOut(TypedDict):
    """Images and files that nobody was asked about."""

    rejected: int
    failed: int


class Answers(TypedDict):
    """What a run said. images: how many were asked about."""

    positive: str
    rule: Rule
    threshold: float
    images: int
    files: LeftOut
    studies: list[StudyAnswer]


def predict_dataset(root: Path, run: Path, out: Path, cache: Path, *, workers: int = 1) -> Answers:
    """Ask about every kept image of a data set; writes images.csv and studies.csv into OUT. Raises
    UsageError where nothing was kept."""
    samples = read_unlabelled(root)
    counts = read_info(root)["counts"]
    left_out: LeftOut = {"rejected": counts["rejected"], "failed": counts["failed"]}
    if not samples:
        raise UsageError(
            f"No film was kept: {counts['rejected']} rejected, {counts['failed']} failed. The "
            f"reasons stand in {root}/instances.parquet."
        )
    experiment, learner, thresholds = trained(root, run, cache, workers=workers)
    predictions = Predictions(samples, learner.predict(samples))
    cases, threshold = predictions.studies(experiment.rule), thresholds[experiment.rule]
    views = voting.study_places(samples)
    studies: list[StudyAnswer] = [
        {
            "study_id": study_id,
            "patient_id": patient,
            "views": len(views[study_id]),
            "score": float(score),
            "positive": bool(score >= threshold),
        }
        for study_id, patient, score in zip(views, cases.patients, cases.scores, strict=True)
    ]
    images: list[ImageAnswer] = [
        {"image_id": sample.image_id, "study_id": sample.study_id, "score": float(score)}
        for sample, score in zip(samples, predictions.scores, strict=True)
    ]
    out.mkdir(parents=True, exist_ok=True)
    _write(out / STUDIES, studies)
    _write(out / IMAGES, images)
    answers: Answers = {
        "positive": experiment.positive,
        "rule": experiment.rule,
        "threshold": threshold,
        "images": len(images),
        "files": left_out,
        "studies": studies,
    }
    return plain(answers)


def _convert_options(parameters: Mapping[str, Any]) -> ConvertOptions:
    """The options of the run's own convert where its data set knows them, else the defaults. Labels
    are not asked for."""
    names = {field.name for field in fields(ConvertOptions)} - {"require_label"}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
        if name in names
    }
    return ConvertOptions(**values)


def _write(path: Path, lines: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {
                name: f"{value:.6g}" if isinstance(value, float) else value
                for name, value in line.items()
            }
            for line in lines
        )
