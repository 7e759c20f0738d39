"""Carries out `radprep inspect`: headers are read in worker processes, nothing is written."""

from __future__ import annotations

from pathlib import Path

from radprep.convert.labels import LabelOptions, read_labels
from radprep.dicom.facts import read_facts
from radprep.dicom.files import find_files
from radprep.errors import InterruptedRunError, UsageError
from radprep.preprocess.pipeline import Pipeline
from radprep.run.engine import map_in_workers
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress
from radprep.run.runner import RunOptions
from radprep.upkeep.inspection import Inspection, Tally, dataset_tables, dump_tables

_FILES_A_TASK = 32
"""Reading a header takes about as long as handing a task to a worker."""


def inspect_folder(
    source: Path, pipeline: Pipeline, labels: LabelOptions | None, options: RunOptions
) -> Inspection:
    """Count what is in a dump or, where there is a dataset.json, a data set. Raises UsageError, or
    InterruptedRunError where it was asked to stop."""
    if not source.is_dir():
        raise UsageError(
            f"There is no folder {source}. Give the folder that holds the DICOM files, or a data "
            "set."
        )
    if (source / "dataset.json").is_file():
        if labels:
            raise UsageError(
                f"{source} is a data set, which holds its labels: leave --labels out. To try "
                "labels, give the dump."
            )
        return Inspection("dataset", pipeline.name, dataset_tables(source, pipeline))
    return _inspect_dump(source, pipeline, labels, options)


def _inspect_dump(
    dump: Path, pipeline: Pipeline, wanted: LabelOptions | None, options: RunOptions
) -> Inspection:
    labels = read_labels(wanted) if wanted else None
    files = list(find_files(dump))
    if not files:
        raise UsageError(
            f"There is no file under {dump}. Give the folder that holds the DICOM files, or a data "
            "set."
        )
    tally = Tally(labels.keyword if labels else None)
    tasks = [
        (dump, files[start : start + _FILES_A_TASK])
        for start in range(0, len(files), _FILES_A_TASK)
    ]
    with (
        Interrupt() as interrupt,
        Progress("inspect", len(files), "headers", quiet=options.quiet) as progress,
    ):
        for found in map_in_workers(read_facts, tasks, options.workers, interrupt):
            for facts_of_file in found:
                for facts in facts_of_file:
                    tally.add(facts)
                progress.step()
        if interrupt.asked:
            raise InterruptedRunError(
                "Stopped as asked. `radprep inspect` writes nothing: run the same command again."
            )
    size = sum(max(file.size, 0) for file in files)
    return Inspection("dump", pipeline.name, dump_tables(tally, size, pipeline, labels))
