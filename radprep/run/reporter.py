"""Carries out `radprep report`: pictures are made in worker processes, those on disk are used
again; then the page is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from radprep.errors import InterruptedRunError
from radprep.report.facts.material import Material, read_material
from radprep.report.folder import begin, check_folder, write_page
from radprep.report.pictures.steps import by_image, make_step_picture, step_jobs
from radprep.report.pictures.thumbnails import make_thumbnail, remove_others, thumbnail_jobs
from radprep.report.single_file import write_single_file
from radprep.run.engine import map_in_workers
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress

_PICTURES_A_TASK = 16
"""Making a thumbnail takes a few times as long as handing a task to a worker."""


def run_report(
    root: Path,
    source: Path | None,
    out: Path,
    workers: int,
    *,
    single_file: bool = False,
    most_steps: int | None = None,
    quiet: bool = False,
) -> Material:
    """Make the page of a data set in OUT, and on request a sample of it in one file. Raises
    UsageError, or InterruptedRunError where it was asked to stop. most_steps: draw what the steps
    saw for so many images only."""
    check_folder(out)
    material = read_material(root, source)
    begin(out)
    thumbnails, steps = thumbnail_jobs(material), step_jobs(material, most_steps)
    missing = _make(make_thumbnail, "thumbnails", out, thumbnails, workers, quiet=quiet)
    missing |= _make(make_step_picture, "steps", out, steps, workers, quiet=quiet)
    remove_others(out, {job.name for job in thumbnails} | {job.name for job in steps})
    pictures = {
        image_id: one for image_id, one in by_image(steps).items() if one.name not in missing
    }
    write_page(out, material, pictures, missing)
    if single_file:
        write_single_file(out, material, pictures, missing)
    return material


def _make(
    make: Callable[[Path, Any], None],
    title: str,
    out: Path,
    jobs: Sequence[Any],
    workers: int,
    *,
    quiet: bool,
) -> frozenset[str]:
    """Make the pictures that are not there yet; returns the names of those that could not be
    made."""
    wanted = [job for job in jobs if not (out / job.name).exists()]
    tasks = [
        (make, out, wanted[start : start + _PICTURES_A_TASK])
        for start in range(0, len(wanted), _PICTURES_A_TASK)
    ]
    missing: set[str] = set()
    with (
        Interrupt() as interrupt,
        Progress(title, len(wanted), "pictures", quiet=quiet) as progress,
    ):
        for made in map_in_workers(_make_some, tasks, workers, interrupt):
            missing |= {name for name, done in made.items() if not done}
            for _ in made:
                progress.step()
        if interrupt.asked:
            raise InterruptedRunError(
                "Stopped as asked. The pictures that were made are used again: run the same "
                "command to go on."
            )
    return frozenset(missing)


def _make_some(
    make: Callable[[Path, Any], None], out: Path, jobs: Sequence[Any]
) -> dict[str, bool]:
    """Name of each picture -> whether it was made: what cannot be read costs its picture."""
    done = {}
    for job in jobs:
        try:
            make(out, job)
            done[job.name] = True
        except (OSError, ValueError):
            done[job.name] = False
    return done
