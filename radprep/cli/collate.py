"""`radprep collate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import Json, MaxFailed, Private, end
from radprep.run import MAX_FAILED

EXAMPLES = """\b
Examples:
  radprep collate raw/
  radprep collate clean/ --json
"""


def collate(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A data set that shards have written to.")
    ],
    private: Private = None,
    max_failed: MaxFailed = MAX_FAILED,
    json: Json = False,
) -> None:
    """Make the shared tables of a data set (instances.parquet, dataset.json) from its studies,
    after the last shard. Safe to repeat. Ends with code 75 where studies that were planned are not
    done."""
    from radprep.api.results import StageResult
    from radprep.dataset.layout import DataSet
    from radprep.private.place import existing_tree
    from radprep.report.stale import tell_page
    from radprep.run.runner import RunResult
    from radprep.stage.collate import collate as make_tables

    data_set = DataSet(dataset)
    info = make_tables(data_set, tree=existing_tree(data_set, private) if private else None)
    is_older = tell_page(data_set.report, info["fingerprint"])
    result = RunResult(
        info,
        {"collated": info["counts"]["studies"]},
        info["studies_left"],
        {"pages_older": 1} if is_older else {},
    )
    end(StageResult.of(result, dataset), as_json=json, max_failed=max_failed)
