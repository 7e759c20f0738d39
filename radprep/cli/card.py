"""`radprep card`."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from radprep.api import cards
from radprep.cli.options import Json, defaults_of

EXAMPLES = """\b
Examples:
  radprep card clean/
  radprep card clean/ --run runs/first --label hardware
  radprep card clean/ --answers raw/card.toml --out card/
"""


@defaults_of(cards.card)
def card(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Folder for the card [default: DATASET]. Elsewhere there is no croissant.json.",
        ),
    ],
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="TOML",
            help="A card.toml to take along, such as that of the data set that this one was made "
            "from. It is copied beside the card, unless one stands there.",
        ),
    ],
    run: Annotated[
        Path | None,
        typer.Option(
            "--run", metavar="RUN", help="A training on DATASET: tells who is in which part."
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="NAME",
            help="Label to show, where the data set has several [default: that of RUN, or the main "
            "one].",
        ),
    ],
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Also take the place of a README.md that a person has written or changed.",
        ),
    ],
    json: Json = False,
) -> None:
    """Write a data card for an ethics board, an archive or a reader: README.md in the order of
    Datasheets for Datasets, with the head that Hugging Face reads, its figures as card.json, and
    croissant.json. Every figure is measured. What only a person knows (licence, consent, funding)
    belongs into card.toml, which is made once and never written over."""
    done = cards.card(dataset, out=out, answers=answers, run=run, label=label, replace=replace)
    if json:
        print(dumps(done.as_json(), indent=2))
        return
    print(f"card: {', '.join(done.files)} in {done.where}")
    if done.missing:
        print(f"  open       {len(done.missing)} answers: {', '.join(done.missing)}")
    print(f"  answers    {done.answers}")
    if done.why_not:
        print(f"  without    {done.why_not}")
