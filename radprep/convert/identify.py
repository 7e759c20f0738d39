"""What a file is called: its original identifiers, our pseudonyms, and the columns that describe
it."""

from __future__ import annotations

import os
from typing import TypedDict

from radprep.convert.job import STEP, Source
from radprep.convert.whose import Named
from radprep.dataset.keys import bytes_hash
from radprep.dataset.schema import (
    BY_ID,
    BY_ISSUER,
    BY_STUDY,
    MISSING,
    PLACEHOLDER,
    REJECTED,
    Row,
    new_row,
)
from radprep.dicom import deidentify, header
from radprep.dicom.deidentify import shown_view
from radprep.dicom.exposure import Exposure, exposure_of, exposure_text
from radprep.dicom.grouping import issuer_of
from radprep.dicom.header import Header
from radprep.dicom.scan import ScannedFile
from radprep.layouts.told import Told
from radprep.private.identifiers import Identifiers
from radprep.private.key import Pseudonyms
from radprep.text.bodypart import find_body_part
from radprep.text.no_patient import named_patient
from radprep.text.views import sides_in, views_in

LAYOUT = "layout"
"""Stands in the column body_part_source where the layout of a folder of pictures names the part."""
_SIDES = frozenset("LR")
"""What Laterality may be (PS3.3 C.7.3.1)."""

FORGOTTEN = "forgotten"
"""The reason of a file that is a forgotten patient's."""


def path_id(pseudonyms: Pseudonyms, delivery: int, path: bytes) -> str:
    """source_id of what stands at a path of a dump, where no header says more of it."""
    return pseudonyms.source_id(delivery, os.fsdecode(path))


def source_of(
    pseudonyms: Pseudonyms,
    delivery: int,
    one: ScannedFile,
    named: Named | None = None,
    told: Told | None = None,
) -> Source:
    """A scanned file of a delivery under its source_id. named, told: see `Source`."""
    uids = (one.StudyInstanceUID or "", one.SOPInstanceUID or "")
    source_id = pseudonyms.source_id(delivery, os.fsdecode(one.file.path), *uids)
    return Source(one.file, source_id, delivery, named, told)


def identifiers_of(
    pseudonyms: Pseudonyms,
    study_id: str,
    source: Source,
    data: bytes | None,
    parsed: Header | None,
) -> Identifiers:
    """Original identifiers of a file beside ours. data: its bytes, parsed: its header, as far as
    they could be read."""
    make = pseudonyms.make
    path = os.fsdecode(source.file.path)
    source_hash = bytes_hash(data) if data is not None else ""
    patient, study, series, instance, accession = _named_by(source, parsed)
    return {
        "source_id": source.source_id,
        "source_path": path.encode("utf-8", "backslashreplace").decode(),
        "source_hash": source_hash,
        "PatientID": patient,
        "StudyInstanceUID": study,
        "SeriesInstanceUID": series,
        "SOPInstanceUID": instance,
        "AccessionNumber": accession,
        **_patient_of(pseudonyms, study_id, source, patient, parsed),
        "study_id": study_id,
        "series_id": make("series", study or "", series) if series else None,
        "instance_id": (
            make("instance", study or "", instance)
            if instance
            else _id_of_bytes(pseudonyms, source, source_hash)
        ),
        "source_size": source.file.size,
        "source_mtime_ns": source.file.mtime_ns,
        "delivery": source.delivery,
        "made_with": "",
        "exposure": _exposure(source, parsed),
        "rejected_pixels": None,
        "boxes": None,
    }


def _exposure(source: Source, parsed: Header | None) -> str | None:
    """What is known of the exposure, by the header or by what is told of a picture: its view and
    its side, by which copies that contradict each other are found."""
    if parsed is not None:
        return exposure_text(exposure_of(parsed))
    told = source.told
    views = sorted(views_in(told.view or "")) if told else []
    sides = sorted(sides_in(told.laterality or "")) if told else []
    said: Exposure = {}
    if views:
        said["views"] = {LAYOUT: views}
    if sides:
        said["sides"] = {LAYOUT: sides}
    return exposure_text(said)


def _named_by(source: Source, parsed: Header | None) -> tuple[str | None, ...]:
    """PatientID, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID and AccessionNumber: those of
    the header, or what is told of a picture."""
    if parsed is not None:
        return tuple(
            header.whole_text(parsed, keyword)
            for keyword in (
                "PatientID",
                "StudyInstanceUID",
                "SeriesInstanceUID",
                "SOPInstanceUID",
                "AccessionNumber",
            )
        )
    told = source.told
    return (told.patient, told.study, None, None, None) if told else (None,) * 5


