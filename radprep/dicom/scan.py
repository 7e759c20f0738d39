"""The few header values that group files into studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radprep.dicom.budget import memory_for
from radprep.dicom.files import FoundFile, list_archive, open_file
from radprep.dicom.header import read_header, text

GROUPING = ("StudyInstanceUID", "PatientID", "AccessionNumber", "StudyID", "SOPInstanceUID")
"""Attributes that the scan reads: the study, what a label may be joined on, and what tells films
apart that stand at one path in different deliveries."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file and what its header says of its study; all None where it has no readable header."""

    file: FoundFile
    StudyInstanceUID: str | None = None
    PatientID: str | None = None
    AccessionNumber: str | None = None
    StudyID: str | None = None
    SOPInstanceUID: str | None = None


def scan_file(dump: Path, file: FoundFile) -> list[ScannedFile]:
    """Read what groups a file, or each file of an archive, from its header. Never raises for what
    the file holds: the conversion, which reads it again, says what is wrong with it."""
    if file.size < 0:
        return [ScannedFile(file)]
    return [_scan_header(dump, one) for one in _files_of(dump, file)]


def _files_of(dump: Path, file: FoundFile) -> list[FoundFile]:
    """The files in an archive, or the file itself."""
    try:
        with memory_for(file.size):
            return list_archive(dump, file) or [file]
    except MemoryError:
        return [file]


def _scan_header(dump: Path, file: FoundFile) -> ScannedFile:
    try:
        with memory_for(file.size), open_file(dump, file) as handle:
            dataset = read_header(handle, (*GROUPING, "SOPClassUID", "Rows"))
            return ScannedFile(file, *(text(dataset, keyword) for keyword in GROUPING))
    except Exception:  # hostile archives and headers break their readers in many ways
        return ScannedFile(file)
