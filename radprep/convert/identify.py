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
from radprep.dicom.exposure import exposure_of, exposure_text
from radprep.dicom.grouping import issuer_of
from radprep.dicom.header import Header
from radprep.dicom.scan import ScannedFile
from radprep.private.identifiers import Identifiers
from radprep.private.key import Pseudonyms
from radprep.text.no_patient import named_patient

FORGOTTEN = "forgotten"
"""The reason of a file that is a forgotten patient's."""


def path_id(pseudonyms: Pseudonyms, delivery: int, path: bytes) -> str:
    """source_id of what stands at a path of a dump, where no header says more of it."""
    return pseudonyms.source_id(delivery, os.fsdecode(path))


def source_of(
    pseudonyms: Pseudonyms, delivery: int, one: ScannedFile, named: Named | None = None
) -> Source:
    """A scanned file of a delivery under its source_id. named: see `Source`."""
    uids = (one.StudyInstanceUID or "", one.SOPInstanceUID or "")
    source_id = pseudonyms.source_id(delivery, os.fsdecode(one.file.path), *uids)
    return Source(one.file, source_id, delivery, named)


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
    patient, study, series, instance, accession = (
        header.whole_text(parsed, keyword) if parsed is not None else None
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
        else make("instance of source", source.source_id)
    )
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
        "instance_id": make("instance", study or "", instance) if instance else by_bytes,
        "source_size": source.file.size,
        "source_mtime_ns": source.file.mtime_ns,
        "delivery": source.delivery,
        "made_with": "",
        "exposure": exposure_text(exposure_of(parsed)) if parsed is not None else None,
        "rejected_pixels": None,
        "boxes": None,
    }


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
    """Whose a file is, by what it says itself, else by the other films of its study. All None where
    it has no header that can be read."""
    none: _Patient = {
        "IssuerOfPatientID": None,
        "patient_id": None,
        "patient_from": None,
        "patient_without_issuer": None,
    }
    if parsed is None:
        return none
    issuer = issuer_of(parsed)
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