def _id_of_bytes(pseudonyms: Pseudonyms, source: Source, source_hash: str) -> str:
    """The instance_id of a file without a SOPInstanceUID. That of a picture is of its study, since
    the same picture may stand in two of them; another name or delivery changes nothing of it."""
    if not source_hash:
        return pseudonyms.make("instance of source", source.source_id)
    if source.told:
        return pseudonyms.make("instance of picture", source.told.study or "", source_hash)
    return pseudonyms.make("instance of bytes", source_hash)


class _Patient(TypedDict):
    """The entries of Identifiers that say whose a file is."""

    IssuerOfPatientID: str | None
    patient_id: str | None
    patient_from: str | None
    patient_without_issuer: str | None


def _patient_of(
    pseudonyms: Pseudonyms,
    study_id: str,
    source: Source,
    patient: str | None,
    parsed: Header | None,
) -> _Patient:
    """Whose a file is, by what it says itself or a layout tells of it, else by the other films of
    its study. All None where it has no header that can be read and nothing is told."""
    none: _Patient = {
        "IssuerOfPatientID": None,
        "patient_id": None,
        "patient_from": None,
        "patient_without_issuer": None,
    }
    if parsed is None and source.told is None:
        return none
    issuer = issuer_of(parsed) if parsed is not None else None
    if named_patient(patient):
        found, told = Named(patient or "", issuer), BY_ISSUER if issuer else BY_ID
    elif source.named:
        found, told = source.named, BY_STUDY
    else:
        found, told = Named("", None), PLACEHOLDER if patient else MISSING
    bare = pseudonyms.patient_id(found.patient, study_id)
    return {
        "IssuerOfPatientID": issuer,
        "patient_id": pseudonyms.patient_id(found.patient, study_id, found.issuer),
        "patient_from": told,
        "patient_without_issuer": bare if found.issuer else None,
    }


def conflict_id(pseudonyms: Pseudonyms, ids: Identifiers) -> str:
    """The instance_id of a file whose UIDs another file of the study has, too, with other pixels:
    the hash of its bytes tells them apart."""
    return pseudonyms.make(
        "instance", ids["StudyInstanceUID"] or "", ids["SOPInstanceUID"] or "", ids["source_hash"]
    )


def named_row(ids: Identifiers) -> Row:
    """A row with the pseudonyms of a file and nothing else."""
    row = new_row(
        study_id=ids["study_id"],
        series_id=ids["series_id"],
        instance_id=ids["instance_id"],
        source_id=ids["source_id"],
        delivery=ids["delivery"],
    )
    if ids["patient_id"] is not None:
        row["patient_id"] = ids["patient_id"]
        row["patient_from"] = ids["patient_from"]
        row["patient_without_issuer"] = ids["patient_without_issuer"]
    return row


def described_row(
    ids: Identifiers, parsed: Header | None, pseudonyms: Pseudonyms, retain: tuple[str, ...]
) -> Row:
    """A row with the pseudonyms of a file and what its header says, as far as that may leave.

    retain: names of deidentify.RETAINABLE that leave as they are.
    """
    row = named_row(ids)
    if parsed is None:
        return row
    columns = deidentify.public_columns(parsed, pseudonyms, row["patient_id"], retain)
    return {**row, **columns, "burned_in_risk": deidentify.burned_in_risk(parsed)}


def told_row(ids: Identifiers, told: Told) -> Row:
    """A row with the pseudonyms of a picture and what a layout tells of it, as far as the
    vocabulary knows that: a word that it does not know never leaves."""
    row = named_row(ids)
    part = find_body_part([(LAYOUT, told.body_part)])
    sides = sides_in(told.laterality or "")
    row["body_part"], row["body_part_source"] = part.part, part.source
    row["body_part_score"] = part.score
    row["ViewPosition"] = shown_view(told.view or "")
    row["Laterality"] = next(iter(sides)) if len(sides) == 1 and sides <= _SIDES else None
    row["split"] = told.split
    row["burned_in_risk"] = "medium"
    return row


def forgotten_row(pseudonyms: Pseudonyms, study_id: str, source: Source) -> Row:
    """A file of a forgotten patient: it is accounted for, and nothing else is known of it, not even
    its study or patient."""
    return new_row(
        study_id=study_id,
        source_id=source.source_id,
        delivery=source.delivery,
        instance_id=pseudonyms.make("instance of source", source.source_id),
        status=REJECTED,
        reason=FORGOTTEN,
        step=STEP,
    )
