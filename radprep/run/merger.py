"""Carries out `radprep merge`: images that may show the same film are compared in worker processes,
then the studies are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radprep.run.interrupt import Interrupt
from radprep.run.runner import Run, RunOptions, RunResult, with_corrections
from radprep.run.tasks import Tasks, do_tasks
from radprep.stage.plan import Plan
from radprep.upkeep.look_alikes import (
    ImageOfPart,
    LookAlike,
    close_images,
    copy_of,
    look_alikes,
)
from radprep.upkeep.merge import Merging


def find_look_alikes(merging: Merging, workers: int, *, quiet: bool = False) -> Sequence[LookAlike]:
    """Look for images of different parts and patients that show the same film, and note how many
    pairs there are. Raises UsageError where an image cannot be read, InterruptedRunError where it
    was asked to stop."""
    pairs = close_images(merging.parts, merging.shared)
    wanted = sorted({image for pair in pairs for image in pair})
    copies: dict[ImageOfPart, NDArray[np.float32]] = {}

    def take(one: tuple[ImageOfPart, NDArray[np.float32]]) -> int:
        """Keep the small copy of an image."""
        image, copy = one
        copies[image] = copy
        return 1

    tasks = Tasks(
        copy_of,
        [(image,) for image in wanted],
        "compare",
        len(wanted),
        "images",
        "Stopped as asked, before anything was written. Run the same command again.",
    )
    do_tasks(tasks, workers, take, quiet=quiet)
    found = look_alikes(pairs, copies)
    merging.look_alikes = len(found)
    return found


def run_merging(merging: Merging, options: RunOptions) -> RunResult:
    """Plan and merge. Raises InterruptedRunError where it was asked to stop."""
    with options.modes(merging.out), Interrupt() as interrupt:
        stage = merging.begin()
        plan = merging.plan(stage, options.selection)
        run = Run("merge", merging, stage, plan, options, interrupt)
        done, pages = with_corrections(run, merging.corrections)
        return replace(done, extra={**merging.summary, **pages})


def plan_merging(merging: Merging) -> Plan:
    """What a merging would do, and why. Writes nothing."""
    return merging.plan(merging.begin(dry=True))
