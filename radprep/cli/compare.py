"""`radprep compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Json

EXAMPLES = """\b
Examples:
  radprep compare runs/first runs/net
  radprep compare runs/first runs/net --part holdout-without_metal --json
"""


def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of an evaluated run.")],
    second: Annotated[
        Path, typer.Argument(metavar="RUN", help="Another one, of a data set of the same project.")
    ],
    part: Annotated[
        str,
        typer.Option(
            "--part", metavar="NAME", help="Evaluation to compare: a folder that both runs have."
        ),
    ] = "holdout",
    json: Json = False,
) -> None:
    """Compare two runs on the studies that both were evaluated on: differences with intervals by
    patient, and DeLong's test."""
    from radprep.cli.training import print_comparison
    from radprep.train.judging.comparison import compare as compare_runs

    print_comparison(compare_runs(first, second, part), (str(first), str(second)), as_json=json)
