"""`radprep status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radprep.cli.options import Json

if TYPE_CHECKING:
    from radprep.run.status import RunState, Status

EXAMPLES = """\b
Examples:
  radprep status raw/
  radprep status clean/ --json
"""


def status(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A data set, while it is made or after.")
    ],
    json: Json = False,
) -> None:
    """Say how far a data set is: studies on the disk, and each run or shard with its pace, its time
    left and its last sign of life."""
    import json as json_module
    from dataclasses import asdict

    from radprep.run.status import read_status

    found = read_status(dataset)
    print(json_module.dumps(asdict(found), indent=2) if json else _text(found))


def _text(found: Status) -> str:
    tables = (
        "shared tables not made yet"
        if not found.complete
        else f"not complete: --limit left {found.left} undone"
        if found.left
        else "complete"
    )
    return "\n".join(
        [
            f"{found.stage}: {found.studies} of {found.planned} studies on the disk, {tables}",
            *([f"  fingerprint {found.fingerprint}"] if found.fingerprint else []),
            *map(_line, found.runs),
        ]
    )


def _line(run: RunState) -> str:
    from radprep.run.progress import duration
    from radprep.run.status import SILENT_S

    pace = f", {run.done / run.seconds:.1f}/s" if run.seconds else ""
    left = f", {duration(run.left_s)} left" if run.left_s is not None else ""
    silent = (
        f"; silent for {duration(run.heard_s)}: it may be dead"
        if run.state == "running" and run.heard_s > SILENT_S
        else ""
    )
    return (
        f"  shard {run.shard:<7} {run.state:<12} {run.done}/{run.total} studies of this "
        f"run{pace}{left}, files: {run.kept} kept, {run.rejected} rejected, {run.failed} "
        f"failed{silent}"
    )
