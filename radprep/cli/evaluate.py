"""`radprep evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import training
from radprep.cli.options import Json, Workers, defaults_of
from radprep.cli.train import Cache

EXAMPLES = """\b
Examples:
  radprep evaluate clean/ runs/first
  radprep evaluate clean/ runs/first --subset without-metal.csv
  radprep evaluate elsewhere/ runs/first --external
"""


@defaults_of(training.evaluate)
def evaluate(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="The data set that the run was trained on.")
    ],
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a finished `radprep train`.")
    ],
    *,
    subset: Annotated[
        Path | None,
        typer.Option(
            "--subset",
            metavar="FILE",
            help="Take these images or studies of the hold-out only: an image_id or study_id a "
            "line.",
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="NAME",
            help="Label to hold the run against [default: the one that it has learnt].",
        ),
    ],
    positive: Annotated[
        str | None,
        typer.Option(
            "--positive",
            metavar="LABEL",
            help="What that label says of the positive class [default: as in the training].",
        ),
    ],
    negative: Annotated[
        list[str] | None,
        typer.Option(
            "--negative",
            metavar="LABEL",
            help="What it says of the negative class; may be repeated [default: as in the "
            "training].",
        ),
    ],
    external: Annotated[
        bool,
        typer.Option(
            "--external",
            help="DATASET is another one: evaluate on its patients that the run has not seen.",
        ),
    ],
    cache: Cache,
    workers: Workers,
    json: Json = False,
) -> None:
    """Open the hold-out: figures of images and studies with intervals by patient, subgroups, plots
    and a model card."""
    from radprep.cli.training import print_evaluation

    result = training.evaluate(
        dataset,
        run,
        subset=subset,
        label=label,
        positive=positive,
        negative=negative,
        external=external,
        cache=cache,
        workers=workers,
        quiet=False,
    )
    print_evaluation(result.as_json(), str(result.where), as_json=json)
