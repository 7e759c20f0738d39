"""`radprep train`."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer

from radprep.api import training
from radprep.cli.completions import models
from radprep.cli.options import Json, Workers, defaults_of
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
  radprep train clean/ runs/folds --holdout 0.15 --folds 10 --positive fractura --negative normal
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


@defaults_of(training.train)
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
    *,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help=f"Model to train: {names_in_words()}; see the list below [default: classic].",
            autocompletion=models,
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="NAME",
            help="Label to learn, where the data set has several [default: the main one].",
        ),
    ],
    positive: Annotated[
        str | None,
        typer.Option(
            "--positive",
            metavar="LABEL",
            help="What that label says of the positive class [default: fracture; of two labels the "
            "other one than normal or negative].",
        ),
    ],
    negative: Annotated[
        list[str] | None,
        typer.Option(
            "--negative",
            metavar="LABEL",
            help="Label of the negative class; may be repeated. Studies of labels that are neither "
            "are left out [default: the other one of two labels].",
        ),
    ],
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", min=0, help="Of the split and of everything random [default: 0]."
        ),
    ],
    validation: Annotated[
        float | None,
        typer.Option(
            "--validation",
            metavar="SHARE",
            help="Share of the patients on whose studies thresholds are chosen [default: 0.15].",
        ),
    ],
    holdout: Annotated[
        float | None,
        typer.Option(
            "--holdout",
            metavar="SHARE",
            help="Share of the patients that only `radprep evaluate` looks at [default: 0.15].",
        ),
    ],
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds",
            metavar="K",
            min=0,
            help="Cross-validate outside the hold-out, too [default: no].",
        ),
    ],
    on_leak: OnLeak,
    split_column: Annotated[
        str | None,
        typer.Option(
            "--split-column",
            metavar="COLUMN",
            help="Column with the split of each image (training, validation, holdout).",
        ),
    ],
    split_file: SplitFile,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="NAME",
            help="From a study's images to its decision: mean, alo, majority or max [default: "
            "mean].",
        ),
    ],
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="Weights to begin from: safetensors, or a plain state dict.",
        ),
    ],
    freeze: Annotated[
        bool,
        typer.Option("--freeze", help="Learn the last layers only; for models with --weights."),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PARAMETER=VALUE", help="A parameter of the model; may be repeated."
        ),
    ],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Begin from the config.toml of another run; flags given besides count more.",
        ),
    ],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in RUN.")],
    cache: Cache,
    workers: Workers,
    json: Json = False,
) -> None:
    """Train a classifier of studies on a labelled data set. It chooses by the validation part; the
    hold-out stays shut."""
    from radprep.cli.training import print_training, print_what_to_know

    result = training.train(
        dataset,
        run,
        model=model,
        label=label,
        positive=positive,
        negative=negative,
        seed=seed,
        validation=validation,
        holdout=holdout,
        folds=folds,
        on_leak=on_leak,
        split_column=split_column,
        split_file=split_file,
        rule=rule,
        weights=weights,
        freeze=freeze,
        parameters=parameters,
        config=config,
        resume=resume,
        cache=cache,
        workers=workers,
        quiet=False,
    )
    print_training(result.as_json(), str(result.where), as_json=json)
    if not json:
        print_what_to_know(dataset, result.where)
