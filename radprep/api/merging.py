"""`radprep.merge`: one data set of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from radprep.api.arguments import StrPath
from radprep.api.results import StageResult


def merge(
    datasets: Sequence[StrPath],
    out: StrPath,
    *,
    mixed: bool = False,
    pairs: StrPath | None = None,
    private: Sequence[StrPath] | None = None,
    copy: bool = False,
    workers: int | None = None,
    dry_run: bool = False,
    quiet: bool = True,
) -> StageResult:
    """Make one data set of several. Every later step takes it as it takes its parts. Images are
    hard links where the file system has them; nothing is decoded again.

    Run again with the same data sets, it does only the studies that are new or have changed. The
    order of the data sets does not matter.

    Args:
        datasets: two or more data sets of one kind: all converted, or all behind a pipeline.
        out: data set to make or to go on with.
        mixed: merge also what was made with other options or pipelines, or has other labels.
        pairs: CSV file for the pairs of images of different data sets and patients that show the
            same film.
        private: private trees of the data sets, where they do not stand beside them: they say who
            was forgotten. Nothing of them is copied.
        copy: copy images instead of making hard links to the data sets.
        workers: worker processes; the cores that this process may use if it is None.
        dry_run: write nothing; the result's `plan` says what would be done and why.
        quiet: show no progress on stderr.

    Returns:
        What became of every file. `joined` holds what a person must know: parts, in_several (what
        stands in several of them and is counted once), look_alikes, told.

    Raises:
        UsageError: the data sets contradict each other, or differ gravely; the text says where,
            and what to do. Nothing was written.
        InterruptedRunError: the run was asked to stop, or the disk is full; run it again.

    Example:
        >>> south = radprep.preprocess("raw", "south", pipeline="wrist")
        >>> both = radprep.merge(["clean", "south"], "both")
        >>> both.counts["files"] == south.counts["files"] == both.joined["in_several"]["files"]
        True
        >>> both.joined["look_alikes"], both.joined["told"]
        (0, [...])
    """
    from radprep.run.merger import find_look_alikes, plan_merging, run_merging
    from radprep.run.runner import RunOptions
    from radprep.run.workers import worker_count
    from radprep.text.csv_file import write_file
    from radprep.upkeep.look_alikes import HEADER
    from radprep.upkeep.merge import Merging

    run = RunOptions(worker_count(workers, quiet=quiet), quiet=quiet)
    merging = Merging.prepare(
        [Path(one) for one in datasets],
        Path(out),
        mixed=mixed,
        private=[Path(one) for one in private or ()],
        copy=copy,
    )
    if dry_run:
        plan = plan_merging(merging)
        return StageResult(Path(out), "merge", joined=merging.summary, plan=plan)
    if merging.look_alikes is None or pairs is not None:
        found = find_look_alikes(merging, run.workers, quiet=quiet)
        if pairs is not None:
            write_file(Path(pairs), [HEADER, *(one.line for one in found)])
    return StageResult.of(run_merging(merging, run), Path(out))
