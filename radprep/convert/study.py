"""The conversion of one study: its files, one after the other, then duplicates, then commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from radprep.burned_in.finder import VERSION as TEXT_VERSION
from radprep.burned_in.reader import reader_versions
from radprep.convert.duplicates import settle_duplicates
from radprep.convert.identify import forgotten_row, named_row, source_id_of
from radprep.convert.job import STEP, Converted, ConvertJob
from radprep.convert.one_file import FileConverter, failed
from radprep.convert.options import ConvertOptions
from radprep.dataset.commit import Attempt
from radprep.dataset.footer import Footer
from radprep.dataset.image_id import ImageId
from radprep.dataset.keys import key_of
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name
from radprep.dataset.schema import FORMAT_VERSION, KEPT, Row
from radprep.dicom.dates import hide_dates_of_the_old
from radprep.dicom.decode import decoder_versions
from radprep.dicom.files import FoundFile
from radprep.private.identifiers import read_identifiers, write_identifiers
from radprep.private.key import Pseudonyms
from radprep.private.tree import PrivateTree
from radprep.stage.corrections import VERSION as CORRECTIONS_VERSION
from radprep.stage.plan import digest_of
from radprep.stage.pulse import counted
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import Outcome, failure_codes
from radprep.text import bodypart

VERSION = 5
"""Raise it when the same files and options give other files or rows."""


def made_from(pseudonyms: Pseudonyms) -> dict[str, str]:
    """What a data set is made from: another key would give other pseudonyms."""
    return {"key": pseudonyms.fingerprint}


@dataclass(frozen=True)
class ConvertStage:
    """Work on one study of a dump."""

    dump: Path
    out: DataSet
    tree: PrivateTree
    pseudonyms: Pseudonyms
    options: ConvertOptions

    def do(self, job: ConvertJob) -> Outcome:
        """Convert a study and commit it."""
        watch = Stopwatch()
        with Attempt(self.out, job.study_id) as attempt:
            converter = self._converter(job, attempt, watch)
            found = [converter.convert(file) for file in counted(job.files, job.weight)]
            found += self._staying(job, attempt)
            return self._commit(job, found, attempt, watch)

    def fail(self, job: ConvertJob, code: str) -> Outcome:
        """Commit a study whose worker died or broke: each of its files failed."""
        with Attempt(self.out, job.study_id) as attempt:
            converter = self._converter(job, attempt, Stopwatch())
            found = [converter.without_image(file, failed(code)) for file in job.files]
            found += self._staying(job, attempt)
            return self._commit(job, found, attempt, Stopwatch())

    def _converter(self, job: ConvertJob, attempt: Attempt, watch: Stopwatch) -> FileConverter:
        return FileConverter(self.dump, self.pseudonyms, self.options, job, attempt, watch)

    def parts(self, job: ConvertJob, source_hashes: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Parts of a study's key: the options, whatever changes pixels or rows, and (source_id,
        hash of the bytes) of its files."""
        forgotten = [(self.source_id(file), "forgotten") for file in job.forgotten]
        corrected = (
            {"corrections": digest_of([job.corrections, CORRECTIONS_VERSION])}
            if job.corrections
            else {}
        )
        return {
            "parameters": self._parameters[self.options.require_label and job.label is None],
            "versions": self._versions,
            "input": digest_of(self.pseudonyms.fingerprint, sorted([*source_hashes, *forgotten])),
            **corrected,
        }

    @cached_property
    def _parameters(self) -> dict[bool, str]:
        """Digest of the options, for a study that --require-label lets pass and for one that it
        does not."""
        options = {
            **asdict(self.options),
            "only": self.options.filter.entry if self.options.filter else None,
        }
        return {
            refused: digest_of({**options, "require_label": refused}) for refused in (False, True)
        }

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

    def source_id(self, file: FoundFile) -> str:
        """Pseudonym of a file's path in the dump."""
        return source_id_of(self.pseudonyms, file)

    def _commit(
        self, job: ConvertJob, found: list[Converted], attempt: Attempt, watch: Stopwatch
    ) -> Outcome:
        settle_duplicates(found, self.pseudonyms)
        rows = [forgotten_row(self.pseudonyms, job.study_id, file) for file in job.forgotten]
        staged: dict[str, Path] = {}
        for converted in found:
            for row in converted.rows:
                row["label"] = job.label
            for row, path in zip(name_images(converted.rows), converted.staged, strict=True):
                staged[row["file_name"]] = path
            rows += converted.rows
        if "dates" not in self.options.retain:
            hide_dates_of_the_old(rows)
        identifiers = [converted.identifiers for converted in found]
        parts = self.parts(job, [(file["source_id"], file["source_hash"]) for file in identifiers])
        footer: Footer = {
            "key": key_of(parts),
            "parts": parts,
            "label": job.label,
            "stage": STEP,
            "made_from": made_from(self.pseudonyms),
            "failed": failure_codes(rows),
            "images": len(staged),
        }
        with watch.timing("commit"):
            write_identifiers(self.tree, job.study_id, identifiers)
            attempt.commit(rows, staged, footer)
        return Outcome.of(job.study_id, rows, watch.seconds)

    def _staying(self, job: ConvertJob, attempt: Attempt) -> list[Converted]:
        """The rows and images of sources that were converted before and are absent from this
        dump."""
        if not job.staying:
            return []
        known = {ids["source_id"]: ids for ids in read_identifiers(self.tree, job.study_id)}
        images = {path.name: path for path in self.out.files_of(job.study_id)}
        rows_of: dict[str, list[Row]] = defaultdict(list)
        for row in self.out.last_rows(job.study_id):
            rows_of[row["source_id"]].append(row)
        found = []
        for source_id in sorted(job.staying & known.keys()):
            ids, rows = known[source_id], rows_of[source_id]
            names = [Path(row["file_name"]).name for row in rows if row["file_name"]]
            if not rows or not images.keys() >= set(names):  # somebody has removed them
                rows, names = [{**named_row(ids), **failed("source_absent")}], []
            found.append(
                Converted(ids, rows, [attempt.stage_existing(images[name]) for name in names])
            )
        return found


def name_images(rows: list[Row]) -> list[Row]:
    """Give each kept row, which has its label already, its image_id and file name; returns them."""
    kept = [row for row in rows if row["status"] == KEPT]
    for row in kept:
        row["image_id"] = str(ImageId(row["instance_id"], row["frame"]))
        row["file_name"] = image_name(row)
    return kept
