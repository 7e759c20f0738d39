"""Studies as futures of a Dask cluster, for those who have one and no SLURM: the same work function, another way to hand it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
_IN_HAND_A_WORKER = 2
"""One that is worked on and one that waits: more would be lost time when the run is asked to stop."""


def run_on_dask(stage: Stage[Any], jobs: Iterable[Any], address: str, interrupt: Interrupt,
                time_limit_s: float) -> Iterator[tuple[Any, Outcome]]:
    """Do every job on the workers of a cluster and yield it with its outcome; stop handing out jobs once `interrupt` is set.

    A worker's death costs one study: Dask tries it once more elsewhere, then it is committed as failed. Raises UsageError where the
    cluster cannot be reached, has no worker, or has workers of several threads, of which one death would cost several studies.
    """
    with _client(address) as client:
        from distributed import as_completed

        client.run_on_scheduler(_try_twice)
        task, waiting, in_hand = partial(watched, time_limit_s, partial(_in_bounds, stage)), until(interrupt, jobs), {}
        for job in islice(waiting, _IN_HAND_A_WORKER * _count_workers(client)):
            in_hand[client.submit(task, job, pure=False)] = job
        done = as_completed(list(in_hand))
        for future in done:
            job = in_hand.pop(future)
            result = _result(future)
            yield job, stage.fail(job, result.code) if isinstance(result, Lost) else result
            for following in islice(waiting, 1):
                new = client.submit(task, following, pure=False)
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


def _try_twice(dask_scheduler: Any) -> None:
    """Dask tries a task that killed its worker three times more; a study gets one more try."""
    dask_scheduler.allowed_failures = 1


def _in_bounds(stage: Stage[Any], job: Any) -> Outcome:
    limit_process()
    return do_study(stage, job)


def _result(future: Any) -> Outcome | Lost:
    """What a future gave. Raises what its task raised: only what stops the whole run."""
    from distributed import KilledWorker

    if isinstance(future.exception(), KilledWorker):
        return Lost("worker_died")
    result: Outcome | Lost = future.result()
    return result
