"""`radprep preprocess`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radprep.cli.options import GroupReadable, Json, Limit, MaxFailed, Prune, StudyTimeout, Workers, end
from radprep.run import STUDY_TIMEOUT_S

EXAMPLES = """\b
Examples:
  radprep preprocess raw/ clean/ --pipeline wrist --workers 48
  radprep preprocess raw/ thesis/ --pipeline wrist-thesis --set colour_inversion.threshold=90
  radprep preprocess raw/ hands/ --pipeline wrist --set 'anatomic_filter.keep=["wrist","hand"]'
  radprep preprocess raw/ mine/ --pipeline my-pipeline.toml --limit 50
"""


def preprocess(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A data set made by `radprep convert` or `radprep preprocess`.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Data set to make or to go on with.")],
    pipeline: Annotated[str, typer.Option(
        "--pipeline", "-p", metavar="NAME-or-FILE", help="A preset (`radprep pipeline list`) or a .toml file.")],
    overrides: Annotated[list[str] | None, typer.Option(
        "--set", metavar="STEP.PARAMETER=VALUE", help="Override one value of the pipeline; may be repeated.")] = None,
    workers: Workers = None,
    limit: Limit = None,
    study_timeout: StudyTimeout = STUDY_TIMEOUT_S,
    max_failed: MaxFailed = 0.1,
    prune: Prune = False,
    group_readable: GroupReadable = False,
    json: Json = False,
) -> None:
    """Take a data set through a pipeline of steps, study by study. The result is a data set of the same shape."""
    from radprep.pipeline import load_pipeline
    from radprep.preprocess import Preprocessing
    from radprep.run.runner import RunOptions, run_preprocessing
    from radprep.run.workers import worker_count

    run = RunOptions(worker_count(workers), limit, study_timeout_s=study_timeout, group_readable=group_readable)
    preprocessing = Preprocessing.prepare(dataset, out, load_pipeline(pipeline, overrides or []), prune=prune)
    end(run_preprocessing(preprocessing, run), as_json=json, max_failed=max_failed, where=str(out))
