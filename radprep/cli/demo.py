"""`radprep demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    from radprep.convert.conversion import Conversion
    from radprep.convert.labels import LabelOptions
    from radprep.convert.options import ConvertOptions
    from radprep.preprocess.pipeline import load_pipeline
    from radprep.preprocess.preprocessing import Preprocessing
    from radprep.report.folder import default_folder
    from radprep.resources import folder
    from radprep.run.reporter import run_report
    from radprep.run.runner import RunOptions, run_conversion, run_preprocessing
    from radprep.run.workers import worker_count

    samples, raw, clean = folder("data_samples"), out / "raw", out / "clean"
    run = RunOptions(worker_count(workers))
    labels = LabelOptions(
        samples / "labels.csv", mapping=(("FRACTURA", "fracture"), ("NO FRACTURA", "normal"))
    )
    print(
        f"$ radprep convert {samples / 'dicom'} {raw} --labels {samples / 'labels.csv'} "
        "--label-map FRACTURA=fracture --label-map 'NO FRACTURA=normal'"
    )
    print(
        summary_text(
            run_conversion(
                Conversion.prepare(samples / "dicom", raw, ConvertOptions(), labels), run
            ),
            str(raw),
        )
    )
    print(f"\n$ radprep preprocess {raw} {clean} --pipeline wrist")
    print(
        summary_text(
            run_preprocessing(Preprocessing.prepare(raw, clean, load_pipeline("wrist")), run),
            str(clean),
        )
    )
    print(f"\n$ radprep report {clean} --source {raw}")
    run_report(clean, raw, default_folder(clean), run.workers)
    print(f"""
Where to look:
  {default_folder(clean)}/index.html  open it: what was done to every film, and why
  {clean}/images/            the films as a classifier gets them; {raw}/images/ the same before
  {clean}/instances.parquet  one row for each image or file: status, reason, what each step decided
  {clean}/dataset.json       how it was made
  rows with a review mark    decisions taken with little confidence (the samples have none)
  {raw}.private/             the key and the original identifiers: never give it away""")
