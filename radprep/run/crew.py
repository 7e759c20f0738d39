"""Worker processes, one task at a time each, and what becomes of a task whose process ends. The
only user of loky."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeVar

from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from radprep.errors import InterruptedRunError
from radprep.run.interrupt import Interrupt
from radprep.run.listener import address
from radprep.run.memory import memory_of_worker
from radprep.run.workers import limit_process
from radprep.stage.pulse import report_to

Argument = TypeVar("Argument")
Task = Callable[[Any], Any]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LOOK_EVERY_S = 0.5
_IDLE_S = 20.0
"""After so long without a task a worker ends by itself."""


@dataclass(frozen=True)
class Lost:
    """A task that did not come back. code: worker_died, study_timeout, or library_exit where code
    that is not ours raised SystemExit, KeyboardInterrupt or a panic."""

    code: str


@dataclass(frozen=True)
class Crew:
    """So many workers. Each has a watchdog that ends it when one task takes longer than the limit;
    asked to stop, what is in hand has the interrupt's grace, unless it is not worth it: patient is
    false then. sharing: how many workers share the memory, where it is not as many as work."""

    workers: int
    interrupt: Interrupt
    time_limit_s: float
    patient: bool = True
    sharing: int | None = None

    def work(self, task: Task, arguments: Iterator[Argument]) -> Iterator[tuple[Argument, Any]]:
        """Call task(argument) in the workers and yield (argument, result or Lost) as they come.
        After a worker's death it ends with what was in hand, all of it Lost; called again with the
        same iterator it goes on. What the task raises is raised here, when the others have
        ended."""
        executor = self._executor()
        in_hand: dict[Future[Any], Argument] = {}
        dead = False
        try:
            while True:
                for argument in islice(arguments, 0 if dead else self.workers - len(in_hand)):
                    in_hand[executor.submit(watched, self.time_limit_s, task, argument)] = argument
                if not in_hand:
                    return
                for future in self._next_done(in_hand):
                    result = _result(future)
                    dead = dead or isinstance(future.exception(), TerminatedWorkerError)
                    yield in_hand.pop(future), result
        except TerminatedWorkerError:  # it died with nothing in hand
            yield from (
                (argument, Lost("worker_died")) for argument in (*in_hand.values(), argument)
            )
            in_hand.clear()
        finally:
            if in_hand:
                wait(in_hand, timeout=self.interrupt.grace_left() if self.patient else 0)
                executor.shutdown(kill_workers=True)

    def do(self, task: Task, argument: Argument) -> Any:
        """The result of one task with nothing else in hand, or Lost, after which the next one gets
        a fresh process."""
        executor, began = self._executor(), time.monotonic()
        try:
            # to start a process takes a second, which is not the study's
            executor.submit(os.getpid).result()
            began = time.monotonic()
            future = executor.submit(watched, self.time_limit_s, task, argument)
            self._next_done({future: argument})
            result = _result(future)
        except TerminatedWorkerError:
            result = Lost("worker_died")
        if isinstance(result, Lost):
            self.dismiss()
            if result.code == "worker_died" and time.monotonic() - began >= self.time_limit_s:
                return Lost("study_timeout")
        return result

    def alone(self) -> Self:
        """A crew of one, which gets no more memory for it: what fits does not depend on luck."""
        return replace(self, workers=1, sharing=self.sharing or self.workers)

    def dismiss(self) -> None:
        """End the processes; the next task gets new ones."""
        self._executor().shutdown(kill_workers=True)

    def _next_done(self, in_hand: dict[Future[Any], Any]) -> list[Future[Any]]:
        while True:
            done, _ = wait(in_hand, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            if done:
                return list(done)
            try:
                self.interrupt.check(patient=self.patient)
            except InterruptedRunError:
                self.dismiss()
                raise

    def _executor(self) -> Any:
        return get_reusable_executor(
            max_workers=self.workers,
            timeout=_IDLE_S,
            initializer=_begin,
            initargs=(
                os.getpid(),
                str(Path.cwd()),
                memory_of_worker(self.sharing or self.workers),
                address(),
            ),
            env={name: os.environ.get(name, "1") for name in _THREAD_VARIABLES},
        )


def _result(future: Future[Any]) -> Any:
    error = future.exception()
    if isinstance(error, TerminatedWorkerError):
        return Lost("worker_died")
    return future.result()


def _begin(parent: int, folder: str, memory: int, listener: str) -> None:
    """A worker leaves signals that are sent to the whole group to its parent, which decides what is
    still done, and ends with it. It stands in the parent's folder, by which paths may be named:
    workers are kept for the next run, and a notebook may have gone elsewhere meanwhile (then its
    folder is another argument, for which there are new workers). listener: who is told how far it
    is within a study."""
    os.chdir(folder)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    report_to(listener)
    limit_process(memory)


def _end_with(parent: int) -> None:
    """End this process soon after its parent was killed, whatever it does: the next run must not
    find it still writing."""
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os._exit(1)


def watched(time_limit_s: float, task: Task, argument: Any) -> Any:
    """task(argument), or Lost where it asks the process to end. The watchdog is a thread of
    faulthandler's, which ends the process even while a codec holds the interpreter."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - what it would print, nobody needs
        faulthandler.dump_traceback_later(time_limit_s, exit=True, file=nowhere)
        try:
            return task(argument)
        except Exception:
            raise
        except BaseException:  # a library asks the process to end, or panicked
            return Lost("library_exit")
        finally:
            faulthandler.cancel_dump_traceback_later()
