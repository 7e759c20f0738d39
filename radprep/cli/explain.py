"""`radprep explain`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Json
from radprep.cli.train import Cache

EXAMPLES = """\b
Examples:
  radprep explain clean/ runs/net maps/
  radprep explain clean/ runs/net maps/ --method lrp --limit 8
  radprep explain clean/ runs/net maps/ --part holdout
"""


class Method(StrEnum):
    """How to ask a network."""

    gradcam = "gradcam"
    lrp = "lrp"


def explain(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="The data set that the run was trained on.")
    ],
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="Folder of a finished `radprep train` with a torch model."
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Folder to make: index.html and an overlay an image."),
    ],
    method: Annotated[
        Method,
        typer.Option(
            "--method",
            help="Way to ask: gradcam, for any network with feature maps; lrp, for the rx models "
            "and resnets.",
        ),
    ] = Method.gradcam,
    part: Annotated[
        str,
        typer.Option(
            "--part",
            metavar="NAME",
            help="Part of the split: training, validation, or the hold-out once it was evaluated.",
        ),
    ] = "validation",
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            metavar="N",
            min=1,
            help="Most images, or studies of a model of studies: half where it is most wrong.",
        ),
    ] = 24,
    cache: Cache = None,
    json: Json = False,
) -> None:
    """Draw where a network found its answer, as a page of overlays."""
    from json import dumps

    from radprep.train.models import require_torch

    require_torch("`radprep explain`")
    from radprep.train.explain.page import Wanted, explain_run

    shown = explain_run(dataset, run, out, Wanted(method.value, part, limit), cache)
    if json:
        print(dumps(shown, indent=2))
    else:
        print(f"{len(shown)} images explained by {method.value}\n  look at     {out}/index.html")
