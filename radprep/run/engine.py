"""Runs a stage's work over studies: one after the other, or in worker processes. One code path for the work itself."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from radprep.errors import RadprepError
from radprep.run import STUDY_TIMEOUT_S
from radprep.run.interrupt import Interrupt
from radprep.run.workers import limit_process
from radprep.stage import Outcome, Stage

Task = Callable[..., Any]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_stage(stage: Stage[Any], jobs: Sequence[Any], workers: int, interrupt: Interrupt,
              time_limit_s: float = STUDY_TIMEOUT_S) -> Iterator[Outcome]:
    """Do every job and yield its outcome as it is done; stop taking jobs once `interrupt` is set.

    A worker's death costs its study: what was in flight is tried once more, each study in a fresh process, and a study whose
    process dies again is committed as failed (worker_died). A worker that is over its time limit with one study dies, too;
    with one worker there is no process to end, and no limit.
    """
    done: set[str] = set()
    results: Iterator[Outcome]
    if min(workers, len(jobs)) <= 1:
        limit_process()
        results = (_do(stage, job) for job in _until(interrupt, jobs))
    else:
        results = _in_workers(_do, [(stage, job) for job in jobs], workers, interrupt, time_limit_s)
    try:
        for outcome in results:
            done.add(outcome.study_id)
            yield outcome
    except TerminatedWorkerError:
        yield from _one_by_one(stage, [job for job in jobs if job.study_id not in done], workers, interrupt, time_limit_s)


def map_in_workers(task: Task, arguments: Sequence[tuple[Any, ...]], workers: int, interrupt: Interrupt) -> Iterator[Any]:
    """Call a pure function over many arguments; results come in any order. Raises RadprepError where a worker dies."""
    if min(workers, len(arguments)) <= 1:
        yield from (task(*argument) for argument in _until(interrupt, arguments))
        return
    try:
        yield from _in_workers(task, arguments, workers, interrupt, STUDY_TIMEOUT_S)
    except TerminatedWorkerError:
        raise RadprepError("A worker process was killed; memory may have run out. Run the same command again with fewer "
                           "--workers; what was finished is kept.") from None


def _one_by_one(stage: Stage[Any], jobs: Sequence[Any], workers: int, interrupt: Interrupt, time_limit_s: float) -> Iterator[Outcome]:
    """After a worker's death: the studies that were in flight run alone, so that the one to blame is known; then the rest."""
    suspects, rest = jobs[:3 * workers], jobs[3 * workers:]
    for job in _until(interrupt, suspects):
        try:
            yield next(_in_workers(_do, [(stage, job)], 1, interrupt, time_limit_s))
        except (TerminatedWorkerError, StopIteration):
            yield stage.fail(job, "worker_died")
    if rest:
        yield from run_stage(stage, rest, workers, interrupt, time_limit_s)


def _in_workers(task: Task, arguments: Sequence[tuple[Any, ...]], workers: int, interrupt: Interrupt,
                time_limit_s: float) -> Iterator[Any]:
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, "1")
    parallel = Parallel(n_jobs=max(2, min(workers, len(arguments))), backend="loky", batch_size=1,
                        pre_dispatch="2*n_jobs", return_as="generator_unordered")
    yield from parallel(delayed(_in_worker)(time_limit_s, task, *argument) for argument in _until(interrupt, arguments))


def _in_worker(time_limit_s: float, task: Task, *argument: Any) -> Any:
    """A worker leaves signals that are sent to the whole group to its parent, which decides what is still done. Its watchdog
    is a thread of faulthandler's, which ends the process even while a codec holds the interpreter."""
    for number in (signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    limit_process()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - what it would print, nobody needs
        faulthandler.dump_traceback_later(time_limit_s, exit=True, file=nowhere)
        try:
            return task(*argument)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _do(stage: Stage[Any], job: Any) -> Outcome:
    try:
        return stage.do(job)
    except RadprepError:
        raise
    except Exception:  # our bug on one study must not end a night's run: it is recorded, with a code
        return stage.fail(job, "internal_error")


def _until(interrupt: Interrupt, items: Sequence[Any]) -> Iterator[Any]:
    for item in items:
        if interrupt.asked:
            return
        yield item
