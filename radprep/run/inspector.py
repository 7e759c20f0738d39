"""Carries out `radprep inspect`: headers are read in worker processes, nothing is written."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from radprep.convert.box_join import BoxesWanted, FilmBoxes, read_film_boxes
from radprep.convert.named_labels import LabelsWanted, read_named_labels
from radprep.convert.scan_index import Scanned
from radprep.convert.trial import Trial, try_film
from radprep.dataset.layout import DataSet
from radprep.dicom.dicomdir import missing_files
from radprep.dicom.facts import PICTURE, FileFacts, read_facts
from radprep.dicom.files import find_files
from radprep.dicom.scan import ScannedFile
from radprep.errors import UsageError
from radprep.layouts.guess import layout_hint
from radprep.preprocess.pipeline import Pipeline
from radprep.run.crew import Crew
from radprep.run.interrupt import Interrupt
from radprep.run.runner import RunOptions
from radprep.run.tasks import Tasks, do_tasks
from radprep.upkeep.box_table import box_table
from radprep.upkeep.estimate import Place, Workload, estimate_table
from radprep.upkeep.inspection import Tally, dataset_tables, dump_tables
from radprep.upkeep.table import Inspection
from radprep.upkeep.uniqueness import uniqueness, uniqueness_table

_SECONDS_TO_TRY, _SECONDS_A_FILM = 4.0, 20.0
"""How long films are tried for an estimate: all of them, and one."""

_FILES_A_TASK = 32
"""Reading a header takes about as long as handing a task to a worker."""


def inspect_folder(
    source: Path,
    pipeline: Pipeline,
    labels: LabelsWanted | None,
    options: RunOptions,
    place: Place | None = None,
    boxes: BoxesWanted | None = None,
) -> Inspection:
    """Count what is in a dump or, where there is a dataset.json, a data set. place: also estimate
    what converting the dump will take there; boxes: also try which of its films they fit. Raises
    UsageError, or InterruptedRunError where it was asked to stop."""
    if source.is_file():
        raise UsageError(f"{source} is a file. Give a folder; archives in it are read in place.")
    if not source.is_dir():
        raise UsageError(
            f"There is no folder {source}. Give the folder that holds the DICOM files, or a data "
            "set."
        )
    if DataSet(source).exists:
        if labels:
            raise UsageError(
                f"{source} is a data set, which holds its labels: leave --labels out. To try "
                "labels, give the dump."
            )
        if boxes:
            raise UsageError(
                f"{source} is a data set, which holds its boxes: leave --boxes out. To try boxes, "
                "give the dump."
            )
        tables = dataset_tables(source, pipeline)
        alike = uniqueness_table(uniqueness(DataSet(source)))
        return Inspection("dataset", pipeline.name, [*tables, alike])
    drawn = read_film_boxes(boxes) if boxes else None
    return _inspect_dump(source, pipeline, labels, options, place, drawn)


def _inspect_dump(
    dump: Path,
    pipeline: Pipeline,
    wanted: LabelsWanted | None,
    options: RunOptions,
    place: Place | None,
    boxes: FilmBoxes | None,
) -> Inspection:
    labels = read_named_labels(wanted) if wanted else None
    files = list(find_files(dump))
    if not files:
        raise UsageError(
            f"There is no file under {dump}. Give the folder that holds the DICOM files, or a data "
            "set."
        )
    tally, work, scanned = Tally(labels), Workload(), Scanned()
    pictures: list[str] = []
    batches = [
        (dump, files[start : start + _FILES_A_TASK])
        for start in range(0, len(files), _FILES_A_TASK)
    ]

    def take(found: Sequence[Sequence[FileFacts]]) -> int:
        """Count what was found in some files."""
        for facts_of_file in found:
            for facts in facts_of_file:
                tally.add(facts)
                work.add(facts)
                if facts.kind == PICTURE and facts.file:
                    pictures.append(os.fsdecode(facts.file.path))
            scanned.add(
                ScannedFile(facts.file, SOPInstanceUID=facts.SOPInstanceUID)
                for facts in facts_of_file
                if facts.file
            )
        return len(found)

    tasks = Tasks(
        read_facts,
        batches,
        "inspect",
        len(files),
        "headers",
        "Stopped as asked. `radprep inspect` writes nothing: run the same command again.",
    )
    do_tasks(tasks, options.workers, take, quiet=options.quiet)
    for _ in missing_files(dump, scanned):
        tally.add(FileFacts("missing_file"))
    size = sum(max(file.size, 0) for file in files)
    hint = layout_hint(sorted(pictures), [os.fsdecode(one.path) for one in files])
    tables = dump_tables(tally, size, pipeline, hint)
    tables += [box_table(boxes, scanned)] if boxes else []
    estimate = estimate_table(work, _try_films(dump, work), place) if place else None
    return Inspection("dump", pipeline.name, [*tables, *([estimate] if estimate else [])])


def _try_films(dump: Path, work: Workload) -> dict[str, list[Trial]]:
    """Convert a few films in memory, one at a time in a worker, for a few seconds: what a film
    holds may end its process. Returns them by transfer syntax."""
    tried: dict[str, list[Trial]] = defaultdict(list)
    end = time.monotonic() + _SECONDS_TO_TRY
    with Interrupt() as interrupt:
        crew = Crew(1, interrupt, _SECONDS_A_FILM, patient=False)
        for syntax, file in work.to_try():
            if time.monotonic() > end or interrupt.asked:
                break
            found = crew.do(partial(try_film, dump), file)
            if isinstance(found, Trial):
                tried[syntax].append(found)
    return tried
