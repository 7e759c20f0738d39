"""Studies as futures of a Dask cluster, for those who have one and no SLURM: the same work
function, another way to hand it out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from radprep.errors import InterruptedRunError, UsageError
from radprep.run.crew import LOOK_EVERY_S, Argument, Lost, Task, watched
from radprep.run.engine import do_studies
from radprep.run.interrupt import Interrupt
from radprep.run.workers import limit_process
from radprep.stage.work import Outcome, Stage

_CONNECT_S = 20
_FETCH_S = 5
_WITHOUT_WORKERS_S = 60.0
_IN_HAND_A_WORKER = 2
"""One that is worked on and one that waits: more would be lost time when the run is asked to
stop."""
_GO_ON = "What was finished is safe; run the same command again to go on from here."


def run_on_dask(
    stage: Stage[Any], jobs: Iterable[Any], address: str, interrupt: Interrupt, time_limit_s: float
) -> Iterator[tuple[Any, Outcome]]:
    """Do every job on the workers of a cluster and yield it with its outcome; stop handing out jobs
    once `interrupt` is set.

    Raises UsageError where the cluster cannot be reached, has no worker, or has workers of several
    threads, of which one death would cost several studies; InterruptedRunError where the cluster is
    lost, or studies take longer than the interrupt's grace.
    """
    with _client(address) as client, _unless_lost(), _never_trying_again(client):
        _require_workers(client)
        yield from do_studies(stage, jobs, _Cluster(client, interrupt, time_limit_s))


@dataclass(frozen=True)
class _Cluster:
    """The workers of a cluster, as `Crew` has those of this machine. After a worker's death it goes
    on with the others."""

    client: Any
    interrupt: Interrupt
    time_limit_s: float

    def work(self, task: Task, arguments: Iterator[Argument]) -> Iterator[tuple[Argument, Any]]:
        """Call task(argument) in the workers and yield (argument, result or Lost) as they come; all
        that a dead worker had in hand is Lost. What the task raises is raised here: only what stops
        the whole run."""
        most = _IN_HAND_A_WORKER * len(self.client.nthreads())
        in_hand = {self._submit(task, argument): argument for argument in islice(arguments, most)}
        while in_hand:
            for future, result in self._next_done(in_hand).items():
                yield in_hand.pop(future), result
                in_hand |= {
                    self._submit(task, argument): argument for argument in islice(arguments, 1)
                }

    def do(self, task: Task, argument: Any) -> Any:
        """The result of one task with nothing else in hand, or Lost."""
        future = self._submit(task, argument)
        return self._next_done([future])[future]

    def alone(self) -> Self:
        """Nothing of this run works beside what `do` is given."""
        return self

    def _submit(self, task: Task, argument: Any) -> Any:
        return self.client.submit(
            watched, self.time_limit_s, _in_bounds, (task, argument), pure=False
        )

    def _next_done(self, in_hand: Collection[Any]) -> dict[Any, Any]:
        from distributed import wait

        manned = time.monotonic()
        while True:
            # of the second line: a result that is lost with its worker is made again
            with suppress(TimeoutError):
                done = wait(list(in_hand), timeout=LOOK_EVERY_S, return_when="FIRST_COMPLETED").done
                return {future: _result(future) for future in done}
            self.interrupt.check()
            # the scheduler does not answer; what waits is told when it is given up
            with suppress(OSError):
                manned = time.monotonic() if self.client.nthreads() else manned
            if time.monotonic() - manned > _WITHOUT_WORKERS_S:
                raise InterruptedRunError(
                    f"The Dask cluster has had no worker for a minute. {_GO_ON}"
                )


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--dask needs the package distributed: pip install 'radprep[dask]'."
        ) from None
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"There is no Dask scheduler at {address} ({type(error).__name__}). Give the address "
            "that `dask scheduler` printed, such as tcp://node1:8786."
        ) from None
    # what they would print of a lost cluster is said in a sentence
    for logger in ("distributed", "distributed.client", "asyncio"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    with client:
        yield client


@contextmanager
def _unless_lost() -> Iterator[None]:
    """Say it where the scheduler goes away."""
    from distributed import CancelledError
    from distributed.client import ClosedClientError
    from distributed.comm.core import CommClosedError

    try:
        yield
    except (CancelledError, ClosedClientError, CommClosedError):
        raise InterruptedRunError(f"The Dask scheduler was lost. {_GO_ON}") from None


@contextmanager
def _never_trying_again(client: Any) -> Iterator[None]:
    """Dask tries what was in a dead worker's hands three times more, and in the end blames all of
    it that was unlucky as often. The scheduler may serve others, so it gets its setting back."""
    before = client.run_on_scheduler(_allow_failures, 0)
    try:
        yield
    finally:
        # of all kinds: the scheduler may be gone, and its setting with it
        with suppress(Exception):
            client.run_on_scheduler(_allow_failures, before)


def _allow_failures(times: int, dask_scheduler: Any) -> int:
    before: int = dask_scheduler.allowed_failures
    dask_scheduler.allowed_failures = times
    return before


def _require_workers(client: Any) -> None:
    """Raises UsageError unless there are workers, of one thread each."""
    threads = client.nthreads()
    if not threads:
        raise UsageError(
            "The Dask cluster has no worker. Start some: dask worker ADDRESS --nthreads 1 "
            "--nworkers 48."
        )
    if max(threads.values()) > 1:
        raise UsageError(
            "The Dask cluster has workers of several threads. Start them with --nthreads 1 "
            "--nworkers N: a study's fault then costs that study alone."
        )


def _in_bounds(call: tuple[Callable[[Any], Any], Any]) -> Any:
    task, argument = call
    limit_process()
    return task(argument)


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    if isinstance(future.exception(timeout=_FETCH_S), KilledWorker):
        return Lost("worker_died")
    return future.result(timeout=_FETCH_S)
