"""What becomes of each study of a dump: it is done, relabelled, removed, or left as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from radprep.burned_in.places import BURNED_IN
from radprep.convert.boxes_given import OfStudy
from radprep.convert.duplicates import copies_in
from radprep.convert.identify import path_id
from radprep.convert.job import ConvertJob, Source
from radprep.convert.labelling import Labelling
from radprep.convert.scan_index import Scanned
from radprep.convert.study import ConvertStage
from radprep.dataset.labels import StudyLabels
from radprep.dicom.files import MISSING
from radprep.errors import UsageError
from radprep.private.identifiers import KnownSource, KnownSources
from radprep.stage.corrections import Corrections, value_of
from radprep.stage.person import said_of
from radprep.stage.plan import Plan

_NONE: frozenset[str] = frozenset()
"""One for all studies: an empty set takes 0.2 KB."""


@dataclass(frozen=True)
class Planner:
    """Sorts studies into a plan, in the order of their ids.

    labels: which labels studies have; known: what was converted before; here:
    the sources of this dump; prune: what has left the dump goes; corrections: study -> what a
    person corrects in it; boxes: study -> what is drawn on its films.
    """

    stage: ConvertStage
    plan: Plan
    labels: Labelling
    known: KnownSources
    here: SourcesHere
    prune: bool
    corrections: Mapping[str, Corrections]
    boxes: Mapping[str, OfStudy]

    def sort_in(
        self, study_id: str, files: Sequence[Source], forgotten: tuple[Source, ...]
    ) -> None:
        """Say what becomes of one study. forgotten: files of forgotten patients, for which it is
        the place."""
        before = self.known.of(study_id)
        gone = before.keys() - {source.source_id for source in files}
        elsewhere, absent = self._staying(before, gone)
        staying = frozenset(elsewhere | absent) or _NONE
        mine = self.plan.selection.shard.holds(study_id)
        if not (files or staying or forgotten or self.stage.forgotten_elsewhere(study_id)):
            self.plan.studies -= 1  # whichever shard removes it
            if mine:
                self.plan.remove.append(study_id)
            return
        if not mine:
            return
        self.plan.absent += bool(absent)
        self.plan.outdated += any(before[one].made_with != self.stage.made_with for one in staying)
        labels = self.labels.of(
            study_id, staying, is_here=bool(files), is_elsewhere=bool(elsewhere)
        )
        corrections = self.corrections.get(study_id, {})
        boxes = self.boxes.get(study_id, {})
        job = ConvertJob(study_id, tuple(files), staying, labels, forgotten, corrections, boxes)
        self._refuse_boxes_elsewhere(job)
        settled = self._among_copies(job)
        parts = None if gone - staying else _remembered_parts(self.stage, job, before, settled)
        self.plan.sort_in(job, parts, self._digest(job, settled), settled)

    def _among_copies(self, job: ConvertJob) -> StudyLabels | None:
        """The labels of a study, told which of its files are copies of each other: its rows say
        that, as the pixels did when it was converted."""
        labels = job.labels
        if labels is None or not labels.of_images or len(job.files) + len(job.staying) < 2:
            return labels
        if self.plan.data_set.footer(job.study_id) is None:  # damaged, or not made yet
            return labels
        return labels.among(copies_in(self.plan.data_set.last_rows(job.study_id)))

    def _digest(self, job: ConvertJob, labels: StudyLabels | None) -> str | None:
        """Names the labels that a study must have."""
        if labels is None:
            footer = self.plan.data_set.footer(job.study_id)
            return footer["labels"] if footer else None
        return labels.digest({*job.staying, *(source.source_id for source in job.files)})

    def _refuse_boxes_elsewhere(self, job: ConvertJob) -> None:
        """Raise UsageError where a person says for the first time where text stands on a film whose
        file is not here: its row would say that this was heeded, and nobody could do that."""
        boxes = {
            image_id: value_of(fields, BURNED_IN)
            for image_id, fields in job.corrections.items()
            if BURNED_IN in fields
        }
        if not boxes or not job.staying:
            return
        for row in self.plan.data_set.last_rows(job.study_id):
            new = boxes.get(row["image_id"] or "")
            if row["source_id"] in job.staying and new and new != said_of(row, BURNED_IN):
                raise UsageError(
                    f"The file of {row['image_id']} is not in this dump, so nothing can be done "
                    f"about the text on it. Give its line of {BURNED_IN} with the delivery that "
                    f"holds the file (number {row['delivery']}), or reject the film."
                )

    def _staying(
        self, before: Mapping[str, KnownSource], gone: Collection[str]
    ) -> tuple[set[str], set[str]]:
        """Which sources of a study that are not in the dump stay: those of other deliveries, and
        those that have left this one. Nothing stays of a patient whom OUT has forgotten."""
        gone = {one for one in gone if before[one].patient_id not in self.stage.forgotten}
        elsewhere = {one for one in gone if before[one].delivery != self.stage.delivery}
        # what was never there cannot have left
        absent = {one for one in gone - elsewhere if before[one].size != MISSING}
        if self.prune or not absent:
            return elsewhere, set()
        # a picture that stands elsewhere by now, with another label or patient, is moved
        moved = {one for one in absent if before[one].hash in self.here.pictures}
        return elsewhere, absent - moved - self.here.source_ids


class SourcesHere:
    """The source_ids of all files of the dump, those that they had while they had no header that
    could be read, and those of the folders and archives that hold them: these gave a row of their
    own while they could not be opened. Made when a study asks, because it has lost a file.
    scanned: all files of the dump."""

    def __init__(
        self, stage: ConvertStage, groups: Iterable[Iterable[Source]], scanned: Scanned
    ) -> None:
        self._stage, self._groups, self._scanned = stage, groups, scanned

    @cached_property
    def source_ids(self) -> frozenset[str]:
        """One for each path."""
        named = {source.source_id for files in self._groups for source in files}
        paths = {source.file.path for files in self._groups for source in files}
        folders = paths
        while folders := {folder.rpartition(b"/")[0] for folder in folders} - paths:
            paths |= folders
        make, delivery = self._stage.pseudonyms, self._stage.delivery
        return frozenset(named | {path_id(make, delivery, path) for path in paths})

    @cached_property
    def pictures(self) -> frozenset[str]:
        """The hashes of all pictures of the dump."""
        return frozenset(self._scanned.table()["picture"].drop_null().to_pylist())


def _remembered_parts(
    stage: ConvertStage,
    job: ConvertJob,
    before: Mapping[str, KnownSource],
    labels: StudyLabels | None,
) -> dict[str, str] | None:
    """Parts of the study's key if none of its files has changed since they were hashed, else
    None. labels: as `ConvertStage.parts` has them."""
    if job.is_elsewhere:
        return stage.parts_of_before(job)
    files = []
    for source in job.files:
        known = before.get(source.source_id)
        if known is None or (known.size, known.mtime_ns) != (
            source.file.size,
            source.file.mtime_ns,
        ):
            return None
        files.append((source.source_id, known.hash))
    return stage.parts(job, files, {one: before[one] for one in job.staying}, labels)
