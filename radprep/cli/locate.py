"""`radprep locate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Json, Private

EXAMPLES = """\b
Examples:
  radprep locate raw/ 5fd7a0c4b1e29938
  radprep locate raw/ 5fd7a0c4b1e29938-f3-p2
  radprep locate raw/ clean/images/5f/5fd7a0c4b1e29938.png
  radprep locate raw/ 5fd7a0c4b1e29938 --json
  radprep locate raw/ 5fd7a0c4b1e29938 --private ~/keys/raw.private
"""


def locate(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="The converted data set, with its private tree beside it or named by --private.",
        ),
    ],
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A patient_id, study_id, series_id, instance_id, source_id or image_id of any "
            "data set made from it, or the file_name or path of one of its images. An "
            "AccessionNumber, PatientID, UID or source path leads to our ids.",
        ),
    ],
    private: Private = None,
    json: Json = False,
) -> None:
    """Name the source of an id: original identifiers and paths in the dump. What it prints is
    private; it is logged nowhere."""
    import json as json_library

    from radprep.text.small_file import shown
    from radprep.upkeep.locate import locate as find
    from radprep.upkeep.locate import shown_of

    found = find(dataset, wanted, private)
    if json:
        files = [shown_of(one) for one in found.files]
        print(
            json_library.dumps(
                {"kind": found.kind, "frame": found.frame, "part": found.part, "files": files},
                indent=2,
            )
        )
        return
    suffix = "".join(
        f", {name} {value}"
        for name, value in (("frame", found.frame), ("part", found.part))
        if value
    )
    print(f"{found.kind}{suffix}: {len(found.files)} file{'s' if len(found.files) > 1 else ''}")
    for one in found.files:
        print()
        for name, value in shown_of(one).items():
            print(f"  {name:<18} {'(none)' if value is None else shown(value)}")
