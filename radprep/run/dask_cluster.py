"""Studies as futures of a Dask cluster, for those who have one and no SLURM: the same work function, another way to hand it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from radprep.errors import UsageError
from radprep.run.crew import Lost, watched
from radprep.run.engine import do_study, until
from radprep.run.interrupt import Interrupt
from radprep.run.workers import limit_process
from radprep.stage import Outcome, Stage

_CONNECT_S = 20
_DIED = Lost("worker_died")
_IN_HAND_A_WORKER = 2
"""One that is worked on and one that waits: more would be lost time when the run is asked to stop."""


def run_on_dask(stage: Stage[Any], jobs: Iterable[Any], address: str, interrupt: Interrupt,
                time_limit_s: float) -> Iterator[tuple[Any, Outcome]]:
    """Do every job on the workers of a cluster and yield it with its outcome; stop handing out jobs once `interrupt` is set.

    A worker's death costs one study: whatever the worker had in hand is tried again, alone, and what costs a worker then is committed as
    failed. Raises UsageError where the
    cluster cannot be reached, has no worker, or has workers of several threads, of which one death would cost several studies.
    """
    with _client(address) as client:
        client.run_on_scheduler(_never_try_again)
        submit = partial(client.submit, partial(watched, time_limit_s, partial(_in_bounds, stage)), pure=False)
        suspects = []
        for job, result in _side_by_side(submit, until(interrupt, jobs), _IN_HAND_A_WORKER * _count_workers(client)):
            if result == _DIED:
                suspects.append(job)
            else:
                yield job, _settled(stage, job, result)
        for job in until(interrupt, suspects):
            result = _result(submit(job))
            if result == _DIED:  # twice: it may not have begun before
                result = _result(submit(job))
            yield job, _settled(stage, job, result)


def _side_by_side(submit: Callable[[Any], Any], waiting: Iterator[Any], most: int) -> Iterator[tuple[Any, Outcome | Lost]]:
    """Yield each job with what came of it; at most so many are in the cluster's hands."""
    from distributed import as_completed

    in_hand = {submit(job): job for job in islice(waiting, most)}
    done = as_completed(list(in_hand))
    for future in done:
        yield in_hand.pop(future), _result(future)
        for following in islice(waiting, 1):
            new = submit(following)
            in_hand[new] = following
            done.add(new)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--dask needs the package distributed: pip install 'radprep[dask]'.") from None
    try:
        return Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise UsageError(f"There is no Dask scheduler at {address} ({type(error).__name__}). Give the address that `dask scheduler` "
                         "printed, such as tcp://node1:8786.") from None


def _count_workers(client: Any) -> int:
    """How many workers there are, of one thread each. Raises UsageError."""
    threads = client.nthreads()
    if not threads:
        raise UsageError("The Dask cluster has no worker. Start some: dask worker ADDRESS --nthreads 1 --nworkers 48.")
    if max(threads.values()) > 1:
        raise UsageError("The Dask cluster has workers of several threads. Start them with --nthreads 1 --nworkers N: a study's fault "
                         "then costs that study alone.")
    return len(threads)


def _never_try_again(dask_scheduler: Any) -> None:
    """Dask tries what was in a dead worker's hands three times more, and in the end blames all of it that was unlucky as often."""
    dask_scheduler.allowed_failures = 0


def _in_bounds(stage: Stage[Any], job: Any) -> Outcome:
    limit_process()
    return do_study(stage, job)


def _settled(stage: Stage[Any], job: Any, result: Outcome | Lost) -> Outcome:
    return stage.fail(job, result.code) if isinstance(result, Lost) else result


def _result(future: Any) -> Outcome | Lost:
    """What a future gave. Raises what its task raised: only what stops the whole run."""
    from distributed import KilledWorker

    if isinstance(future.exception(), KilledWorker):
        return _DIED
    result: Outcome | Lost = future.result()
    return result
