"""Many tasks of one kind in worker processes, under one progress bar, until they are done or
somebody asks to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from radprep.errors import InterruptedRunError
from radprep.run.engine import map_in_workers
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress


@dataclass(frozen=True)
class Tasks:
    """Tasks of one kind, and what a person reads about them.

    task: a pure function that is called with each of `arguments` in a worker; title: what the
    progress bar is called; total and unit: how many things all tasks are about, and what these are
    called ("headers"); stopped: the sentence for somebody who has asked to stop.
    """

    task: Callable[..., Any]
    arguments: Sequence[tuple[Any, ...]]
    title: str
    total: int
    unit: str
    stopped: str


def do_tasks(
    tasks: Tasks, workers: int, take: Callable[[Any], int], *, quiet: bool = False
) -> None:
    """Do all tasks and hand each result to `take`, which says how many things it was about; the
    results come in any order.

    Raises InterruptedRunError with the sentence of the tasks where somebody asked to stop: what was
    taken until then is not all there is.
    """
    with Interrupt() as interrupt:
        with Progress(tasks.title, tasks.total, tasks.unit, quiet=quiet) as progress:
            for result in map_in_workers(tasks.task, tasks.arguments, workers, interrupt):
                number = take(result)
                progress.step(effort=number, number=number)
        if interrupt.asked:
            raise InterruptedRunError(tasks.stopped)
