"""Runs a stage's work over studies: in worker processes, or in this one. One code path for the work
itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from radprep.errors import InterruptedRunError, RadprepError
from radprep.run import STUDY_TIMEOUT_S
from radprep.run.crew import Argument, Crew, Lost, Task
from radprep.run.interrupt import Interrupt
from radprep.run.listener import address
from radprep.run.workers import limited_process
from radprep.stage.pulse import report_to
from radprep.stage.work import Outcome, Stage


class Workforce(Protocol):
    """What hands out tasks to processes: `Crew` on this machine, or a cluster."""

    @property
    def interrupt(self) -> Interrupt:
        """What stops it."""

    def work(self, task: Task, arguments: Iterator[Argument]) -> Iterator[tuple[Argument, Any]]:
        """Yield each argument with the task's result, or Lost; called again with the same iterator
        it goes on."""

    def do(self, task: Task, argument: Any) -> Any:
        """The result of one task with nothing else in hand, or Lost."""

    def alone(self) -> Workforce:
        """One that does one task at a time."""


def run_stage(
    stage: Stage[Any],
    jobs: Iterable[Any],
    workers: int,
    interrupt: Interrupt,
    time_limit_s: float = STUDY_TIMEOUT_S,
) -> Iterator[tuple[Any, Outcome]]:
    """Do every job in workers of this machine and yield it with its outcome as it is done; stop
    taking jobs once `interrupt` is set. workers: 0 does the work in this process."""
    if workers:
        yield from do_studies(stage, jobs, Crew(workers, interrupt, time_limit_s))
    else:
        report_to(address())
        with limited_process():
            yield from ((job, _do_study(stage, job)) for job in _until(interrupt, jobs))


def do_studies(
    stage: Stage[Any], jobs: Iterable[Any], crew: Workforce
) -> Iterator[tuple[Any, Outcome]]:
    """Have a crew do every job, and yield it with its outcome as it is done; stop taking jobs once
    its interrupt is set.

    A worker's death costs its study: what was in hand is tried again, alone and in a fresh process,
    and a study that is lost then is committed as failed, with the code that Lost gives.
    """
    for job, result in _survive(partial(_do_study, stage), _until(crew.interrupt, jobs), crew):
        yield job, stage.fail(job, result.code) if isinstance(result, Lost) else result


def map_in_workers(
    task: Callable[..., Any],
    arguments: Sequence[tuple[Any, ...]],
    workers: int,
    interrupt: Interrupt,
    instead: Callable[..., Any] | None = None,
    time_limit_s: float = STUDY_TIMEOUT_S,
) -> Iterator[Any]:
    """Call a pure function over many arguments; results come in any order, and end at once where
    somebody asks to stop: nothing is lost that is not made again. instead: called over the
    arguments whose worker dies or takes longer than time_limit_s, in this process; without it that
    raises RadprepError, so that one worker is this process. workers: 0 is this process in any
    case."""
    waiting = _until(interrupt, arguments)
    if workers <= (0 if instead else 1) or len(arguments) <= 1:
        yield from (task(*argument) for argument in waiting)
        return
    crew = Crew(min(workers, len(arguments)), interrupt, time_limit_s, patient=False)
    with contextlib.suppress(InterruptedRunError):  # who called sees that it was asked
        for argument, result in _survive(partial(_call, task), waiting, crew):
            if not isinstance(result, Lost):
                yield result
            elif instead:
                yield instead(*argument)
            else:
                raise RadprepError(
                    "A worker process was killed; memory may have run out. Run the same command "
                    "again with fewer --workers; what was finished is kept."
                )


def _survive(task: Task, waiting: Iterator[Any], crew: Workforce) -> Iterator[tuple[Any, Any]]:
    """Yield each argument with its result, or with Lost where it costs its worker, in a fresh
    process too."""
    while True:
        lost, came_back = [], False
        for argument, result in crew.work(task, waiting):
            if isinstance(result, Lost):
                lost.append(argument)
            else:
                came_back = True
                yield argument, result
        if lost:
            yield from _try_again(task, lost, crew.alone())
        elif not came_back:
            return


def _try_again(task: Task, lost: Sequence[Any], crew: Workforce) -> Iterator[tuple[Any, Any]]:
    """What was in hand runs alone, so that the one to blame is known. Twice: it may not have begun
    before."""
    for argument in _until(crew.interrupt, lost):
        result = crew.do(task, argument)
        yield argument, crew.do(task, argument) if isinstance(result, Lost) else result


def _do_study(stage: Stage[Any], job: Any) -> Outcome:
    """Do one study. Raises RadprepError only: what stops the whole run."""
    try:
        return stage.do(job)
    except RadprepError:
        raise
    # our bug on one study must not end a night's run: it is recorded, with a code
    except Exception:
        return stage.fail(job, "internal_error")


def _call(task: Callable[..., Any], argument: tuple[Any, ...]) -> Any:
    return task(*argument)


def _until(interrupt: Interrupt, items: Iterable[Any]) -> Iterator[Any]:
    """The items, as far as nobody has asked to stop."""
    for item in items:
        if interrupt.asked:
            return
        yield item
