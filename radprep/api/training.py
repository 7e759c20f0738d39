"""`radprep.train`, `radprep.evaluate` and `radprep.predict`: a classifier, what it is worth, and
what it says of other films."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radprep.api.arguments import Settings, StrPath, Texts, as_texts, path_or_none, several
from radprep.api.results import EvaluateResult, PredictResult, TrainResult
from radprep.errors import UsageError

if TYPE_CHECKING:
    from radprep.run.runner import RunOptions
    from radprep.train.experiment import Experiment
    from radprep.train.prediction import Preparation


def train(
    dataset: StrPath,
    run: StrPath,
    *,
    model: str | None = None,
    label: str | None = None,
    positive: str | None = None,
    negative: Texts | None = None,
    seed: int | None = None,
    validation: float | None = None,
    holdout: float | None = None,
    folds: int | None = None,
    on_leak: str | None = None,
    split_column: str | None = None,
    split_file: StrPath | None = None,
    rule: str | None = None,
    weights: StrPath | None = None,
    freeze: bool = False,
    parameters: Settings | None = None,
    config: StrPath | None = None,
    resume: bool = False,
    cache: StrPath | None = None,
    workers: int | None = None,
    quiet: bool = True,
) -> TrainResult:
    """Train a classifier of studies on a labelled data set. It chooses by the validation part; the
    hold-out stays shut.

    What is None is taken from `config`, or else is the default that `radprep train --help` names.

    Args:
        dataset: a labelled data set of `radprep.convert` or `radprep.preprocess`.
        run: folder to make: model, splits, configuration, figures.
        model: name of the model; without PyTorch, "classic".
        label: name of the label to learn, where the data set has several; the main one if it is
            None.
        positive: what that label says of the positive class.
        negative: what it says of the negative class; may be left away where it says two things.
            Studies of labels that are neither are left out.
        seed: of the split and of everything random.
        validation: share of the patients that thresholds are chosen by.
        holdout: share of the patients that only `radprep.evaluate` looks at.
        folds: cross-validate outside the hold-out, too, in so many folds.
        on_leak: near-identical images on two sides of the split: "error", "group" their patients on
            one side, or "drop" an image of each pair.
        split_column: column with the split of each image (training, validation, holdout).
        split_file: CSV file that has that column and image_id, study_id or patient_id;
            instances.parquet of the data set if it is None.
        rule: from a study's images to its decision: "mean", "alo", "majority" or "max".
        weights: file of weights to begin from: safetensors, or a plain state dict.
        freeze: learn the last layers only; for models with `weights`.
        parameters: parameters of the model, as {"epochs": 20}; the command line calls this `--set`.
        config: begin from the config.toml of another run; arguments given besides count more.
        resume: go on with the training in `run`.
        cache: folder for what can be made again, shared by runs; `cache` beside `run` if None.
        workers: worker processes; the cores that this process may use if it is None.
        quiet: show no progress on stderr.

    Returns:
        The parts, the leaks and every figure of the validation part.

    Raises:
        UsageError: an argument, the data set or the run's folder is not what it must be.
        InterruptedRunError: the run was asked to stop; go on with `resume=True`.

    Example:
        >>> trained = radprep.train(
        ...     "clean", "runs/first", validation=0.3, holdout=0.3, parameters={"trees": 5}
        ... )
        >>> trained.model, list(trained.splits)
        ('classic', ['training', 'validation', 'holdout'])
    """
    from radprep.run.workers import worker_count
    from radprep.train.models import check_parameters
    from radprep.train.training import Training, context_of

    experiment = experiment_asked_for(
        {
            "model": model,
            "label": label and label.strip().lower(),
            "positive": positive,
            "negative": several(negative) if negative else None,
            "seed": seed,
            "validation": validation,
            "holdout": holdout,
            "folds": folds,
            "on_leak": on_leak,
            "split_column": split_column,
            "rule": rule,
        },
        parameters,
        path_or_none(config),
        freeze=freeze,
    )
    check_parameters(experiment.model, experiment.parameters)
    processes = worker_count(workers, quiet=quiet)
    context = replace(
        context_of(Path(dataset), Path(run), experiment.seed, path_or_none(cache)),
        resume=resume,
        workers=processes,
        weights=path_or_none(weights),
        quiet=quiet,
    )
    training = Training.prepare(
        Path(dataset), Path(run), experiment, context, path_or_none(split_file)
    )
    return TrainResult(Path(run), **training.carry_out())


def evaluate(
    dataset: StrPath,
    run: StrPath,
    *,
    subset: StrPath | None = None,
    label: str | None = None,
    positive: str | None = None,
    negative: Texts | None = None,
    external: bool = False,
    cache: StrPath | None = None,
    workers: int | None = None,
    quiet: bool = True,
) -> EvaluateResult:
    """Open the hold-out of a run: figures of images and studies with intervals by patient,
    subgroups, plots and a model card. Each opening is counted, and the card says so.

    Args:
        dataset: the data set that the run was trained on.
        run: folder of a finished `radprep.train`.
        subset: file that names the images or studies of the hold-out to take, one a line.
        label: name of the label to hold the run against; the one that it has learnt if it is None.
        positive: what that label says of the positive class; as in the training if it is None.
        negative: what it says of the negative class; as in the training if it is None.
        external: `dataset` is another one: evaluate on its patients that the run has not seen.
        cache: folder for what can be made again, shared by runs; `cache` beside `run` if None.
        workers: worker processes; the cores that this process may use if it is None.
        quiet: show no progress on stderr.

    Returns:
        Every figure.

    Raises:
        UsageError: the data set is not the run's, or the run has no hold-out.
        InterruptedRunError: the run was asked to stop; run it again.

    Example:
        >>> result = radprep.evaluate("clean", "runs/first")
        >>> result.part, result.opened, sorted(result.figures["auroc"])
        ('holdout', 1, ['high', 'low', 'value'])
    """
    from radprep.run.workers import worker_count
    from radprep.train.holdout import Question, open_holdout

    folder, result = open_holdout(
        Path(dataset),
        Path(run),
        Question(path_or_none(subset), external, label, positive, several(negative or ())),
        cache=path_or_none(cache),
        workers=worker_count(workers, quiet=quiet),
        quiet=quiet,
    )
    return EvaluateResult(folder, **result)


def predict(
    source: StrPath,
    run: StrPath,
    out: StrPath,
    *,
    cache: StrPath | None = None,
    private: StrPath | None = None,
    key: StrPath | None = None,
    keep_films: bool = False,
    workers: int | None = None,
    quiet: bool = True,
) -> PredictResult:
    """Ask a trained model about films, taken through the pipeline that it was trained behind. Not
    for a decision on a patient.

    Args:
        source: a DICOM file, a dump, or a data set of `radprep.convert` or `radprep.preprocess`.
        run: folder of a finished `radprep.train`.
        out: folder to make: studies.csv, images.csv and rejected.csv. Where `source` is a film or a
            dump, the folder beside it with `.private` behind its name holds a key and the original
            identifiers: never give that one away.
        cache: folder for what can be made again; none is kept if it is None.
        private: folder for that private tree, where it is not to stand beside `out`.
        key: file with the key of the project, so that patients whom the run has seen are known.
        keep_films: keep the data sets and the cache that are made on the way, in `out`.
        workers: worker processes; the cores that this process may use if it is None.
        quiet: show no progress on stderr.

    Returns:
        The score and the decision of each study.

    Raises:
        UsageError: the source cannot become what the run was trained on, or nothing was kept.
        InterruptedRunError: the run was asked to stop; run it again.

    Example:
        >>> answers = radprep.predict("data_samples/dicom", "runs/first", "answers")
        >>> sorted(answers.studies[0])
        ['patient_id', 'positive', 'score', 'seen', 'study_id', 'views']
    """
    from radprep.dataset.layout import DataSet
    from radprep.run.runner import RunOptions
    from radprep.run.workers import worker_count
    from radprep.train.prediction import Preparation, predict_dataset, private_folder, workplace

    where = Path(out)
    options = RunOptions(worker_count(workers, quiet=quiet), quiet=quiet)
    needed = Preparation.of(Path(source), Path(run))
    with workplace(where, keep=keep_films) as place:
        tree = (
            private_folder(needed.source, where, path_or_none(private), DataSet(place / "raw"))
            if needed.convert
            else None
        )
        found = predict_dataset(
            _prepared(needed, place, tree, path_or_none(key), options),
            Path(run),
            where,
            path_or_none(cache) or place / "cache",
            workers=options.workers,
            quiet=quiet,
        )
    return PredictResult(where, **found)


def experiment_asked_for(
    given: Mapping[str, Any], settings: Settings | None, config: Path | None, *, freeze: bool
) -> Experiment:
    """What the arguments of `train` ask for, over the configuration's values, over the defaults.
    given: the fields of Experiment, None for those that nobody has named. Raises UsageError."""
    from radprep.train.experiment import Experiment, read_config
    from radprep.train.parameters import checked, parse_parameters

    given = {name: value for name, value in given.items() if value is not None}
    parameters = [*(["freeze=true"] if freeze else []), *as_texts(settings)]
    values = read_config(config) if config else {}
    values.pop("dataset", None)
    if values and given.get("model", values.get("model")) != values.get("model"):
        values.pop("parameters", None)  # those of another model
    values |= given
    values["parameters"] = values.get("parameters", {}) | parse_parameters(parameters)
    experiment = checked(Experiment, values)
    if experiment.holdout + experiment.validation >= 1:
        raise UsageError(
            "--holdout and --validation leave no patient to train on: together they must be less "
            "than 1."
        )
    if experiment.folds == 1:
        raise UsageError("--folds 1 is not possible: give 2 or more, or 0 for none.")
    return experiment


def _prepared(
    needed: Preparation, place: Path, tree: Path | None, key: Path | None, options: RunOptions
) -> Path:
    """The source as a data set like the one that the run was trained on, made in a folder as far as
    it is not one. tree: the private tree of films that are converted."""
    import shutil
    import tempfile

    from radprep.convert.conversion import Conversion
    from radprep.convert.laying_out import Layout
    from radprep.layouts.wanted import each_picture_alone
    from radprep.preprocess.preprocessing import Preprocessing
    from radprep.run.runner import run_conversion, run_preprocessing

    dataset = needed.source
    if needed.convert:
        dataset = place / "raw"
        with tempfile.TemporaryDirectory() as folder:
            if needed.source.is_file():
                shutil.copyfile(needed.source, Path(folder) / "film")
            dump = Path(folder) if needed.source.is_file() else needed.source
            conversion = Conversion.prepare(
                dump, dataset, needed.convert, key_file=key, private=tree
            )
            conversion.layout = Layout(each_picture_alone(needed.convert.layout))
            run_conversion(conversion, options)
    for number, pipeline in enumerate(needed.pipelines, start=1):
        clean = place / ("clean" if number == 1 else f"clean-{number}")
        run_preprocessing(Preprocessing.prepare(dataset, clean, pipeline), options)
        dataset = clean
    return dataset
