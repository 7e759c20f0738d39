"""Flags that several commands share, and how they end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radprep.convert.labels import LabelOptions
    from radprep.run.runner import RunResult
    from radprep.stage.plan import Plan

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "-w",
        metavar="N",
        help="Worker processes [env: RADPREP_WORKERS, then SLURM_CPUS_PER_TASK; default: the "
        "cores this process may use].",
    ),
]
StudyTimeout = Annotated[
    float,
    typer.Option(
        "--study-timeout",
        metavar="SECONDS",
        min=1.0,
        help="End a worker that takes longer over one study, and fail that study.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, help="Do at most N studies in this run, to try things out."
    ),
]
MaxFailed = Annotated[
    float,
    typer.Option(
        "--max-failed",
        min=0.0,
        max=1.0,
        help="Exit with code 3 if a larger share of the files than this failed.",
    ),
]
Prune = Annotated[
    bool,
    typer.Option(
        "--prune", help="Remove from OUT what the input no longer has; without it, it stays."
    ),
]
GroupReadable = Annotated[
    bool,
    typer.Option(
        "--group-readable",
        help="Let the group read OUT, whatever the umask, on a shared file system; OUT.private "
        "stays the owner's.",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Key of an existing project, so that pseudonyms agree [default: OUT.private/key].",
    ),
]
ShardOf = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Do one part of N (1/20 to 20/20), or auto: the task of a SLURM array. `radprep "
        "collate` ends it.",
    ),
]
Retry = Annotated[
    str | None,
    typer.Option(
        "--retry",
        metavar="failed[:CODE]",
        help="Do studies again that hold failures: all of them, or those with one code.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Do the studies on the workers of a Dask cluster (extra `dask`), by its scheduler's "
        "address.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say which studies would be done and why; write nothing.")
]
Profile = Annotated[
    bool,
    typer.Option(
        "--profile", help="Say how long each stage of the work took, on stderr or in the JSON."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="CSV",
        help="Labels of studies: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1.",
    ),
]
LabelKey = Annotated[
    str,
    typer.Option(
        "--label-key",
        metavar="[COLUMN=]FIELD",
        help="Header field that labels are joined on: accession, patient, study or studyid. "
        "COLUMN: the CSV's name for it.",
    ),
]
LabelColumn = Annotated[
    str,
    typer.Option(
        "--label-column", metavar="COLUMN", help="Column of the CSV that holds the label."
    ),
]
LabelMap = Annotated[
    list[str] | None,
    typer.Option(
        "--label-map",
        metavar="TEXT=LABEL",
        help="Turn a text of that column into a label; once for each. Other texts then give none.",
    ),
]


def label_options(
    labels: Path | None, key: str, column: str, mapping: list[str] | None
) -> LabelOptions | None:
    """The label flags of a command as one value; None without --labels. Raises UsageError."""
    from radprep.convert.labels import LabelOptions, parse_mapping
    from radprep.errors import UsageError

    if labels is None:
        if mapping:
            raise UsageError("--label-map needs --labels FILE.")
        return None
    return LabelOptions(labels, key, column, parse_mapping(mapping or []))


def checked_retry(text: str | None) -> str | None:
    """The code of `--retry failed:CODE`, empty for any; None without the flag. Raises
    UsageError."""
    from radprep.errors import UsageError

    what, _, code = (text or "").partition(":")
    if text is not None and what != "failed":
        raise UsageError(
            f"--retry {text!r} is not possible: give failed, or failed:CODE such as "
            "failed:worker_died."
        )
    return code if text is not None else None


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Print what a run would do, and why."""
    from radprep.cli.summary import plan_json, plan_text

    print(plan_json(plan) if as_json else plan_text(plan))


def end(
    result: RunResult, *, as_json: bool, max_failed: float, where: str, profile: bool = False
) -> None:
    """Print a run's summary on stdout, with its profile if asked for, then hold the failed files
    against the limit."""
    from radprep.cli.summary import profile_text, shard_text, summary_json, summary_text
    from radprep.errors import TooManyFailedError

    text = shard_text if result.shard else summary_text
    print(summary_json(result, profile=profile) if as_json else text(result, where))
    if profile and not as_json:
        print(profile_text(result), file=sys.stderr)
    counts = result.counts or {**result.files, "files": sum(result.files.values())}
    if counts["files"] and counts["failed"] / counts["files"] > max_failed:
        raise TooManyFailedError(
            f"{counts['failed']} of {counts['files']} files failed, more than --max-failed "
            f"{max_failed:g} allows. The reasons stand above and in the columns reason and detail "
            "of instances.parquet; mend the input, or raise --max-failed if this was to be "
            "expected."
        )
