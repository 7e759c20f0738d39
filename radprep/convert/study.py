"""The conversion of one study: its files, one after the other, then duplicates, then commit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from radprep.burned_in.finder import VERSION as TEXT_VERSION
from radprep.burned_in.reader import reader_versions
from radprep.convert.box_placing import place_boxes
from radprep.convert.boxes_given import digest_of_given
from radprep.convert.copies import mark_copies_that_differ
from radprep.convert.duplicates import copies_in, reject_whole, settle_duplicates
from radprep.convert.identify import FORGOTTEN, forgotten_row
from radprep.convert.job import STEP, Converted, ConvertJob, set_marks
from radprep.convert.one_file import FileConverter, failed
from radprep.convert.options import ConvertOptions
from radprep.convert.raw_twins import settle_raw_twins
from radprep.convert.staying import Staying
from radprep.dataset.commit import Attempt
from radprep.dataset.footer import Footer
from radprep.dataset.image_id import ImageId
from radprep.dataset.keys import key_of
from radprep.dataset.labels import StudyLabels
from radprep.dataset.layout import DataSet
from radprep.dataset.names import UNASSIGNED, image_name
from radprep.dataset.schema import FORMAT_VERSION, KEPT, Row
from radprep.dicom.dates import hide_dates_of_the_old
from radprep.dicom.syntaxes import decoder_versions
from radprep.pictures.opened import picture_versions
from radprep.private.forgotten import read_forgotten
from radprep.private.identifiers import (
    Identifiers,
    KnownSource,
    known_sources,
    read_identifiers,
    write_identifiers,
)
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree
from radprep.stage.corrections import VERSION as CORRECTIONS_VERSION
from radprep.stage.drawn_boxes import correct_boxes
from radprep.stage.person import sign
from radprep.stage.plan import digest_of
from radprep.stage.pulse import counted
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import Outcome, failure_codes
from radprep.text import bodypart

VERSION = 7
"""Raise it when the same files and options give other files or rows."""

_CORRECTIONS, _CONTRADICTIONS, _TOLD = "corrections", "contradictions", "told"
_BOXES = "boxes"
_MARK_CONTRADICTORY = f"{STEP}:contradictory_labels"


def made_from(pseudonyms: Pseudonyms) -> dict[str, str]:
    """What a data set is made from: another key would give other pseudonyms."""
    return {"key": pseudonyms.fingerprint}


@dataclass(frozen=True)
class ConvertStage:
    """Work on one study of a dump. delivery: the number of the dump."""

    dump: Path
    out: DataSet
    tree: PrivateTree
    pseudonyms: Pseudonyms
    options: ConvertOptions
    delivery: int = 1

    def do(self, job: ConvertJob) -> Outcome:
        """Convert a study and commit it."""
        watch = Stopwatch()
        with Attempt(self.out, job.study_id) as attempt:
            converter = self._converter(job, attempt, watch)
            found = [converter.convert(source) for source in counted(job.files, job.weight)]
            return self._commit(job, found, attempt, watch)

    def fail(self, job: ConvertJob, code: str) -> Outcome:
        """Commit a study whose worker died or broke: each of its files failed."""
        with Attempt(self.out, job.study_id) as attempt:
            converter = self._converter(job, attempt, Stopwatch())
            found = [converter.without_image(source, failed(code)) for source in job.files]
            return self._commit(job, found, attempt, Stopwatch())

    def _converter(self, job: ConvertJob, attempt: Attempt, watch: Stopwatch) -> FileConverter:
        return FileConverter(self.dump, self.pseudonyms, self.options, job, attempt, watch)

    def parts(
        self,
        job: ConvertJob,
        hashes: Sequence[tuple[str, str]],
        staying: Mapping[str, KnownSource],
        labels: StudyLabels | None,
    ) -> dict[str, str]:
        """Parts of a study's key: the options, whatever changes pixels or rows, and what it is made
        from. hashes: (source_id, hash of the bytes) of its files; staying: those of its sources
        that are not in the dump; labels: its labels, told which files are copies. Where these
        contradict each other the image has a mark, or is refused."""
        contradictory = labels.contradictory if labels else {}
        boxes = digest_of_given({one: staying[one].boxes for one in staying} | dict(job.boxes))
        return {
            "parameters": self._parameters_of(job),
            "versions": self._versions,
            "input": self._input(job, hashes, staying),
            **({_BOXES: boxes} if boxes else {}),
            **({_CONTRADICTIONS: digest_of(contradictory)} if contradictory else {}),
            **self._told(job),
            **_corrected(job),
        }

    def _told(self, job: ConvertJob) -> dict[str, str]:
        """The part of a study's key that names what is told of its pictures, and what reads them;
        nothing where there are none. Texts of people stand in it, so it is a pseudonym."""
        told = {one.source_id: astuple(one.told) for one in job.files if one.told}
        if not told:
            return {}
        texts = json.dumps([sorted(told.items()), picture_versions()], sort_keys=True)
        return {_TOLD: self.pseudonyms.make(_TOLD, texts)}

    def parts_of_before(self, job: ConvertJob) -> dict[str, str]:
        """Parts of the key of a study nothing of which is in the dump: those that it has. Other
        options make nothing new of it; a person's corrections do."""
        footer = self.out.footer(job.study_id)
        before = footer["parts"] if footer else {}
        return {
            **{name: before[name] for name in before if name != _CORRECTIONS},
            **_corrected(job),
        }

    def _input(
        self,
        job: ConvertJob,
        hashes: Sequence[tuple[str, str]],
        staying: Mapping[str, KnownSource],
    ) -> str:
        """A digest of what a study is made from. A source that is not in the dump stays as other
        options or versions may have made it, so that they belong to it."""
        others = [
            (source_id, one.hash, *((one.made_with,) if one.made_with != self.made_with else ()))
            for source_id, one in staying.items()
        ]
        rows = self.forgotten_elsewhere(job.study_id)
        ids = [*(one.source_id for one in job.forgotten), *(row["source_id"] for row in rows)]
        forgotten = [(source_id, FORGOTTEN) for source_id in ids]
        return digest_of(self.pseudonyms.fingerprint, sorted([*hashes, *others, *forgotten]))

    @cached_property
    def forgotten(self) -> frozenset[str]:
        """The patients whom OUT has forgotten."""
        return frozenset(read_forgotten(self.tree))

    def forgotten_elsewhere(self, study_id: str) -> list[Row]:
        """The rows of forgotten patients' files that came with another delivery: they have no
        identifiers that would tell of them. All are in one study."""
        if study_id != UNASSIGNED or not self.forgotten:
            return []
        return [
            row
            for row in self.out.last_rows(study_id)
            if row["reason"] == FORGOTTEN and row["delivery"] != self.delivery
        ]

    @cached_property
    def made_with(self) -> str:
        """Names the options and versions that rows are made with."""
        return digest_of(self._options, self._versions)

    def _parameters_of(self, job: ConvertJob) -> str:
        """Digest of the options for a study: --require-label lets its files pass or refuses
        them."""
        refused = [
            source.source_id
            for source in job.files
            if self.options.require_label and job.main_label(source) is None
        ]
        return digest_of(self._options, sorted(refused))

    @cached_property
    def _options(self) -> str:
        """Digest of the options, but for --require-label, which counts by the files it refuses."""
        only = self.options.filter.entry if self.options.filter else None
        return digest_of({**asdict(self.options), "only": only, "require_label": False})

    @cached_property
    def _versions(self) -> str:
        return digest_of(
            {
                "version": VERSION,
                "format": FORMAT_VERSION,
                "vocabulary": bodypart.vocabulary_digest(),
                "numpy": np.__version__,
                "text": TEXT_VERSION,
                **reader_versions(),
                **decoder_versions(),
            }
        )

    def _commit(
        self, job: ConvertJob, new: list[Converted], attempt: Attempt, watch: Stopwatch
    ) -> Outcome:
        for converted in new:
            converted.identifiers["made_with"] = self.made_with
            converted.identifiers["boxes"] = job.boxes.get(converted.identifiers["source_id"])
        known = {one["source_id"]: one for one in read_identifiers(self.tree, job.study_id)}
        found = [*new, *Staying(self.out, job, known).take(attempt)]
        # workers take files in any order, and nothing may depend on it
        found.sort(key=lambda one: one.identifiers["source_id"])
        for converted in found:
            rejected = " ".join(converted.rejected_pixels)
            converted.identifiers["rejected_pixels"] = rejected or None
        settle_duplicates(found, self.pseudonyms)
        mark_copies_that_differ(found)
        settle_raw_twins(found, keep=self.options.keep_raw_twins)
        rows = [forgotten_row(self.pseudonyms, job.study_id, one) for one in job.forgotten]
        rows += self.forgotten_elsewhere(job.study_id)
        staged: dict[str, Path] = {}
        labels = self._label(job, found)
        place_boxes(found)
        for converted in found:
            for row, path in zip(name_images(converted.rows), converted.staged, strict=True):
                staged[row["file_name"]] = path
            for row in converted.rows:
                if row["status"] == KEPT:
                    correct_boxes(row, job.corrections)
                sign(row, job.corrections)
            rows += converted.rows
        if "dates" not in self.options.retain:
            hide_dates_of_the_old(rows)
        identifiers = [converted.identifiers for converted in found]
        parts = self._parts_of(job, known.keys(), identifiers, labels)
        footer: Footer = {
            "key": key_of(parts),
            "parts": parts,
            "labels": None,
            "stage": STEP,
            "made_from": made_from(self.pseudonyms),
            "failed": failure_codes(rows),
            "images": len(staged),
        }
        with watch.timing("commit"):
            write_identifiers(self.tree, job.study_id, identifiers)
            attempt.commit(rows, staged, footer)
        return Outcome.of(job.study_id, rows, watch.seconds)

    def _label(self, job: ConvertJob, found: Sequence[Converted]) -> StudyLabels | None:
        """Give all rows their labels, now that it is known which files are copies of each other;
        returns these labels. An image whose copies contradict each other has a mark."""
        if job.labels is None:
            return None
        labels = job.labels.among(copies_in(row for one in found for row in one.rows))
        contradictory = labels.contradictory
        for converted in found:
            source_id = converted.identifiers["source_id"]
            given = labels.of(source_id)
            is_new = source_id not in job.staying and bool(converted.pixels)
            is_refused = self.options.require_label and given.label is None
            if source_id in contradictory and is_new and is_refused:
                reject_whole(converted, "no_label")
            for row in converted.rows:
                given.write(row)
                if row["status"] == KEPT and not job.is_elsewhere:
                    set_marks(row, {_MARK_CONTRADICTORY: source_id in contradictory})
        return labels

    def _parts_of(
        self,
        job: ConvertJob,
        before: Collection[str],
        identifiers: Iterable[Identifiers],
        labels: StudyLabels | None,
    ) -> dict[str, str]:
        """Parts of the key of a study that was done. before: the source_ids that it had; labels: as
        for `parts`."""
        if job.is_elsewhere and job.staying == before:
            parts = self.parts_of_before(job)
            if parts.keys() >= {"parameters", "versions", "input"}:
                return parts
        sources = known_sources(identifiers)
        staying = {one: known for one, known in sources.items() if one in job.staying}
        hashes = [(one, known.hash) for one, known in sources.items() if one not in staying]
        return self.parts(job, hashes, staying, labels)


def _corrected(job: ConvertJob) -> dict[str, str]:
    """The part of a study's key that names a person's corrections, if there are any."""
    return (
        {_CORRECTIONS: digest_of([job.corrections, CORRECTIONS_VERSION])} if job.corrections else {}
    )


def name_images(rows: list[Row]) -> list[Row]:
    """Give each kept row, which has its label already, its image_id and file name; returns them."""
    kept = [row for row in rows if row["status"] == KEPT]
    for row in kept:
        row["image_id"] = str(ImageId(row["instance_id"], row["frame"]))
        row["file_name"] = image_name(row)
    return kept
