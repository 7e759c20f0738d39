"""Runs a stage's work over studies: one after the other, or in worker processes. One code path for the work itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from radprep.errors import RadprepError
from radprep.run.interrupt import Interrupt
from radprep.run.workers import limit_threads
from radprep.stage import Outcome, Stage

Task = Callable[..., Any]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_stage(stage: Stage[Any], jobs: Sequence[Any], workers: int, interrupt: Interrupt) -> Iterator[Outcome]:
    """Do every job and yield its outcome as it is done; stop taking jobs once `interrupt` is set.

    A worker's death costs its study: what was in flight is tried once more, each study in a fresh process, and a study whose
    process dies again is committed as failed (worker_died).
    """
    done: set[str] = set()
    results: Iterator[Outcome]
    if min(workers, len(jobs)) <= 1:
        limit_threads()
        results = (_do(stage, job) for job in _until(interrupt, jobs))
    else:
        results = _in_workers(_do, [(stage, job) for job in jobs], workers, interrupt)
    try:
        for outcome in results:
            done.add(outcome.study_id)
            yield outcome
    except TerminatedWorkerError:
        yield from _one_by_one(stage, [job for job in jobs if job.study_id not in done], workers, interrupt)


def map_in_workers(task: Task, arguments: Sequence[tuple[Any, ...]], workers: int, interrupt: Interrupt) -> Iterator[Any]:
    """Call a pure function over many arguments; results come in any order."""
    if min(workers, len(arguments)) <= 1:
        return (task(*argument) for argument in _until(interrupt, arguments))
    return _in_workers(task, arguments, workers, interrupt)


def _one_by_one(stage: Stage[Any], jobs: Sequence[Any], workers: int, interrupt: Interrupt) -> Iterator[Outcome]:
    """After a worker's death: the studies that were in flight run alone, so that the one to blame is known; then the rest."""
    suspects, rest = jobs[:3 * workers], jobs[3 * workers:]
    for job in _until(interrupt, suspects):
        try:
            yield next(_in_workers(_do, [(stage, job)], 1, interrupt))
        except (TerminatedWorkerError, StopIteration):
            yield stage.fail(job, "worker_died")
    if rest:
        yield from run_stage(stage, rest, workers, interrupt)


def _in_workers(task: Task, arguments: Sequence[tuple[Any, ...]], workers: int, interrupt: Interrupt) -> Iterator[Any]:
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, "1")
    parallel = Parallel(n_jobs=max(2, workers) if len(arguments) > 1 else 2, backend="loky", batch_size=1,
                        pre_dispatch="2*n_jobs", return_as="generator_unordered")
    yield from parallel(delayed(_in_worker)(task, *argument) for argument in _until(interrupt, arguments))


def _in_worker(task: Task, *argument: Any) -> Any:
    """A worker leaves signals that are sent to the whole group to its parent, which decides what is still done."""
    for number in (signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    limit_threads()
    return task(*argument)


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


def stop_workers() -> None:
    """End idle worker processes."""
    get_reusable_executor().shutdown(wait=True, kill_workers=True)
