"""`radprep export`."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from radprep.api import exports
from radprep.cli.options import Json, MaxFailed, Workers, defaults_of
from radprep.export import FORMATS
from radprep.run import MAX_FAILED

EXAMPLES = """\b
Examples:
  radprep export clean/ out/ --format hf
  radprep export clean/ out/ --format webdataset --part training --run runs/first
  radprep export clean/ out/ --format csv --max-side 512 --jpeg 90
"""


@defaults_of(exports.export)
def export(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to make. It appears when it is whole.")
    ],
    *,
    format: Annotated[  # noqa: A002 - named as it is typed
        str, typer.Option("--format", metavar="NAME", help=f"One of {', '.join(FORMATS)}.")
    ],
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            metavar="NAME",
            help="Only the films of one part: training, validation or holdout. By the splits of "
            "--run or, without it, by the column `split`.",
        ),
    ],
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Folder of a `radprep train` on DATASET, whose splits say in which part a film "
            "stands.",
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="NAME",
            help="Label that is the class of a film, where the data set has several  [default: "
            "the main one].",
        ),
    ],
    max_side: Annotated[
        int | None,
        typer.Option(
            "--max-side",
            metavar="PIXELS",
            help="Make images smaller whose longer side has more pixels, with masks and boxes.",
        ),
    ],
    jpeg: Annotated[
        int | None,
        typer.Option(
            "--jpeg",
            metavar="QUALITY",
            help="Write JPEG of this quality, 1 to 100, 8 bits, instead of PNG.",
        ),
    ],
    with_marked: Annotated[
        bool,
        typer.Option(
            "--with-marked",
            help="Also films that were kept although text about a person may stand in their "
            "pixels (burned_in_risk high). Such an export must not leave the hospital.",
        ),
    ],
    shard_mb: Annotated[
        int,
        typer.Option(
            "--shard-mb",
            metavar="MB",
            help="Megabytes of pixels that a shard may hold, before they are compressed.",
        ),
    ],
    positive: Annotated[
        str | None,
        typer.Option(
            "--positive",
            metavar="LABEL",
            help="For mura: what the label says of the positive class "
            "[default: fracture; of two labels the other one than normal or negative].",
        ),
    ],
    negative: Annotated[
        list[str] | None,
        typer.Option(
            "--negative",
            metavar="LABEL",
            help="For mura: label of the negative class; may be repeated. Films of labels that are "
            "neither are left out [default: the other one of two labels].",
        ),
    ],
    outlines: Annotated[
        bool,
        typer.Option(
            "--outlines",
            help="For yolo: write the outlines of boxes, for a model that draws outlines, instead "
            "of upright boxes.",
        ),
    ],
    copy: Annotated[
        bool,
        typer.Option(
            "--copy",
            help="Copy images instead of making hard links to DATASET: for whoever changes files "
            "in place, or their rights.",
        ),
    ],
    workers: Workers,
    max_failed: MaxFailed = MAX_FAILED,
    json: Json = False,
) -> None:
    """Write a data set in the layout that another trainer reads: images, masks, labels, boxes and
    parts, as they are in DATASET and no more. Run it again to go on after a stop."""
    from radprep.export.exporting import lines

    done = exports.export(
        dataset,
        out,
        format=format,
        part=part,
        run=run,
        label=label,
        max_side=max_side,
        jpeg=jpeg,
        with_marked=with_marked,
        shard_mb=shard_mb,
        positive=positive,
        negative=negative,
        outlines=outlines,
        copy=copy,
        workers=workers,
        quiet=False,
    )
    print(dumps(done.as_json(), indent=2) if json else "\n".join(lines(done)))
    done.check(max_failed)
