"""The few header values that group files into studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radprep.dicom.budget import memory_for
from radprep.dicom.files import FoundFile, list_archive, open_file
from radprep.dicom.grouping import WANTED, grouping_of
from radprep.dicom.header import pixels_follow, read_header
from radprep.dicom.modality import modality_of

_BESIDES = ("SOPClassUID", "Modality", "Rows")
"""Attributes that say what kind of object a file is."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file and what its header says of its study; all None where it has no readable header.
    modality: the one of an image, as it can be asked for; None where there are no pixels."""

    file: FoundFile
    StudyInstanceUID: str | None = None
    PatientID: str | None = None
    AccessionNumber: str | None = None
    StudyID: str | None = None
    SOPInstanceUID: str | None = None
    IssuerOfPatientID: str | None = None
    modality: str | None = None


def scan_file(dump: Path, file: FoundFile) -> list[ScannedFile]:
    """Read what groups a file, or each file of an archive, from its header. Never raises for what
    the file holds: the conversion, which reads it again, says what is wrong with it."""
    return [_scan_header(dump, one) for one in files_of(dump, file)]


def files_of(dump: Path, file: FoundFile) -> list[FoundFile]:
    """The files in an archive, or the file itself."""
    if file.size < 0:
        return [file]
    try:
        with memory_for(file.size):
            return list_archive(dump, file) or [file]
    except MemoryError:
        return [file]


def _scan_header(dump: Path, file: FoundFile) -> ScannedFile:
    if file.size < 0:
        return ScannedFile(file)
    try:
        with memory_for(file.size), open_file(dump, file) as handle:
            dataset = read_header(handle, (*WANTED, *_BESIDES))
            of_image = pixels_follow(handle, dataset)
            return ScannedFile(
                file,
                **grouping_of(dataset),
                modality=modality_of(dataset).name if of_image else None,
            )
    except Exception:  # hostile archives and headers break their readers in many ways
        return ScannedFile(file)
