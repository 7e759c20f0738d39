"""Carries out `radprep report`: pictures are made in worker processes, those on disk are used
again; then the page is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radprep.report.facts.material import Material, RunSplit, read_material
from radprep.report.folder import begin, check_folder, write_page
from radprep.report.fuller import note_options, refuse_to_lose
from radprep.report.pictures.steps import by_image, make_step_picture, step_jobs
from radprep.report.pictures.thumbnails import make_thumbnail, remove_others, thumbnail_jobs
from radprep.report.single_file import write_single_file
from radprep.run.tasks import Tasks, do_tasks

_PICTURES_A_TASK = 16
"""Making a thumbnail takes a few times as long as handing a task to a worker."""

_STOPPED = (
    "Stopped as asked. The pictures that were made are used again: run the same command to go on."
)


@dataclass(frozen=True)
class Wanted:
    """What a page shows. single_file: also make a sample of it in one file; most_steps: draw what
    the steps saw for so many images only; show_marked, split, label: see Material; replace: also
    where the page that is there shows more."""

    single_file: bool = False
    most_steps: int | None = None
    show_marked: bool = False
    split: RunSplit | None = None
    replace: bool = False
    label: str | None = None

    def options(self, source: Path | None) -> dict[str, bool]:
        """What makes a page fuller, and whether it was asked for."""
        return {
            "--source": source is not None,
            "--single-file": self.single_file,
            "--run": self.split is not None,
        }


EVERYTHING = Wanted()
"""A page with every picture that may be shown."""


def run_report(
    root: Path,
    source: Path | None,
    out: Path,
    workers: int,
    wanted: Wanted = EVERYTHING,
    *,
    quiet: bool = False,
) -> Material:
    """Make the page of a data set in OUT, and on request a sample of it in one file. Raises
    UsageError, or InterruptedRunError where it was asked to stop."""
    check_folder(out)
    if not wanted.replace:
        refuse_to_lose(out, wanted.options(source))
    found = read_material(root, source, show_marked=wanted.show_marked, label=wanted.label)
    material = replace(found, split=wanted.split)
    begin(out)
    thumbnails, steps = thumbnail_jobs(material), step_jobs(material, wanted.most_steps)
    # first of all: one of them may be of a film that was rejected since
    remove_others(out, {job.name for job in thumbnails} | {job.name for job in steps})
    drawer = _Drawer(out, workers, quiet)
    missing = drawer.missing(make_thumbnail, "thumbnails", thumbnails)
    missing |= drawer.missing(make_step_picture, "steps", steps)
    pictures = {
        image_id: one for image_id, one in by_image(steps).items() if one.name not in missing
    }
    write_page(out, material, pictures, missing)
    if wanted.single_file:
        write_single_file(out, material, pictures, missing)
    note_options(out, wanted.options(source))
    return material


@dataclass(frozen=True)
class _Drawer:
    """Makes pictures of a page in its folder, in so many workers."""

    out: Path
    workers: int
    quiet: bool

    def missing(
        self, make: Callable[[Path, Any], None], title: str, jobs: Sequence[Any]
    ) -> frozenset[str]:
        """Make the pictures that are not there yet; returns the names of those that could not be
        made."""
        wanted = [job for job in jobs if not (self.out / job.name).exists()]
        batches = [
            (make, self.out, wanted[start : start + _PICTURES_A_TASK])
            for start in range(0, len(wanted), _PICTURES_A_TASK)
        ]
        missing: set[str] = set()

        def take(made: Mapping[str, bool]) -> int:
            """Note which pictures could not be made."""
            missing.update(name for name, done in made.items() if not done)
            return len(made)

        tasks = Tasks(_make_some, batches, title, len(wanted), "pictures", _STOPPED)
        do_tasks(tasks, self.workers, take, quiet=self.quiet)
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
