"""A finished run asked about films of which nobody said what they are."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any, TypedDict

from pydantic import TypeAdapter, ValidationError

from radprep.convert.options import ConvertOptions
from radprep.dataset.counts import rows_by_study
from radprep.dataset.durable import explain_disk_errors
from radprep.dataset.info import (
    Info,
    check_folders,
    have_same_key,
    parameters_of,
    read_info,
    stages_of,
    stages_up_to,
)
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED
from radprep.dataset.patients import PatientGroups
from radprep.dataset.schema import KEPT
from radprep.dataset.ways import StageBefore, pipelines_of, ways_of
from radprep.errors import UsageError
from radprep.preprocess.pipeline import Pipeline, pipeline_of
from radprep.private.place import find_tree, refuse_foreign_tree, trees_in
from radprep.private.tree import PrivateTree, make_private_folder, owner_only
from radprep.text.csv_file import write_file
from radprep.train.data.samples import patient_groups, read_unlabelled
from radprep.train.data.splits import BY_PATIENT, FILE_NAME, SPLITS, read_splits
from radprep.train.experiment import Rule, plain, read_dataset
from radprep.train.judging import voting
from radprep.train.judging.evaluation import IMAGES, STUDIES, Predictions
from radprep.train.training import thresholds_of, trained

REJECTED_FILES = "rejected.csv"
"""Files and images that nobody was asked about, with the reason."""

_LEFT_OUT = (
    "study_id",
    "patient_id",
    "source_id",
    "image_id",
    "status",
    "step",
    "reason",
    "detail",
)


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
        thresholds_of(run)  # a run that was not finished is told before any film is converted
        wanted = _pipelines_of(made)
        if DataSet(source).exists:
            found = read_info(DataSet(source))
            return cls(source, None, _still_to_do(source, found, made, wanted))
        if not source.exists():
            raise UsageError(f"There is no {source}. Give a film, a folder of films or a data set.")
        if len({_shown(one) for one in stages_of(made, "convert")}) > 1:
            raise UsageError(
                f"{run} was trained on data sets that were merged although they were converted "
                "with other options, so a film can be made like those of one of them only. "
                "Convert it yourself, and give the data set."
            )
        return cls(source, _convert_options(parameters_of(made, "convert") or {}), wanted)


def _pipelines_of(info: Info) -> tuple[Pipeline, ...]:
    """The pipelines that a data set went through, in order."""
    ways = [pipelines_of(way) for way in ways_of(stages_up_to(info))]
    if len({tuple(one["digest"] for one in way) for way in ways}) > 1:
        raise UsageError(
            "Among the data sets are some that were merged although they went through other "
            "pipelines: no film can be made like all of them. Train on data sets of one pipeline."
        )
    return tuple(map(pipeline_of, ways[0]))


def _shown(convert: StageBefore) -> tuple[Any, ...]:
    """The options of convert by which a film looks as it does."""
    return tuple(convert["parameters"].get(name) for name in ("bits", "window", "burned_in"))


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


@contextlib.contextmanager
def workplace(out: Path, *, keep: bool) -> Iterator[Path]:
    """Where the films stand while they are asked about: in OUT if they are to be kept, else in a
    folder beside it which only its owner can read, and which goes at the end, also where anything
    fails."""
    if keep:
        yield out
        return
    with explain_disk_errors(out):
        out.resolve().parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.resolve().parent)
    with folder as name:
        yield Path(name)


def private_folder(source: Path, out: Path, named: Path | None, raw: DataSet) -> Path:
    """Where the private tree of a dump's answers stands: where a person says, or beside OUT, since
    the whole of OUT is handed on. raw: the converted films; where they are made anew, so is the
    tree, but for its key. Raises UsageError where OUT would hold what leads back to patients, or
    where the tree is that of a data set."""
    check_folders(source, out)
    for inside in trees_in(out):
        raise UsageError(
            f"{inside} is a private tree inside OUT: whoever is given {out} would get the key and "
            f"the identifiers. Move it out of there, and give it with --private if it belongs to "
            f"these answers, or choose another OUT."
        )
    tree = find_tree(DataSet(out), named, source)
    if raw.exists:  # it has a tree already, and only its own may be emptied another time
        return tree.root
    if tree.answers.exists():
        _empty(tree)
    refuse_foreign_tree(tree, raw)
    make_private_folder(tree.root)
    with owner_only():
        tree.answers.touch()
    return tree.root


def _empty(tree: PrivateTree) -> None:
    """Remove what a tree knows of films, and leave its key."""
    shutil.rmtree(tree.root / "studies", ignore_errors=True)
    for path in (tree.identifiers, *map(tree.index, tree.deliveries)):
        path.unlink(missing_ok=True)


class StudyAnswer(TypedDict):
    """A line of studies.csv. views: images of the study; positive: at least the threshold; seen:
    what the patient was to the run, see `Seen`."""

    study_id: str
    patient_id: str
    views: int
    score: float
    positive: bool
    seen: str


class ImageAnswer(TypedDict):
    """A line of images.csv."""

    image_id: str
    study_id: str
    score: float


class LeftOut(TypedDict):
    """Images and files that nobody was asked about."""

    rejected: int
    failed: int


class NoAnswer(TypedDict):
    """A study without an image that could be asked about. reasons: `step:reason` of its rows."""

    study_id: str
    reasons: list[str]


class Answers(TypedDict):
    """What a run said. label: name of the label that it has learnt; images: how many were asked
    about; no_answer: studies without any."""

    label: str
    positive: str
    negative: list[str]
    rule: Rule
    threshold: float
    images: int
    files: LeftOut
    studies: list[StudyAnswer]
    no_answer: list[NoAnswer]


def predict_dataset(
    root: Path, run: Path, out: Path, cache: Path, *, workers: int = 1, quiet: bool = False
) -> Answers:
    """Ask about every kept image of a data set; writes images.csv, studies.csv and rejected.csv
    into OUT. Raises UsageError where nothing was kept: rejected.csv then says why."""
    samples = read_unlabelled(root)
    out.mkdir(parents=True, exist_ok=True)
    no_answer = write_left_out(DataSet(root), out / REJECTED_FILES)
    counts = read_info(DataSet(root))["counts"]
    left_out: LeftOut = {"rejected": counts["rejected"], "failed": counts["failed"]}
    if not samples:
        raise UsageError(
            f"No film was kept: {counts['rejected']} rejected, {counts['failed']} failed. The "
            f"reasons stand in {out / REJECTED_FILES}."
        )
    experiment, learner, thresholds = trained(root, run, cache, workers=workers, quiet=quiet)
    predictions = Predictions(samples, learner.predict(samples))
    cases, threshold = predictions.studies(experiment.rule), thresholds[experiment.rule]
    views = voting.study_places(samples)
    seen = Seen.of(read_info(DataSet(root)), run, patient_groups(root))
    studies: list[StudyAnswer] = [
        {
            "study_id": study_id,
            "patient_id": samples[views[study_id][0]].patient_id,
            "views": len(views[study_id]),
            "score": float(score),
            "positive": bool(score >= threshold),
            "seen": seen.what(group),
        }
        for study_id, group, score in zip(views, cases.patients, cases.scores, strict=True)
    ]
    images: list[ImageAnswer] = [
        {"image_id": sample.image_id, "study_id": sample.study_id, "score": float(score)}
        for sample, score in zip(samples, predictions.scores, strict=True)
    ]
    _write(out / STUDIES, studies)
    _write(out / IMAGES, images)
    answers: Answers = {
        "label": experiment.label,
        "positive": experiment.positive,
        "negative": list(experiment.negative),
        "rule": experiment.rule,
        "threshold": threshold,
        "images": len(images),
        "files": left_out,
        "studies": studies,
        "no_answer": no_answer,
    }
    return plain(answers)


@dataclass(frozen=True)
class Seen:
    """What patients were to a run: `training`, `validation` or `holdout`, or `no` where the run has
    not seen them. `unknown` where their pseudonyms were made with another key, or with none that
    is known. parts: group of patients -> part; None where nobody knows."""

    parts: Mapping[str, str] | None

    @classmethod
    def of(cls, info: Info, run: Path, groups: PatientGroups) -> Seen:
        """Compare the key of a data set with that of the run's, and its patients with the run's.
        info: its dataset.json; groups: which of its patients belong together."""
        if not have_same_key(info, read_dataset(run)):
            return cls(None)
        table = read_splits(run / FILE_NAME)
        parts: dict[str, str] = {}
        for name in reversed(SPLITS):  # a patient of two parts counts as the one learnt from
            of_part = table.loc[table["split"] == name, list(BY_PATIENT)].to_numpy().ravel()
            parts |= dict.fromkeys(map(groups.of, of_part), name)
        return cls(parts)

    def what(self, group: str) -> str:
        """What a group of patients was to the run."""
        return "unknown" if self.parts is None else self.parts.get(group, "no")


def write_left_out(data_set: DataSet, path: Path) -> list[NoAnswer]:
    """Write a line for each row of a data set that is not kept, with the reason. Returns the
    studies that have no kept row."""
    columns = list(_LEFT_OUT)
    lines: list[list[object]] = []
    without: list[NoAnswer] = []
    for rows in rows_by_study(data_set, columns):
        lost = [row for row in rows if row["status"] != KEPT]
        values: list[Mapping[str, object]] = [*lost]
        lines += [[one[name] for name in columns] for one in values]
        if len(lost) == len(rows) and rows[0]["study_id"] != UNASSIGNED:
            reasons = sorted({f"{row['step']}:{row['reason']}" for row in lost})
            without.append({"study_id": rows[0]["study_id"], "reasons": reasons})
    write_file(path, chain([columns], lines))
    return without


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
