"""`radprep inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radprep.api.arguments import box_options, label_options
from radprep.api.stages import convert
from radprep.cli.completions import pipelines
from radprep.cli.options import (
    Boxes,
    BoxesFormat,
    BoxesUnit,
    BoxLabel,
    BoxMap,
    LabelColumn,
    LabelKey,
    LabelMain,
    LabelMap,
    Labels,
    Workers,
    box_mapping,
    defaults_of,
    label_mapping,
)

if TYPE_CHECKING:
    from radprep.upkeep.table import Inspection

EXAMPLES = """\b
Examples:
  radprep inspect /data/dump
  radprep inspect /data/dump --labels labels.csv \\
      --label-map FRACTURA=fracture --label-map "NO FRACTURA=normal"
  radprep inspect /data/dump --boxes boxes.csv --boxes-unit share
  radprep inspect /data/dump --pipeline elbow --top 100
  radprep inspect /data/dump --csv > dump.csv
  radprep inspect raw/ --json
"""


@defaults_of(convert)
def inspect(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DUMP-or-DATASET",
            help="Folder with DICOM files, or a data set made by `radprep convert` or `radprep "
            "preprocess`.",
        ),
    ],
    *,
    labels: Labels,
    label_key: LabelKey,
    label_column: LabelColumn,
    label_main: LabelMain,
    label_map: LabelMap,
    boxes: Boxes,
    boxes_format: BoxesFormat,
    boxes_unit: BoxesUnit,
    box_map: BoxMap,
    box_label: BoxLabel,
    pipeline: Annotated[
        str,
        typer.Option(
            "--pipeline",
            "-p",
            metavar="NAME-or-FILE",
            help="The pipeline whose anatomic_filter is asked what it would keep.",
            autocompletion=pipelines,
        ),
    ] = "wrist",
    top: Annotated[
        int,
        typer.Option(
            "--top",
            metavar="N",
            min=1,
            help="Texts of BodyPartExamined to show; JSON and CSV have all.",
        ),
    ] = 20,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="OUT",
            help="Where the data set of a dump will be made: says how much room there is.",
        ),
    ] = None,
    workers: Workers,
    json: Annotated[
        bool, typer.Option("--json", help="Print the tables as one JSON object.")
    ] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print the tables as CSV: section, name, count and more.")
    ] = False,
) -> None:
    """Say what is in a dump or a data set before anything is done with it. Reads headers only and
    writes nothing.

    A few films of a dump are converted in memory, for a few seconds: from them comes an estimate of
    the time and of the room on the disk that `radprep convert` will take.

    Of a dump, the texts of BodyPartExamined and Modality are shown as people typed them, which is
    what this command is for: mind who sees the output, for anything may have been typed there. Of a
    data set only what convert let through can be shown. Makers are masked in both.

    Of a data set, the last table says how unique its patients are: how many stand alone by age band
    (5 years), sex, maker, body part and month together, by each of these, and by all but one.
    """
    from radprep.errors import UsageError
    from radprep.preprocess.pipeline import load_pipeline
    from radprep.run.inspector import inspect_folder
    from radprep.run.runner import RunOptions
    from radprep.run.workers import worker_count
    from radprep.upkeep.estimate import Place

    if json and csv:
        raise UsageError("--json and --csv cannot be printed together: give one of them.")
    wanted = label_options(labels, label_key, label_column, label_mapping(label_map), label_main)
    drawn = box_options(boxes, boxes_format, boxes_unit, box_mapping(box_map), box_label)
    count = worker_count(workers)
    found = inspect_folder(
        source, load_pipeline(pipeline), wanted, RunOptions(count), Place(count, out), drawn
    )
    _show(found, top, "json" if json else "csv" if csv else "")


def _show(found: Inspection, top: int, form: str) -> None:
    import io
    import sys

    from rich.console import Console

    from radprep.cli import tables

    if isinstance(sys.stdout, io.TextIOWrapper):
        # what was typed may not exist in this terminal's character set
        sys.stdout.reconfigure(errors="backslashreplace")
    if form:
        print(
            tables.as_json(found) if form == "json" else tables.as_csv(found),
            end="\n" if form == "json" else "",
        )
    elif sys.stdout.isatty():
        tables.print_tables(found, top, Console(markup=False, highlight=False, emoji=False))
    else:
        print(tables.plain_text(found, top))
