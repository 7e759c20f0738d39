"""What becomes of each study of a dump: it is done, relabelled, removed, or left as it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from radprep.convert.identify import source_id_of
from radprep.convert.job import ConvertJob
from radprep.convert.study import ConvertStage
from radprep.dicom.files import FoundFile
from radprep.private.identifiers import KnownSource, KnownSources
from radprep.stage.corrections import Corrections
from radprep.stage.plan import Plan

_NONE: frozenset[str] = frozenset()
"""One for all studies: an empty set takes 0.2 KB."""


@dataclass(frozen=True)
class Planner:
    """Sorts studies into a plan, in the order of their ids.

    labels: study -> its label, for studies of this dump; known: what was converted before; here:
    the sources of this dump; prune: what has left the dump goes; corrections: study -> what a
    person corrects in it.
    """

    stage: ConvertStage
    plan: Plan
    labels: Mapping[str, str | None]
    known: KnownSources
    here: SourcesHere
    prune: bool
    corrections: Mapping[str, Corrections]

    def sort_in(
        self, study_id: str, files: Sequence[FoundFile], forgotten: tuple[FoundFile, ...]
    ) -> None:
        """Say what becomes of one study. forgotten: files of forgotten patients, for which it is
        the place."""
        before = self.known.of(study_id)
        gone = before.keys() - {source_id_of(self.stage.pseudonyms, file) for file in files}
        staying = _NONE if self.prune or not gone else frozenset(gone - self.here.source_ids)
        mine = self.plan.selection.shard.holds(study_id)
        if not files and not staying and not forgotten:
            self.plan.studies -= 1  # whichever shard removes it
            if mine:
                self.plan.remove.append(study_id)
            return
        if not mine:
            return
        self.plan.absent += bool(staying)
        label = self.labels.get(study_id) if files else self.plan.data_set.label_of(study_id)
        corrections = self.corrections.get(study_id, {})
        job = ConvertJob(study_id, tuple(files), staying, label, forgotten, corrections)
        parts = None if gone - staying else _remembered_parts(self.stage, job, before)
        self.plan.sort_in(job, parts, label)


class SourcesHere:
    """The source_ids of all files of the dump, and of the folders and archives that hold them:
    these gave a row of their own while they could not be opened. Made when a study asks, because it
    has lost a file."""

    def __init__(self, stage: ConvertStage, groups: Iterable[Iterable[FoundFile]]) -> None:
        self._stage, self._groups = stage, groups

    @cached_property
    def source_ids(self) -> frozenset[str]:
        """One for each path."""
        paths = {file.path for files in self._groups for file in files}
        folders = paths
        while folders := {folder.rpartition(b"/")[0] for folder in folders} - paths:
            paths |= folders
        return frozenset(self._stage.pseudonyms.source_id(os.fsdecode(path)) for path in paths)


def _remembered_parts(
    stage: ConvertStage, job: ConvertJob, before: Mapping[str, KnownSource]
) -> dict[str, str] | None:
    """Parts of the study's key if none of its files has changed since they were hashed, else
    None."""
    hashes = [(source_id, before[source_id][2]) for source_id in job.staying]
    for file in job.files:
        source_id = stage.source_id(file)
        size, time, source_hash = before.get(source_id, (None, None, ""))
        if (size, time) != (file.size, file.mtime_ns):
            return None
        hashes.append((source_id, source_hash))
    return stage.parts(job, hashes)
