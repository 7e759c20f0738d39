"""A whole run of a stage: prepare has checked it, here it is planned, carried out, logged and ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from radprep import dataset
from radprep.convert import Conversion, write_index
from radprep.dicom.scan import scan_file
from radprep.errors import InterruptedRunError
from radprep.preprocess import Preprocessing
from radprep.run import STUDY_TIMEOUT_S
from radprep.run.engine import map_in_workers, run_stage
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress, RunLog
from radprep.stage import Plan, Stage, is_complete


class Undertaking(Protocol):
    """What both stages offer to a run."""

    out: Path
    info: dict[str, Any] | None

    def remove(self, study_id: str) -> None:
        """Remove a study that no longer belongs."""

    def finish(self, *, complete: bool, left: int = 0) -> dict[str, Any]:
        """Write the shared tables and dataset.json."""


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out; nothing here changes the result. limit: do at most so many studies in this run;
    study_timeout_s: a worker that takes longer over one study is ended; group_readable: the group may read OUT."""

    workers: int = 1
    limit: int | None = None
    quiet: bool = False
    study_timeout_s: float = STUDY_TIMEOUT_S
    group_readable: bool = False

    def modes(self, out: Path) -> AbstractContextManager[None]:
        """While entered, what is written gets the modes asked for."""
        return dataset.readable_for_group(out) if self.group_readable else nullcontext()


@dataclass(frozen=True)
class RunResult:
    """How a run ended. info: dataset.json; did: studies done, relabelled, removed and left as they were in this run."""

    info: dict[str, Any]
    did: dict[str, int]
    left: int = 0
    extra: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, Any]:
        """Counts of the data set; empty where the run was not completed."""
        counts: dict[str, Any] = self.info.get("counts", {})
        return counts


def run_conversion(conversion: Conversion, options: RunOptions) -> RunResult:
    """Scan, plan and convert. Raises InterruptedRunError where it was asked to stop."""
    with options.modes(conversion.out), Interrupt() as interrupt:
        stage = conversion.begin()
        known, unknown = conversion.scan()
        scanned = list(known)
        with Progress("scan", len(unknown), "headers", quiet=options.quiet) as progress:
            for one in map_in_workers(scan_file, [(conversion.dump, file) for file in unknown], options.workers, interrupt):
                scanned += one
                progress.step()
        _stop_if_asked(interrupt, conversion.out)
        if unknown:
            write_index(conversion.out, stage.pseudonyms, scanned)
        plan = conversion.plan(stage, scanned)
        result = _carry_out(conversion, stage, plan, "convert", options, interrupt)
    extra = {"files_found": len(scanned), **(conversion.match.counts() if conversion.labels else {})}
    return RunResult(result.info, result.did, result.left, extra)


def run_preprocessing(preprocessing: Preprocessing, options: RunOptions) -> RunResult:
    """Plan and pre-process. Raises InterruptedRunError where it was asked to stop."""
    with options.modes(preprocessing.out), Interrupt() as interrupt:
        stage = preprocessing.begin()
        plan = preprocessing.plan(stage)
        return _carry_out(preprocessing, stage, plan, "preprocess", options, interrupt)


def _carry_out(undertaking: Undertaking, stage: Stage[Any], plan: Plan, name: str, options: RunOptions, interrupt: Interrupt) -> RunResult:
    out, info = undertaking.out, undertaking.info
    did = {"done": len(plan.jobs), "relabelled": len(plan.relabel), "removed": len(plan.remove), "unchanged": plan.done}
    if plan.is_empty and info is not None and is_complete(out, info):
        return RunResult(info, did)
    left = max(0, len(plan.jobs) - options.limit) if options.limit is not None else 0
    jobs = sorted(plan.jobs[:len(plan.jobs) - left], key=lambda job: (-job.weight, job.study_id))
    undertaking.finish(complete=False)
    log = RunLog(out, name, len(jobs))
    how = "stopped"
    try:
        _do_all(undertaking, stage, plan, jobs, name, options, interrupt, log.study)
        how = "interrupted" if interrupt.asked else "done"
    finally:
        log.close(how)
    _stop_if_asked(interrupt, out)
    return RunResult(undertaking.finish(complete=True, left=left), {**did, "done": len(jobs)}, left)


def _do_all(undertaking: Undertaking, stage: Stage[Any], plan: Plan, jobs: list[Any], name: str, options: RunOptions,
            interrupt: Interrupt, tell: Callable[[Any], None]) -> None:
    for study_id in plan.remove:
        undertaking.remove(study_id)
    for study_id, label in plan.relabel.items():
        dataset.relabel_study(undertaking.out, study_id, label, dataset.read_footer(undertaking.out, study_id) or {})
    with Progress(name, len(jobs), quiet=options.quiet) as progress:
        for outcome in run_stage(stage, jobs, options.workers, interrupt, options.study_timeout_s):
            tell(outcome)
            progress.step(outcome)


def _stop_if_asked(interrupt: Interrupt, out: Path) -> None:
    if interrupt.asked:
        raise InterruptedRunError(f"Stopped as asked; every study that was finished stands in {out}. "
                                  "Run the same command again to go on from here.")
