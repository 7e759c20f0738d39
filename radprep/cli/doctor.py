"""`radprep doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Json

EXAMPLES = """\b
Examples:
  radprep doctor
  radprep doctor /scratch/raw --json
"""


def doctor(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Where a data set would be written.")
    ] = Path(),
    json: Json = False,
) -> None:
    """Show what this installation can do here: decoders, versions, cores, PyTorch and a GPU to
    train on, and whether OUT can be written."""
    import json as json_library

    from radprep.run.doctor import examine
    from radprep.train.networks.device import describe_device

    found = {**examine(out), "training": describe_device()}
    if json:
        print(json_library.dumps(found, indent=2))
        return
    print("decoders")
    for name, decoder in found["decoders"].items():
        print(f"  {name:<58} {decoder}")
    for title in ("pictures", "versions", "machine", "training", "output"):
        print(title)
        for name, value in found[title].items():
            print(f"  {name:<24} {value}")
