"""The conversion of one study: read, decode, map to grey, de-identify, settle duplicates,
commit."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from radprep.dataset.commit import Attempt
from radprep.dataset.keys import bytes_hash, key_of
from radprep.dataset.layout import image_folder, last_rows, study_files
from radprep.dataset.schema import FAILED, FORMAT_VERSION, KEPT, REJECTED, Row, new_row
from radprep.dicom import deidentify, files, header
from radprep.dicom.decode import decode_frames, decoder_versions, pixel_format
from radprep.dicom.files import FoundFile, read_file
from radprep.dicom.header import Header
from radprep.dicom.luts import grey_table
from radprep.errors import Failure, RadprepError
from radprep.image.hashes import perceptual_hash, pixel_hash
from radprep.image.image import Rejected
from radprep.private.identifiers import read_identifiers, write_identifiers
from radprep.private.key import Pseudonyms
from radprep.stage.plan import digest_of
from radprep.stage.stopwatch import Stopwatch
from radprep.stage.work import Outcome, failure_codes, stage_png
from radprep.steps.anatomic_filter import AnatomicFilter
from radprep.text import bodypart

VERSION = 3
"""Raise it when the same files and options give other files or rows."""

STEP = "convert"
_CONFLICT = f"{STEP}:uid_conflict"

FRAMES = ("all", "first", "reject")
"""What becomes of a file of several frames: an image each, one image, none."""


@dataclass(frozen=True)
class ConvertOptions:
    """What changes the result. bits: of the PNGs, 8 or 16; modalities: those that are converted;
    max_pixels: rows x columns x frames x samples a file may have; require_label: studies without a
    label are rejected; secondary_captures: they are not; retain: what leaves as it is
    (deidentify.RETAINABLE); frames: one of FRAMES; window: what is shown, one of luts.WINDOWS;
    only: body parts that are converted, as the step anatomic_filter keeps them, or () for all."""

    bits: int = 8
    modalities: tuple[str, ...] = ("CR", "DX", "RG")
    max_pixels: int = 200_000_000
    require_label: bool = False
    secondary_captures: bool = False
    retain: tuple[str, ...] = ()
    frames: str = "all"
    window: str = "auto"
    only: tuple[str, ...] = ()

    @property
    def filter(self) -> AnatomicFilter | None:
        """The step that `only` carries out on headers."""
        return AnatomicFilter(keep=self.only) if self.only else None


_BYTES_A_FILE = 100_000
"""Opening a file and writing its image takes about as long as reading and decoding so many bytes
more."""


@dataclass(frozen=True, slots=True)
class ConvertJob:
    """One study: its files in the dump, the sources that are absent from the dump and stay, its
    label, and the files of forgotten patients, which are counted and never opened (all of them are
    in the study `unassigned`)."""

    study_id: str
    files: tuple[FoundFile, ...]
    staying: frozenset[str] = frozenset()
    label: str | None = None
    forgotten: tuple[FoundFile, ...] = ()

    @property
    def weight(self) -> int:
        """About how much work it is: bytes to read."""
        return sum(max(file.size, 0) + _BYTES_A_FILE for file in self.files)


@dataclass
class Converted:
    """What one file became: its identifiers (private), its rows, and a staged PNG for each row that
    has one."""

    identifiers: dict[str, Any]
    rows: list[Row]
    staged: list[Path] = field(default_factory=list)

    @property
    def pixels(self) -> tuple[str, ...]:
        """Hashes of its images; empty where it gave none."""
        return tuple(row["pixel_hash"] for row in self.rows if row["status"] == KEPT)


def made_from(pseudonyms: Pseudonyms) -> dict[str, str]:
    """What a data set is made from: another key would give other pseudonyms."""
    return {"key": pseudonyms.fingerprint}


@dataclass(frozen=True)
class ConvertStage:
    """Work on one study of a dump."""

    dump: Path
    out: Path
    pseudonyms: Pseudonyms
    options: ConvertOptions

    def do(self, job: ConvertJob) -> Outcome:
        """Convert a study and commit it."""
        watch = Stopwatch()
        with Attempt(self.out, job.study_id) as attempt:
            found = [self._convert_file(job, file, attempt, watch) for file in job.files]
            found += self._staying(job, attempt)
            return self._commit(job, found, attempt, watch)

    def fail(self, job: ConvertJob, code: str) -> Outcome:
        """Commit a study whose worker died or broke: each of its files failed."""
        with Attempt(self.out, job.study_id) as attempt:
            found = [
                self._without_image(job, file, None, {"status": FAILED, "reason": code})
                for file in job.files
            ]
            found += self._staying(job, attempt)
            return self._commit(job, found, attempt, Stopwatch())

    def parts(self, job: ConvertJob, source_hashes: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Parts of a study's key: the options, whatever changes pixels or rows, and (source_id,
        hash of the bytes) of its files."""
        forgotten = [(self.source_id(file), "forgotten") for file in job.forgotten]
        return {
            "parameters": self._parameters[self.options.require_label and job.label is None],
            "versions": self._versions,
            "input": digest_of(self.pseudonyms.fingerprint, sorted([*source_hashes, *forgotten])),
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
                **decoder_versions(),
            }
        )

    def source_id(self, file: FoundFile) -> str:
        """Pseudonym of a file's path in the dump."""
        return self.pseudonyms.source_id(os.fsdecode(file.path))

    def _commit(
        self, job: ConvertJob, found: list[Converted], attempt: Attempt, watch: Stopwatch
    ) -> Outcome:
        settle_duplicates(found, self.pseudonyms)
        rows, staged = [self._forgotten_row(job, file) for file in job.forgotten], {}
        for converted in found:
            for row in converted.rows:
                row["label"] = job.label
            for row, path in zip(name_images(converted.rows, job), converted.staged, strict=True):
                staged[row["file_name"]] = path
            rows += converted.rows
        identifiers = [converted.identifiers for converted in found]
        parts = self.parts(job, [(file["source_id"], file["source_hash"]) for file in identifiers])
        footer = {
            "key": key_of(parts),
            "parts": parts,
            "label": job.label,
            "stage": STEP,
            "made_from": made_from(self.pseudonyms),
            "failed": failure_codes(rows),
        }
        with watch.timing("commit"):
            write_identifiers(self.out, job.study_id, identifiers)
            attempt.commit(rows, staged, footer)
        return Outcome.of(job.study_id, rows, watch.seconds)

    def _convert_file(
        self, job: ConvertJob, file: FoundFile, attempt: Attempt, watch: Stopwatch
    ) -> Converted:
        """One file, whatever it holds. Only what stops the whole run (the disk is full) leaves as
        an exception."""
        data: bytes | None = None
        parsed: Header | None = None
        try:
            with watch.timing("read"):
                data = read_file(self.dump, file)
            with watch.timing("header"):
                parsed = header.read_header(data)
            return self._convert_dataset(job, file, data, parsed, attempt, watch)
        except RadprepError:
            raise
        except files.LinkToFolder:
            verdict = {
                "status": REJECTED,
                "reason": "link_to_folder",
                "detail": "links are not followed: they may loop",
            }
        except header.NotDicom:
            verdict = {"status": REJECTED, "reason": "not_dicom"}
        except Rejected as decision:
            verdict = {"status": REJECTED, "reason": decision.reason, "detail": decision.value}
        except Failure as failure:
            verdict = {"status": FAILED, "reason": failure.code, "detail": failure.detail}
        except MemoryError:
            verdict = {"status": FAILED, "reason": "out_of_memory"}
        # hostile input finds what nobody thought of: it must cost this file only
        except Exception as error:
            verdict = {"status": FAILED, "reason": "internal_error", "detail": type(error).__name__}
        return self._without_image(job, file, data, verdict, parsed)

    def _convert_dataset(
        self,
        job: ConvertJob,
        file: FoundFile,
        data: bytes,
        parsed: Header,
        attempt: Attempt,
        watch: Stopwatch,
    ) -> Converted:
        """Decide on the header, then decode each frame and stage it as a PNG."""
        modality = deidentify.modality_shown(parsed)
        if modality not in self.options.modalities:
            raise Rejected("modality", modality)
        if deidentify.is_secondary_capture(parsed) and not self.options.secondary_captures:
            raise Rejected("secondary_capture")
        if self.options.require_label and job.label is None:
            raise Rejected("no_label")
        with watch.timing("header"):
            ids = self._identifiers(job, file, data, parsed)
            common = self._public(ids, parsed)
        other_part = self._other_part(common)
        if other_part:
            return Converted(ids, [new_row(**common, **other_part)])
        first_only = self.options.frames != "all"
        form = pixel_format(parsed, self.options.max_pixels, first_only=first_only)
        if form.frames > 1 and self.options.frames == "reject":
            raise Rejected("multi_frame", f"{form.frames} frames")
        with watch.timing("header"):
            whole = header.read_with_pixels(data, parsed)
        several = (
            {"frames": self.options.frames, "frames_in_file": form.frames}
            if form.frames > 1
            else {}
        )
        converted, frames = (
            Converted(ids, []),
            decode_frames(whole, form, data, first_only=first_only),
        )
        for number, (codes, decoder) in enumerate(watch.each("decode", frames), start=1):
            with watch.timing("lut"):
                table = grey_table(parsed, form, codes, self.options.bits, self.options.window)
                grey = table.render(codes)
            with watch.timing("hash"):
                hashed = {"pixel_hash": pixel_hash(grey), "perceptual_hash": perceptual_hash(grey)}
            applied = {**table.applied, **several, "window": self.options.window}
            flat = bool(grey.min() == grey.max())
            review = [
                f"{STEP}:{mark}"
                for mark, true in (
                    ("constant_image", flat),
                    ("no_study_uid", not ids["StudyInstanceUID"]),
                )
                if true
            ]
            converted.rows.append(
                new_row(
                    **common,
                    status=KEPT,
                    frame=number if form.frames > 1 else None,
                    part=1,
                    inverted=False,
                    rotation_degrees=0.0,
                    width=grey.shape[1],
                    height=grey.shape[0],
                    bits=self.options.bits,
                    **hashed,
                    decoder=decoder.name,
                    decoder_version=decoder.version,
                    review=review,
                    source_matrix=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
                    decisions=json.dumps({STEP: _shown(applied)}, sort_keys=True),
                )
            )
            converted.staged.append(stage_png(grey, attempt, watch))
        return converted

    def _other_part(self, common: Row) -> Row | None:
        """What a row says of a film of a body part that is not wanted: what the step would say
        after convert."""
        if self.options.filter is None:
            return None
        [verdict] = self.options.filter.judge([common])
        return (
            {
                "status": REJECTED,
                "reason": verdict.reason,
                "detail": verdict.value,
                "step": self.options.filter.name,
            }
            if verdict.reason
            else None
        )

    def _without_image(
        self,
        job: ConvertJob,
        file: FoundFile,
        data: bytes | None,
        verdict: dict[str, Any],
        parsed: Header | None = None,
    ) -> Converted:
        ids = self._identifiers(job, file, data, parsed)
        return Converted(ids, [new_row(**self._public(ids, parsed), **verdict, step=STEP)])

    def _forgotten_row(self, job: ConvertJob, file: FoundFile) -> Row:
        """A file of a forgotten patient: it is accounted for, and nothing else is known of it, not
        even its study or patient."""
        ids = {
            "source_id": self.source_id(file),
            "instance_id": self.pseudonyms.make("instance of path", os.fsdecode(file.path)),
        }
        return new_row(study_id=job.study_id, **ids, status=REJECTED, reason="forgotten", step=STEP)

    def _identifiers(
        self, job: ConvertJob, file: FoundFile, data: bytes | None, parsed: Header | None
    ) -> dict[str, Any]:
        """Original identifiers beside ours (private.IDENTIFIERS)."""
        make = self.pseudonyms.make
        path = os.fsdecode(file.path)
        source_hash = bytes_hash(data) if data is not None else ""
        patient, study, series, instance, accession = (
            header.text(parsed, keyword) if parsed is not None else None
            for keyword in (
                "PatientID",
                "StudyInstanceUID",
                "SeriesInstanceUID",
                "SOPInstanceUID",
                "AccessionNumber",
            )
        )
        by_bytes = (
            make("instance of bytes", source_hash)
            if source_hash
            else make("instance of path", path)
        )
        patient_id = self.pseudonyms.patient_id(patient, job.study_id)
        return {
            "source_id": self.pseudonyms.source_id(path),
            "source_path": path.encode("utf-8", "backslashreplace").decode(),
            "source_hash": source_hash,
            "source_size": file.size,
            "source_mtime_ns": file.mtime_ns,
            "PatientID": patient,
            "StudyInstanceUID": study,
            "SeriesInstanceUID": series,
            "SOPInstanceUID": instance,
            "AccessionNumber": accession,
            "patient_id": patient_id if parsed is not None else None,
            "study_id": job.study_id,
            "series_id": make("series", study or "", series) if series else None,
            "instance_id": make("instance", study or "", instance) if instance else by_bytes,
        }

    def _public(self, ids: dict[str, Any], parsed: Header | None) -> dict[str, Any]:
        """The columns that describe the file, with or without an image."""
        names = {
            name: ids[name]
            for name in ("study_id", "patient_id", "series_id", "instance_id", "source_id")
        }
        if parsed is None:
            return names
        columns = deidentify.public_columns(
            parsed, self.pseudonyms, ids["patient_id"], self.options.retain
        )
        return {**names, **columns, "burned_in_risk": deidentify.burned_in_risk(parsed)}

    def _staying(self, job: ConvertJob, attempt: Attempt) -> list[Converted]:
        """The rows and images of sources that were converted before and are absent from this
        dump."""
        if not job.staying:
            return []
        known = {ids["source_id"]: ids for ids in read_identifiers(self.out, job.study_id)}
        images = {path.name: path for path in study_files(self.out, job.study_id)}
        rows_of: dict[str, list[Row]] = defaultdict(list)
        for row in last_rows(self.out, job.study_id):
            rows_of[row["source_id"]].append(row)
        found = []
        for source_id in sorted(job.staying & known.keys()):
            ids, rows = known[source_id], rows_of[source_id]
            names = [Path(row["file_name"]).name for row in rows if row["file_name"]]
            if not rows or not images.keys() >= set(names):  # somebody has removed them
                lost = {
                    name: ids[name]
                    for name in ("study_id", "patient_id", "series_id", "instance_id", "source_id")
                }
                rows, names = (
                    [new_row(**lost, status=FAILED, reason="source_absent", step=STEP)],
                    [],
                )
            found.append(
                Converted(ids, rows, [attempt.stage_existing(images[name]) for name in names])
            )
        return found


