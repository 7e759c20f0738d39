"""`radprep train`."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Annotated, Any

import typer

from radprep.cli.options import Json, Workers
from radprep.train.catalogue import CATALOGUE, names_in_words

_INDENT = max(len(model.name) for model in CATALOGUE) + 4
MODELS = "\b\nModels (--model NAME):\n" + "\n".join(
    fill(f"  {model.name:<{_INDENT - 2}}{model.sentence}", 78, subsequent_indent=" " * _INDENT)
    for model in CATALOGUE
)

EXAMPLES = f"""{MODELS}

\b
Examples:
  radprep train clean/ runs/first
  radprep train clean/ runs/folds --holdout 0.15 --folds 10 --positive fractura
  radprep train clean/ runs/net --model resnet18 --set epochs=20 --on-leak group
  radprep train clean/ runs/net --model resnet18 --set epochs=20 --on-leak group --resume
  radprep train clean/ runs/again --config runs/first/config.toml
"""

Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        help="Folder for what can be made again, shared by runs [default: `cache` beside RUN].",
    ),
]

OnLeak = Annotated[
    str | None,
    typer.Option(
        "--on-leak",
        metavar="WHAT",
        help="Near-identical images on two sides of the split: error, group their patients on one "
        "side, or drop an image of each pair [default: error].",
    ),
]
SplitFile = Annotated[
    Path | None,
    typer.Option(
        "--split-file",
        metavar="CSV",
        help="File that has that column and image_id, study_id or patient_id, such as another "
        "run's splits.csv [default: instances.parquet].",
    ),
]


def train(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="A labelled data set of `radprep convert` or `radprep preprocess`.",
        ),
    ],
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="Folder to make: model, splits, configuration, figures."
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help=f"{names_in_words()}: see the list below [default: classic].",
        ),
    ] = None,
    positive: Annotated[
        str | None,
        typer.Option(
            "--positive", metavar="LABEL", help="Label of the positive class [default: fracture]."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", min=0, help="Of the split and of everything random [default: 0]."
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(
            "--validation",
            metavar="SHARE",
            help="Share of the patients on whose studies thresholds are chosen [default: 0.15].",
        ),
    ] = None,
    holdout: Annotated[
        float | None,
        typer.Option(
            "--holdout",
            metavar="SHARE",
            help="Share of the patients that only `radprep evaluate` looks at [default: 0.15].",
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds",
            metavar="K",
            min=0,
            help="Cross-validate outside the hold-out, too [default: no].",
        ),
    ] = None,
    on_leak: OnLeak = None,
    split_column: Annotated[
        str | None,
        typer.Option(
            "--split-column",
            metavar="COLUMN",
            help="Column with the split of each image (training, validation, holdout).",
        ),
    ] = None,
    split_file: SplitFile = None,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="NAME",
            help="From a study's images to its decision: mean, alo, majority or max [default: "
            "mean].",
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="Weights to begin from: safetensors, or a plain state dict.",
        ),
    ] = None,
    freeze: Annotated[
        bool,
        typer.Option("--freeze", help="Learn the last layers only; for models with --weights."),
    ] = False,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PARAMETER=VALUE", help="A parameter of the model; may be repeated."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Begin from the config.toml of another run; flags given besides count more.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training in RUN.")
    ] = False,
    cache: Cache = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Train a classifier of studies on a labelled data set. It chooses by the validation part; the
    hold-out stays shut."""
    from dataclasses import replace

    from radprep.cli.training import print_training
    from radprep.run.workers import worker_count
    from radprep.train.training import Training, context_of

    given = {
        "model": model,
        "positive": positive,
        "seed": seed,
        "validation": validation,
        "holdout": holdout,
        "folds": folds,
        "on_leak": on_leak,
        "split_column": split_column,
        "rule": rule,
    }
    experiment = _experiment(
        config,
        {name: value for name, value in given.items() if value is not None},
        [*(["freeze=true"] if freeze else []), *(parameters or [])],
    )
    context = replace(
        context_of(dataset, run, experiment.seed, cache),
        resume=resume,
        workers=worker_count(workers),
        weights=weights,
    )
    training = Training.prepare(dataset, run, experiment, context, split_file)
    print_training(training.carry_out(), str(run), as_json=json)


def _experiment(config: Path | None, given: dict[str, Any], parameters: list[str]) -> Any:
    """What the flags ask for, over the configuration's values, over the defaults. Raises
    UsageError."""
    from radprep.errors import UsageError
    from radprep.train.experiment import Experiment, read_config
    from radprep.train.parameters import checked, parse_parameters

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
    return experiment
