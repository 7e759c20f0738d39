"""`radprep explain-step`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  radprep explain-step clean/ 0b3c5d7e9f1a2b4c --source raw/
  radprep explain-step clean/ 0b3c5d7e9f1a2b4c-p2 --source raw/ --out second-hand.png --force
"""


def explain_step(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A data set made by `radprep preprocess`.")
    ],
    image_id: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE_ID",
            help="The image: its column image_id, or its PNG's name without .png.",
        ),
    ],
    source: Annotated[
        Path,
        typer.Option("--source", metavar="RAW", help="The data set that DATASET was made from."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PNG", help="Picture to write [default: IMAGE_ID.png, here]."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the picture if it is there already.")
    ] = False,
) -> None:
    """Draw what each step saw of one film as one picture: corners, mask, components, axis, and what
    it decided.

    The steps run again, with what a person corrected; nothing of the data sets is changed. A film
    that a person rejected, or that was not kept and may show a name, is not drawn.
    """
    import sys

    from radprep.errors import UsageError
    from radprep.preprocess.explain_step import contact_sheet, explain, save

    path = out or Path(f"{image_id.rpartition('/')[2]}.png")
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already. Give another file with --out, or --force to replace it."
        )
    explanation = explain(dataset, source, image_id)
    save(contact_sheet(explanation.panels), path)
    for panel in explanation.panels:
        print(f"{panel.name}: {panel.caption}")
    if not explanation.agrees:
        print(
            f"This is not how {dataset} has it: its source or versions changed. Run `radprep "
            "preprocess` again.",
            file=sys.stderr,
        )
    print(f"look at: {path}")