def _shown(applied: dict[str, Any]) -> dict[str, Any]:
    """What was done to the values, with the header's numbers as far as they may leave."""
    return {
        name: deidentify.shown_number(value) if isinstance(value, float) else value
        for name, value in applied.items()
    }


def settle_duplicates(found: list[Converted], pseudonyms: Pseudonyms) -> None:
    """Within a study, the same SOP instance with the same pixels stays once: the file with the
    lowest hash. With other pixels both stay, and the hash of their bytes joins their ids, so that
    neither depends on which came first."""
    instances: dict[str, list[Converted]] = defaultdict(list)
    for converted in sorted(
        found, key=lambda one: (one.identifiers["source_hash"], one.identifiers["source_id"])
    ):
        if converted.pixels:
            instances[
                converted.identifiers["SOPInstanceUID"] or converted.identifiers["source_hash"]
            ].append(converted)
    for same_name in instances.values():
        by_pixels: dict[tuple[str, ...], list[Converted]] = defaultdict(list)
        for converted in same_name:
            by_pixels[converted.pixels].append(converted)
        for first, *others in by_pixels.values():
            if len(by_pixels) > 1:
                _rename_conflict(first, pseudonyms)
            for other in others:
                _reject_duplicate(other, first)


def _rename_conflict(converted: Converted, pseudonyms: Pseudonyms) -> None:
    ids = converted.identifiers
    renamed = pseudonyms.make(
        "instance", ids["StudyInstanceUID"] or "", ids["SOPInstanceUID"] or "", ids["source_hash"]
    )
    ids["instance_id"] = renamed
    for row in converted.rows:
        row["instance_id"] = renamed
        row["review"] = [*(mark for mark in row["review"] if mark != _CONFLICT), _CONFLICT]


