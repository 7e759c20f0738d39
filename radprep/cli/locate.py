"""`radprep locate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radprep.cli.options import Json, Private

if TYPE_CHECKING:
    from radprep.upkeep.locate import Located

EXAMPLES = """\b
Examples:
  radprep locate raw/ 5fd7a0c4b1e29938
  radprep locate raw/ 5fd7a0c4b1e29938-f3-p2
  radprep locate raw/ clean/images/5f/5fd7a0c4b1e29938.png
  radprep locate raw/ 5fd7a0c4b1e29938 1c7e6c14d32f532f --json
  radprep locate raw/ 2021-004711
  radprep locate answers/ 5fd7a0c4b1e29938
  radprep locate raw/ 5fd7a0c4b1e29938 --private ~/keys/raw.private
"""


def locate(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="The converted data set, or a folder of answers, with its private tree beside it "
            "or named by --private.",
        ),
    ],
    wanted: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            help="One or more: a patient_id, study_id, series_id, instance_id, source_id or "
            "image_id of any data set made from it, or the file_name or path of one of its "
            "images. An AccessionNumber, PatientID, UID or source path (its end is enough, such as "
            "the name of the file) leads to our ids.",
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

    found = [find(dataset, one, private) for one in wanted]
    if json:
        shown_as_json = [
            {
                "kind": one.kind,
                "frame": one.frame,
                "part": one.part,
                "files": [shown_of(file) for file in one.files],
            }
            for one in found
        ]
        print(json_library.dumps(shown_as_json if len(found) > 1 else shown_as_json[0], indent=2))
        return
    for number, one in enumerate(found):
        print("\n" * bool(number) + _title(one))
        for file in one.files:
            print()
            for name, value in shown_of(file).items():
                print(f"  {name:<18} {'(none)' if value is None else shown(value)}")


def _title(found: Located) -> str:
    """What an id is, and how many files it stands for."""
    suffix = "".join(
        f", {name} {value}"
        for name, value in (("frame", found.frame), ("part", found.part))
        if value
    )
    return f"{found.kind}{suffix}: {len(found.files)} file{'s' if len(found.files) > 1 else ''}"
