"""A finished run asked about films of which nobody said what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict

from pydantic import TypeAdapter, ValidationError

from radprep.convert.options import ConvertOptions
from radprep.dataset.info import Info, check_folders, parameters_of, read_info, stages_up_to
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.preprocess.pipeline import Pipeline, pipeline_of
from radprep.private.place import find_tree, trees_in
from radprep.text.csv_file import write_file
from radprep.train.data.samples import read_unlabelled
from radprep.train.experiment import Rule, plain, read_dataset
from radprep.train.judging import voting
from radprep.train.judging.evaluation import IMAGES, STUDIES, Predictions
from radprep.train.training import trained


@dataclass(frozen=True)
class Preparation:
    """What a source must go through to be like the data set of a run. convert: None where it is a
    data set already; pipelines: those that it has not been through yet, in order."""

    source: Path
    convert: ConvertOptions | None
    pipelines: tuple[Pipeline, ...]

    @classmethod
    def of(cls, source: Path, run: Path) -> Preparation:
        """Compare the source with what the run was trained on. Raises UsageError where the one
        cannot become the other."""
        made = read_dataset(run)
        wanted = _pipelines_of(made)
        if DataSet(source).exists:
            found = read_info(DataSet(source))
            return cls(source, None, _still_to_do(source, found, made, wanted))
        if not source.exists():
            raise UsageError(f"There is no {source}. Give a DICOM file, a dump or a data set.")
        return cls(source, _convert_options(parameters_of(made, "convert") or {}), wanted)


def _pipelines_of(info: Info) -> tuple[Pipeline, ...]:
    """The pipelines that a data set went through, in order."""
    stages = [one["parameters"] for one in stages_up_to(info)]
    return tuple(pipeline_of(one["pipeline"]) for one in stages if "pipeline" in one)


def _named(pipelines: tuple[Pipeline, ...]) -> str:
    names = ", ".join(repr(one.name) for one in pipelines)
    return f"the pipeline {names}" if names else "no pipeline"


def _still_to_do(
    source: Path, found: Info, made: Info, wanted: tuple[Pipeline, ...]
) -> tuple[Pipeline, ...]:
    """The pipelines that a data set must still go through. Raises UsageError where it went through
    others, or was converted in a way that shows other grey values."""
    done = _pipelines_of(found)
    if [one.digest for one in done] != [one.digest for one in wanted[: len(done)]]:
        raise UsageError(
            f"{source} went through {_named(done)}, but the run was trained behind "
            f"{_named(wanted)}. Where the names agree, the parameters do not. Give the data set "
            "that `radprep convert` made, or the dump."
        )
    shown, learnt = (parameters_of(one, "convert") or {} for one in (found, made))
    if shown.get("window") != learnt.get("window") and learnt:
        raise UsageError(
            f"{source} was converted with --window {shown.get('window')}, and what the run was "
            f"trained on with --window {learnt.get('window')}, so the same film has other grey "
            "values. Give the dump, which is then converted as the run's films were."
        )
    return wanted[len(done) :]


def private_folder(source: Path, out: Path, named: Path | None) -> Path:
    """Where the private tree of a dump's answers stands: where a person says, or beside OUT, since
    the whole of OUT is handed on. Raises UsageError where OUT would hold what leads back to
    patients."""
    check_folders(source, out)
    for inside in trees_in(out):
        raise UsageError(
            f"{inside} is a private tree inside OUT: whoever is given {out} would get the key and "
            f"the identifiers. Move it out of there, and give it with --private if it belongs to "
            f"these answers, or choose another OUT."
        )
    return find_tree(DataSet(out), named, source).root


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


def predict_dataset(
    root: Path, run: Path, out: Path, cache: Path, *, workers: int = 1, quiet: bool = False
) -> Answers:
    """Ask about every kept image of a data set; writes images.csv and studies.csv into OUT. Raises
    UsageError where nothing was kept."""
    samples = read_unlabelled(root)
    counts = read_info(DataSet(root))["counts"]
    left_out: LeftOut = {"rejected": counts["rejected"], "failed": counts["failed"]}
    if not samples:
        raise UsageError(
            f"No film was kept: {counts['rejected']} rejected, {counts['failed']} failed. The "
            f"reasons stand in {root}/instances.parquet."
        )
    experiment, learner, thresholds = trained(root, run, cache, workers=workers, quiet=quiet)
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
    """The options that the run's films were converted with, as far as they change an image: new
    films need no label, and are de-identified whatever the others retained."""
    names = {field.name for field in fields(ConvertOptions)} - {"require_label", "retain"}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
        if name in names
    }
    try:
        return TypeAdapter(ConvertOptions).validate_python({**values, **_bounded(values)})
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"][:1]))
        raise UsageError(
            f"dataset.json of the run says that its films were converted with a {name} that is "
            "none. The run is damaged: train again."
        ) from None


def _bounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a run may not raise: who hands on a run does not decide how much memory a film of
    somebody else takes."""
    most = ConvertOptions.max_pixels
    wanted = values.get("max_pixels", most)
    return {"max_pixels": min(wanted, most) if isinstance(wanted, int) and wanted > 0 else most}


def _write(path: Path, lines: Sequence[Mapping[str, object]]) -> None:
    values = (
        [f"{value:.6g}" if isinstance(value, float) else value for value in line.values()]
        for line in lines
    )
    write_file(path, chain([list(lines[0])], values))
