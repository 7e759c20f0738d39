"""`radprep preprocess`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    checked_retry,
    end,
    show_plan,
)
from radprep.run import STUDY_TIMEOUT_S

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


def preprocess(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`."
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Data set to make or to go on with.")],
    pipeline: Annotated[
        str,
        typer.Option(
            "--pipeline",
            "-p",
            metavar="NAME-or-FILE",
            help="A preset (`radprep pipeline list`) or a .toml file.",
        ),
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="STEP.PARAMETER=VALUE",
            help="Override one value of the pipeline; may be repeated.",
        ),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(
            "--corrections",
            metavar="CSV",
            help="What a person decides instead of the steps: columns image_id, field (inverted, "
            "rotation_degrees, parts or status) and value; an empty value takes it back. OUT "
            "remembers them; only the studies they name are redone.",
        ),
    ] = None,
    workers: Workers = None,
    limit: Limit = None,
    study_timeout: StudyTimeout = STUDY_TIMEOUT_S,
    max_failed: MaxFailed = 0.1,
    prune: Prune = False,
    group_readable: GroupReadable = False,
    shard: ShardOf = None,
    retry: Retry = None,
    dask: Dask = None,
    dry_run: DryRun = False,
    profile: Profile = False,
    json: Json = False,
) -> None:
    """Take a data set through a pipeline of steps, study by study. The result is a data set of the
    same shape."""
    from radprep.preprocess.pipeline import load_pipeline
    from radprep.preprocess.preprocessing import Preprocessing
    from radprep.run.runner import RunOptions, plan_preprocessing, run_preprocessing
    from radprep.run.workers import worker_count
    from radprep.stage.shard import parse_shard

    run = RunOptions(
        worker_count(workers),
        limit,
        study_timeout_s=study_timeout,
        group_readable=group_readable,
        shard=parse_shard(shard),
        retry=checked_retry(retry),
        dask=dask,
    )
    preprocessing = Preprocessing.prepare(
        dataset, out, load_pipeline(pipeline, overrides or []), prune=prune, corrections=corrections
    )
    if dry_run:
        show_plan(plan_preprocessing(preprocessing, run), as_json=json)
        return
    end(
        run_preprocessing(preprocessing, run),
        as_json=json,
        max_failed=max_failed,
        where=str(out),
        profile=profile,
    )
