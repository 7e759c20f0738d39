"""`radprep demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import checks, stages
from radprep.cli.options import Workers

EXAMPLES = """\b
Examples:
  radprep demo
  radprep demo /tmp/radprep-demo --workers 2
"""


def demo(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder for the two data sets.")
    ] = Path("radprep-demo"),
    workers: Workers = None,
) -> None:
    """Run convert, preprocess and report on the sample studies that come with radprep (drawn by
    code: no patient)."""
    from radprep.cli.summary import summary_text
    from radprep.resources import folder
    from radprep.run.workers import worker_count

    workers = worker_count(workers)  # once: too many are told of once
    samples, raw, clean = folder("data_samples"), out / "raw", out / "clean"
    print(
        f"$ radprep convert {samples / 'dicom'} {raw} --labels {samples / 'labels.csv'} "
        "--label-map FRACTURA=fracture --label-map 'NO FRACTURA=normal'"
    )
    converted = stages.convert(
        samples / "dicom",
        raw,
        labels=samples / "labels.csv",
        label_map={"FRACTURA": "fracture", "NO FRACTURA": "normal"},
        workers=workers,
        quiet=False,
    )
    print(summary_text(converted))
    print(f"\n$ radprep preprocess {raw} {clean} --pipeline wrist")
    cleaned = stages.preprocess(raw, clean, pipeline="wrist", workers=workers, quiet=False)
    print(summary_text(cleaned))
    print(f"\n$ radprep report {clean} --source {raw}")
    page = checks.report(clean, source=raw, workers=workers, quiet=False).page
    print(f"""
Where to look:
  {page}  open it: what was done to every film, and why
  {clean}/images/            the films as a classifier gets them; {raw}/images/ the same before
  {clean}/instances.parquet  one row for each image or file: status, reason, what each step decided
  {clean}/dataset.json       how it was made
  rows with a review mark    decisions taken with little confidence (the samples have none)
  {raw}.private/             the key and the original identifiers: never give it away""")
