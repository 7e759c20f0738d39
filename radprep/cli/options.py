"""Flags that several commands share, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from radprep.labels import LabelOptions
    from radprep.run.runner import RunResult

Workers = Annotated[int | None, typer.Option(
    "--workers", "-w", metavar="N",
    help="Worker processes [env: RADPREP_WORKERS, then SLURM_CPUS_PER_TASK; default: the cores this process may use].")]
StudyTimeout = Annotated[float, typer.Option(
    "--study-timeout", metavar="SECONDS", min=1.0, help="End a worker that takes longer over one study, and fail that study.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Do at most N studies in this run, to try things out.")]
MaxFailed = Annotated[float, typer.Option(
    "--max-failed", min=0.0, max=1.0, help="Exit with code 3 if a larger share of the files than this failed.")]
Prune = Annotated[bool, typer.Option("--prune", help="Remove from OUT what the input no longer has; without it, it stays.")]
GroupReadable = Annotated[bool, typer.Option(
    "--group-readable", help="Let the group read OUT, whatever the umask, on a shared file system; OUT.private stays the owner's.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
Labels = Annotated[Path | None, typer.Option(
    "--labels", metavar="CSV", help="Labels of studies: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1.")]
LabelKey = Annotated[str, typer.Option(
    "--label-key", metavar="[COLUMN=]FIELD",
    help="Header field that labels are joined on: accession, patient, study or studyid. COLUMN: the CSV's name for it.")]
LabelColumn = Annotated[str, typer.Option(
    "--label-column", metavar="COLUMN", help="Column of the CSV that holds the label.")]
LabelMap = Annotated[list[str] | None, typer.Option(
    "--label-map", metavar="TEXT=LABEL",
    help="Turn a text of that column into a label; once for each. Other texts then give none.")]


def label_options(labels: Path | None, key: str, column: str, mapping: list[str] | None) -> LabelOptions | None:
    """The label flags of a command as one value; None without --labels. Raises UsageError."""
    from radprep.errors import UsageError
    from radprep.labels import LabelOptions, parse_mapping

    if labels is None:
        if mapping:
            raise UsageError("--label-map needs --labels FILE.")
        return None
    return LabelOptions(labels, key, column, parse_mapping(mapping or []))


def end(result: RunResult, *, as_json: bool, max_failed: float, where: str) -> None:
    """Print a run's summary on stdout, then hold the failed files against the limit."""
    from radprep.cli.summary import summary_json, summary_text
    from radprep.errors import TooManyFailedError

    print(summary_json(result) if as_json else summary_text(result, where))
    counts = result.counts
    if counts["files"] and counts["failed"] / counts["files"] > max_failed:
        raise TooManyFailedError(
            f"{counts['failed']} of {counts['files']} files failed, more than --max-failed {max_failed:g} allows. The reasons stand above "
            "and in the columns reason and detail of instances.parquet; mend the input, or raise --max-failed if this was to be "
            "expected.")
