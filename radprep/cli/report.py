"""`radprep report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Workers

EXAMPLES = """\b
Examples:
  radprep report clean/ --source raw/
  radprep report clean/ --source raw/ --out page/ --workers 16
  radprep report clean/ --source raw/ --steps 500
  radprep report raw/
  radprep report clean/ --source raw/ --single-file
"""


def report(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--source",
            metavar="RAW",
            help="The data set that DATASET was made from: shows each film before, and what each "
            "step saw.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Folder for the page [default: DATASET/report]."
        ),
    ] = None,
    single_file: Annotated[
        bool,
        typer.Option(
            "--single-file",
            help="Also write report.html: all numbers and a sample of the films in one file under "
            "3 MB, to mail.",
        ),
    ] = False,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            metavar="N",
            min=0,
            help="Draw what the steps saw for N images only, those to look at first [default: "
            "all].",
        ),
    ] = None,
    workers: Workers = None,
) -> None:
    """Write a page that opens by double click, offline: what came in, what was kept, rejected and
    failed and why, what each step did to every film, and what a person should look at. It is made
    of the data sets alone, never of a private tree."""
    from radprep.report.folder import PAGE, default_folder
    from radprep.report.single_file import FILE
    from radprep.run.reporter import run_report
    from radprep.run.workers import worker_count

    folder = out or default_folder(dataset)
    material = run_report(
        dataset, source, folder, worker_count(workers), single_file=single_file, most_steps=steps
    )
    print(f"report: {len(material.rows)} rows of {dataset}\n  open       {folder / PAGE}")
    if single_file:
        print(f"  mail       {folder / FILE}")