def _reject_duplicate(other: Converted, first: Converted) -> None:
    row = other.rows[0]
    instance_id = first.identifiers["instance_id"]
    other.identifiers["instance_id"] = instance_id
    kept = {name: row[name] for name in row if name not in _IMAGE_COLUMNS}
    kept |= {
        "instance_id": instance_id,
        "status": REJECTED,
        "reason": "duplicate",
        "step": STEP,
        "detail": f"of source {first.rows[0]['source_id']}",
    }
    other.rows, other.staged = [new_row(**kept)], []


_IMAGE_COLUMNS = frozenset(
    {
        "image_id",
        "frame",
        "file_name",
        "part",
        "inverted",
        "rotation_degrees",
        "width",
        "height",
        "bits",
        "perceptual_hash",
        "source_matrix",
        "review",
        "history",
    }
)
"""What a file without an image does not have; the pixel hash of a duplicate stays, as what
decided."""


def name_images(rows: list[Row], job: ConvertJob) -> list[Row]:
    """Give each kept row its image_id and file name; returns them."""
    kept = [row for row in rows if row["status"] == KEPT]
    folder = image_folder(job.label, job.study_id)
    for row in kept:
        row["image_id"] = row["instance_id"] + (f"-f{row['frame']}" if row["frame"] else "")
        row["file_name"] = f"{folder}/{row['image_id']}.png"
    return kept
