"""`radprep scan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Add, GroupReadable, Json, Key, Private, Workers
from radprep.cli.picture_options import (
    ClassLevel,
    LayoutName,
    PathColumn,
    PatientColumn,
    PatientLevel,
    StudyColumn,
    Table,
)

EXAMPLES = """\b
Examples:
  radprep scan /data/dump raw/
  radprep scan /data/dump raw/ --workers 16 --key project.key
"""


def scan(
    dump: Annotated[Path, typer.Argument(metavar="DUMP", help="Folder with DICOM files.")],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Data set that will be made; the index and the key go to OUT.private/.",
        ),
    ],
    key: Key = None,
    private: Private = None,
    layout: LayoutName = "dicom",
    table: Table = None,
    path_column: PathColumn = "path",
    patient_column: PatientColumn = None,
    study_column: StudyColumn = None,
    class_level: ClassLevel = None,
    patient_level: PatientLevel = None,
    workers: Workers = None,
    group_readable: GroupReadable = False,
    add: Add = False,
    json: Json = False,
) -> None:
    """Read the headers of a dump once, and make the key, before the shards of `radprep convert`
    start. Convert does it by itself where nobody has; run again, it reads what is new or
    changed."""
    import json as json_module

    from radprep.convert.conversion import Conversion
    from radprep.convert.laying_out import Layout
    from radprep.layouts.wanted import TableColumns, layout_of_scan
    from radprep.run.runner import RunOptions, run_scan
    from radprep.run.workers import worker_count

    columns = TableColumns(path_column, patient_column or "", study_column or "")
    wanted = layout_of_scan(layout, table, columns, (class_level, patient_level))
    conversion = Conversion.prepare_scan(dump, out, key, private, layout)
    conversion.layout = Layout(wanted)
    conversion.add = add
    files = run_scan(conversion, RunOptions(worker_count(workers), group_readable=group_readable))
    print(
        json_module.dumps({"files_found": files})
        if json
        else f"scanned: {files} files; convert may start, in any number of shards"
    )
