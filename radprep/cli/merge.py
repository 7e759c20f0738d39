"""`radprep merge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import merging
from radprep.cli.options import DryRun, Json, MaxFailed, Workers, defaults_of, end
from radprep.errors import UsageError
from radprep.run import MAX_FAILED

EXAMPLES = """\b
Examples:
  radprep merge north/ south/ both/ --dry-run
  radprep merge north/ south/ east/ all/ --pairs pairs.csv
  radprep merge a/ b/ both/ --private ~/keys/a.private --private ~/keys/b.private
  radprep merge north/ south/ both/ --mixed --json
"""


@defaults_of(merging.merge)
def merge(
    datasets: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATASET DATASET... OUT",
            help="Two or more data sets of one kind, and behind them the one to make or to go on "
            "with. The order of the data sets does not matter.",
        ),
    ],
    *,
    mixed: Annotated[
        bool,
        typer.Option(
            "--mixed",
            help="Merge also what was made with other options or pipelines, or whose labels say "
            "other things: the page then says in what the parts differ.",
        ),
    ],
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs",
            metavar="CSV",
            help="Write the pairs of images of different data sets and patients that show the "
            "same film: a patient may be in both.",
        ),
    ],
    private: Annotated[
        list[Path] | None,
        typer.Option(
            "--private",
            metavar="DIR",
            help="Private tree of one of the data sets, where it does not stand beside; may be "
            "repeated. It says who was forgotten, and nothing of it is copied.",
        ),
    ],
    copy: Annotated[
        bool,
        typer.Option(
            "--copy",
            help="Copy images instead of making hard links to the data sets: for whoever changes "
            "files in place, or their rights.",
        ),
    ],
    workers: Workers,
    dry_run: DryRun,
    max_failed: MaxFailed = MAX_FAILED,
    json: Json = False,
) -> None:
    """Make one data set of several, which every later command takes. Images are hard links where
    the file system has them. Each private tree stays where it is."""
    *parts, out = datasets
    if len(parts) < 2:
        raise UsageError("Give two or more data sets, and behind them OUT, the one to make.")
    result = merging.merge(
        parts,
        out,
        mixed=mixed,
        pairs=pairs,
        private=private,
        copy=copy,
        workers=workers,
        dry_run=dry_run,
        quiet=False,
    )
    if not (copy or dry_run or json):
        from radprep.dataset.durable import LINKS

        number = result.counts["images"]
        print(f"Where the disk can link: {LINKS.format(number=number)}")
    end(result, as_json=json, max_failed=max_failed)
