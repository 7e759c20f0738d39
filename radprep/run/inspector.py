"""Carries out `radprep inspect`: headers are read in worker processes, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from radprep.convert.labels import LabelOptions, read_labels
from radprep.dataset.layout import DataSet
from radprep.dicom.facts import FileFacts, read_facts
from radprep.dicom.files import find_files
from radprep.errors import UsageError
from radprep.preprocess.pipeline import Pipeline
from radprep.run.runner import RunOptions
from radprep.run.tasks import Tasks, do_tasks
from radprep.upkeep.inspection import Inspection, Tally, dataset_tables, dump_tables
from radprep.upkeep.uniqueness import uniqueness, uniqueness_table

_FILES_A_TASK = 32
"""Reading a header takes about as long as handing a task to a worker."""


def inspect_folder(
    source: Path, pipeline: Pipeline, labels: LabelOptions | None, options: RunOptions
) -> Inspection:
    """Count what is in a dump or, where there is a dataset.json, a data set. Raises UsageError, or
    InterruptedRunError where it was asked to stop."""
    if source.is_file():
        raise UsageError(
            f"{source} is a file. Give a folder; zip archives in it are read in place."
        )
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
        tables = dataset_tables(source, pipeline)
        alike = uniqueness_table(uniqueness(DataSet(source)))
        return Inspection("dataset", pipeline.name, [*tables, alike])
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
    batches = [
        (dump, files[start : start + _FILES_A_TASK])
        for start in range(0, len(files), _FILES_A_TASK)
    ]

    def take(found: Sequence[Sequence[FileFacts]]) -> int:
        """Count what was found in some files."""
        for facts_of_file in found:
            for facts in facts_of_file:
                tally.add(facts)
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
    size = sum(max(file.size, 0) for file in files)
    return Inspection("dump", pipeline.name, dump_tables(tally, size, pipeline, labels))
