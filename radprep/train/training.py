"""A whole training: check, split, fit, choose thresholds on the validation part. The hold-out stays
shut."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NotRequired, TypedDict, cast

import numpy as np

from radprep.dataset.durable import explain_disk_errors, write_json
from radprep.dataset.keys import file_hash
from radprep.errors import UsageError
from radprep.text.csv_file import write_file
from radprep.train.data import splits as parts
from radprep.train.data.classes import Classes, ClassesTold, told_in_words
from radprep.train.data.leaks import Pair, find_pairs, settle
from radprep.train.data.samples import (
    Sample,
    fingerprint,
    name_of_label,
    read_classes,
    read_texts,
)
from radprep.train.data.splits import TRAINING, VALIDATION, Balance, Split, Splits
from radprep.train.data.withheld import clean_cache
from radprep.train.experiment import (
    CONFIG,
    Experiment,
    Rule,
    experiment_of,
    plain,
    read_json,
    write_config,
    write_environment,
)
from radprep.train.judging.evaluation import (
    Evaluation,
    Predictions,
    Thresholds,
    choose_thresholds,
    evaluate,
    study_groups,
    write_evaluation,
)
from radprep.train.judging.metrics import auroc
from radprep.train.learner import Context, Learner
from radprep.train.models import make_learner

_LEAK_COLUMNS = (
    "first_image_id",
    "first_patient_id",
    "second_image_id",
    "second_patient_id",
    "correlation",
)

THRESHOLDS, LEAKS, FOLDS = "thresholds.json", "leaks.csv", "folds.json"
CLASSES = "classes.json"


class Fold(TypedDict):
    """What the model that was learnt from the other folds is worth on this one."""

    fold: int
    studies: int
    positive_studies: int
    auroc: float


class CrossValidation(TypedDict):
    """What folds.json holds: AUROC of studies, its mean and standard deviation over the folds."""

    rule: Rule
    auroc_mean: float
    auroc_sd: float
    folds: list[Fold]


class Trained(TypedDict):
    """What a training says of itself. label: name of the label that it has learnt; classes: what is
    positive, negative and left out; leaks: pairs of image_id that stood on two sides."""

    model: str
    label: str
    classes: ClassesTold
    splits: dict[Split, Balance]
    leaks: list[list[str]]
    validation: Evaluation
    folds: NotRequired[CrossValidation]


@dataclass(frozen=True)
class Training:
    """A training that was checked and may begin. Make it with `prepare`, which writes nothing."""

    root: Path
    run: Path
    experiment: Experiment
    context: Context
    classes: Classes
    samples: Sequence[Sample]
    splits: Splits
    leaks: Sequence[Pair]

    @classmethod
    def prepare(
        cls,
        root: Path,
        run: Path,
        experiment: Experiment,
        context: Context,
        split_file: Path | None = None,
    ) -> Training:
        """Make the model that is to learn, then read the data set, split it and look for leaks:
        what is wrong with a parameter is said before anything is read. Raises UsageError."""
        _check_split(experiment, split_file)
        name = name_of_label(root, experiment.label)
        experiment = experiment.model_copy(update={"label": name})
        _check_run(run, experiment, context)
        experiment = _with_weights(experiment, context)
        learner = make_learner(experiment.model, experiment.parameters, context)
        classes, samples = read_classes(root, experiment.positive, experiment.negative, name)
        classes.refuse_unknown()
        pairs = find_pairs(
            samples, read_texts(root, "perceptual_hash"), context.workers, quiet=context.quiet
        )
        splits, leaks = settle(
            samples, _split(root, samples, experiment, split_file), pairs, experiment.on_leak
        )
        parts.check_splits(samples, splits)
        resolved = experiment.model_copy(
            update={
                "parameters": learner.parameters.model_dump(mode="json"),
                "positive": classes.positive,
                "negative": classes.negative,
            }
        )
        return cls(root, run, resolved, context, classes, samples, splits, leaks)

    def carry_out(self) -> Trained:
        """Train, and evaluate on the validation part. Says first on stderr what is positive and
        what negative. Raises UsageError, InterruptedRunError."""
        if not self.context.quiet:
            print(told_in_words(self.classes.told()), file=sys.stderr, flush=True)
        with explain_disk_errors(self.run):
            self.run.mkdir(parents=True, exist_ok=True)
            write_config(self.run, self.experiment, self.context.fingerprint)
            write_json(self.run / CLASSES, self.classes.told())
            write_environment(self.run, self.root, self.experiment, self.context.fingerprint)
            parts.write_splits(self.run / parts.FILE_NAME, self.samples, self.splits)
            _write_leaks(self.run / LEAKS, self.leaks)
            cross = self._cross_validate() if self.experiment.folds else None
            learner = self._learner()
            learner.fit(self._part(TRAINING), self._part(VALIDATION), self.run)
            return self._finish(learner, cross)

    def _finish(self, learner: Learner, cross: CrossValidation | None) -> Trained:
        """Choose the thresholds on the validation part, and say what they are worth there.
        thresholds.json ends a training."""
        validation = self._part(VALIDATION)
        predictions = Predictions(validation, learner.predict(validation))
        thresholds = choose_thresholds(predictions)
        result = evaluate(
            predictions,
            thresholds,
            self.experiment.rule,
            study_groups(self.root, validation),
            self.experiment.seed,
        )
        write_evaluation(self.run / VALIDATION, predictions, thresholds, result)
        write_json(self.run / THRESHOLDS, thresholds)
        found: Trained = {
            "model": self.experiment.model,
            "label": self.experiment.label,
            "classes": self.classes.told(),
            "splits": parts.balance(self.samples, self.splits),
            "leaks": [[pair.first.image_id, pair.second.image_id] for pair in self.leaks],
            "validation": result,
        }
        if cross:
            found["folds"] = cross
        return plain(found)

    def _cross_validate(self) -> CrossValidation:
        """AUROC of studies in each fold, learnt from the other folds; the hold-out is in none. A
        fold of a run that was stopped is learnt again."""
        inside = self._part(TRAINING, VALIDATION)
        found: list[Fold] = []
        for number, (learnt, asked) in enumerate(
            parts.folds(inside, self.splits, self.experiment.folds, self.experiment.seed), 1
        ):
            folder = self.run / "folds" / f"{number:02d}"
            folder.mkdir(parents=True, exist_ok=True)
            learner = self._learner()
            learner.fit(
                self.splits.part(learnt, TRAINING), self.splits.part(learnt, VALIDATION), folder
            )
            cases = Predictions(asked, learner.predict(asked)).studies(self.experiment.rule)
            found.append(
                {
                    "fold": number,
                    "studies": len(cases),
                    "positive_studies": int(cases.labels.sum()),
                    "auroc": auroc(cases),
                }
            )
        aurocs = [one["auroc"] for one in found]
        cross: CrossValidation = {
            "rule": self.experiment.rule,
            "auroc_mean": float(np.nanmean(aurocs)),
            "auroc_sd": float(np.nanstd(aurocs)),
            "folds": found,
        }
        write_json(self.run / FOLDS, plain(cross))
        return cross

    def _learner(self) -> Learner:
        return make_learner(self.experiment.model, self.experiment.parameters, self.context)

    def _part(self, *names: Split) -> list[Sample]:
        return self.splits.part(self.samples, *names)


def context_of(root: Path, run: Path, seed: int, cache: Path | None) -> Context:
    """How a learner works for a data set and a run folder. The cache lies beside the run unless
    another place is given; what it keeps of films that were rejected since goes."""
    folder = cache or run.resolve().parent / "cache"
    context = Context(folder, fingerprint(root), seed)
    clean_cache(root, folder)
    return context


def trained(
    root: Path, run: Path, cache: Path | None = None, *, workers: int = 1, quiet: bool = False
) -> tuple[Experiment, Learner, Thresholds]:
    """The experiment of a finished run, its learner, loaded to be asked about images of the data
    set `root`, and its thresholds. Raises UsageError."""
    experiment, _ = experiment_of(run)
    thresholds = thresholds_of(run)
    context = replace(context_of(root, run, experiment.seed, cache), workers=workers, quiet=quiet)
    learner = make_learner(experiment.model, experiment.parameters, context)
    learner.load(run)
    return experiment, learner, thresholds


def thresholds_of(run: Path) -> Thresholds:
    """The thresholds of a run, each a probability. Raises UsageError where it has none: they end a
    training."""
    path = run / THRESHOLDS
    stored = read_json(path, "radprep train")
    if stored.keys() != Thresholds.__required_keys__ or not all(
        isinstance(value, (int, float)) and -1e6 <= value <= 1e6 for value in stored.values()
    ):
        raise UsageError(f"{path} is missing or damaged: `radprep train` makes it.")
    return cast(Thresholds, {name: float(value) for name, value in stored.items()})


def _check_split(experiment: Experiment, split_file: Path | None) -> None:
    """Raise UsageError where what says how patients are split contradicts itself, or is not
    there."""
    if split_file and not experiment.split_column:
        raise UsageError(
            "--split-file needs --split-column COLUMN, the column that names the split."
        )
    if split_file and not split_file.is_file():
        raise UsageError(f"There is no file {split_file}. Give a CSV file with --split-file.")


def _check_run(run: Path, experiment: Experiment, context: Context) -> None:
    """Raise UsageError where RUN holds another training, or this one and nobody asked to go on with
    it."""
    if not (run / CONFIG).exists():
        if run.is_dir() and any(run.iterdir()):
            raise UsageError(f"{run} is not empty and holds no training. Choose another RUN.")
        return
    if not context.resume:
        raise UsageError(
            f"{run} holds a training already. Go on with it with --resume, or choose another RUN."
        )
    before, trained_on = experiment_of(run)
    if trained_on != context.fingerprint:
        raise UsageError(
            f"{run} was trained on another state of the data set, so it cannot be gone on with. "
            "Choose another RUN."
        )
    same = experiment.model_copy(
        update={
            "parameters": before.parameters,
            "weights": before.weights,
            "positive": experiment.positive or before.positive,
            "negative": experiment.negative or before.negative,
        }
    )
    if before != same or not experiment.parameters.items() <= before.parameters.items():
        raise UsageError(
            f"{run} was begun with another configuration: see its {CONFIG}. Choose another RUN, or "
            "give the same flags."
        )


def _with_weights(experiment: Experiment, context: Context) -> Experiment:
    """The experiment with the digest of the weights to begin from. Raises UsageError where they are
    missing or not those it names."""
    if context.weights is None:
        if experiment.weights:
            raise UsageError(
                "The training began from a file of weights, which a configuration does not hold: "
                "give it with --weights."
            )
        if experiment.parameters.get("freeze"):
            raise UsageError(
                "With --freeze the last layers are learnt over given ones: give these with "
                "--weights FILE."
            )
        return experiment
    try:
        digest = file_hash(context.weights)
    except OSError as error:
        raise UsageError(
            f"{context.weights} cannot be read: {error.strerror}. Give a file of weights with "
            "--weights."
        ) from None
    if experiment.weights not in ("", digest):
        raise UsageError(
            f"{context.weights} is not the file of weights that the configuration names (other "
            "contents)."
        )
    return experiment.model_copy(update={"weights": digest})


def _split(
    root: Path, samples: Sequence[Sample], experiment: Experiment, split_file: Path | None
) -> dict[str, Split]:
    if not experiment.split_column:
        return parts.split_by_hash(
            samples, experiment.seed, experiment.validation, experiment.holdout
        )
    if split_file:
        values = parts.read_split_file(split_file, experiment.split_column, samples)
    else:
        values = read_texts(root, experiment.split_column)
    return parts.split_by_column(samples, values, experiment.split_column)


def _write_leaks(path: Path, pairs: Sequence[Pair]) -> None:
    """Name the near-identical images that stood on two sides."""
    lines = (
        (
            pair.first.image_id,
            pair.first.patient_id,
            pair.second.image_id,
            pair.second.patient_id,
            round(pair.correlation, 4),
        )
        for pair in pairs
    )
    write_file(path, chain([_LEAK_COLUMNS], lines))
