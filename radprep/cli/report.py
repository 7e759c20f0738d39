"""`radprep report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import checks
from radprep.cli.options import Workers, defaults_of

EXAMPLES = """\b
Examples:
  radprep report clean/ --source raw/
  radprep report clean/ --source raw/ --out page/ --workers 16
  radprep report clean/ --source raw/ --steps 500
  radprep report raw/
  radprep report clean/ --source raw/ --run runs/first/
  radprep report clean/ --source raw/ --label hardware
  radprep report clean/ --source raw/ --single-file
"""


@defaults_of(checks.report)
def report(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    *,
    source: Annotated[
        Path | None,
        typer.Option(
            "--source",
            metavar="RAW",
            help="The data set that DATASET was made from: shows each film before, and what each "
            "step saw.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Folder for the page [default: DATASET/report]."
        ),
    ],
    single_file: Annotated[
        bool,
        typer.Option(
            "--single-file",
            help="Also write report.html: all numbers and a sample of the films in one file under "
            "3 MB, to mail.",
        ),
    ],
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            metavar="N",
            min=0,
            help="Draw what the steps saw for N images only, those to look at first [default: "
            "all].",
        ),
    ],
    show_marked: Annotated[
        bool,
        typer.Option(
            "--show-marked",
            help="Draw films that were kept although text may stand in their pixels "
            "(burned_in_risk high), too. Such a page is for a reviewer: it must not leave the "
            "hospital.",
        ),
    ],
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="A training on DATASET: shows who is in its training part, its validation part "
            "and its hold-out, by label.",
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
            help="Also take the place of a page that shows more, such as one made with --source.",
        ),
    ],
    workers: Workers,
) -> None:
    """Write a page that opens by double click, offline: what came in, what was kept, rejected and
    failed and why, what each step did to every film, and what a person should look at. It is made
    of the data sets alone, never of a private tree.

    It shows no picture of a film that a person rejected, nor of one whose pixels may hold text
    about a person (burned_in_risk high).
    """
    result = checks.report(
        dataset,
        source=source,
        out=out,
        single_file=single_file,
        steps=steps,
        show_marked=show_marked,
        run=run,
        label=label,
        replace=replace,
        workers=workers,
        quiet=False,
    )
    print(f"report: {result.rows} rows of {dataset}\n  open       {result.page}")
    if result.single_file:
        print(f"  mail       {result.single_file}")
