"""`radprep preprocess`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.api import stages
from radprep.cli.completions import pipelines
from radprep.cli.options import (
    Dask,
    DryRun,
    GroupReadable,
    Json,
    Limit,
    MaxFailed,
    Profile,
    Prune,
    Retry,
    ShardOf,
    StudyTimeout,
    Workers,
    defaults_of,
    end,
)
from radprep.run import MAX_FAILED

EXAMPLES = """\b
Examples:
  radprep preprocess raw/ clean/ --pipeline wrist --workers 48
  radprep preprocess raw/ thesis/ --pipeline wrist-thesis --set colour_inversion.threshold=90
  radprep preprocess raw/ hands/ --pipeline wrist --set 'anatomic_filter.keep=["wrist","hand"]'
  radprep preprocess raw/ mine/ --pipeline my-pipeline.toml --limit 50
  radprep preprocess raw/ clean/ --pipeline wrist --corrections corrections.csv
  radprep preprocess raw/ clean/ --pipeline wrist --set rotation_alignment.min_turn=2 --dry-run
  radprep preprocess raw/ clean/ --pipeline wrist --shard 3/20
  radprep preprocess raw/ clean/ --pipeline wrist --retry failed:worker_died
"""


@defaults_of(stages.preprocess)
def preprocess(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Data set to make or to go on with.")],
    *,
    pipeline: Annotated[
        str,
        typer.Option(
            "--pipeline",
            "-p",
            metavar="NAME-or-FILE",
            help="A preset (`radprep pipeline list`) or a .toml file.",
            autocompletion=pipelines,
        ),
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="STEP.PARAMETER=VALUE",
            help="Override one value of the pipeline; may be repeated.",
        ),
    ],
    corrections: Annotated[
        Path | None,
        typer.Option(
            "--corrections",
            metavar="CSV",
            help="What a person decides instead of the steps: columns image_id, field (inverted, "
            "rotation_degrees, parts, boxes, status or review) and value, and if you like reviewer "
            "and date; an empty value takes it back. OUT remembers them; only the studies they "
            "name are redone.",
        ),
    ],
    workers: Workers,
    limit: Limit,
    study_timeout: StudyTimeout,
    max_failed: MaxFailed = MAX_FAILED,
    prune: Prune,
    group_readable: GroupReadable,
    shard: ShardOf,
    retry: Retry,
    dask: Dask,
    dry_run: DryRun,
    profile: Profile = False,
    json: Json = False,
) -> None:
    """Take a data set through a pipeline of steps, study by study. The result is a data set of the
    same shape."""
    result = stages.preprocess(
        dataset,
        out,
        pipeline=pipeline,
        overrides=overrides,
        corrections=corrections,
        workers=workers,
        limit=limit,
        study_timeout=study_timeout,
        prune=prune,
        group_readable=group_readable,
        shard=shard,
        retry=retry,
        dask=dask,
        dry_run=dry_run,
        quiet=False,
    )
    end(result, as_json=json, max_failed=max_failed, profile=profile)
