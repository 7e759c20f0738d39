"""The few header values that group files into studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from radprep.dataset.keys import bytes_hash, stream_hash
from radprep.dicom.budget import MAX_FILE_BYTES, memory_for
from radprep.dicom.files import FoundFile, list_archive, open_file
from radprep.dicom.grouping import WANTED, grouping_of
from radprep.dicom.header import NotDicom, pixels_follow, read_header
from radprep.dicom.modality import modality_of
from radprep.pictures.kinds import is_picture

_BESIDES = ("SOPClassUID", "Modality", "Rows")
"""Attributes that say what kind of object a file is."""
_START = 1 << 14
"""Bytes by which a picture is told from other files."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file and what its header says of its study; all None where it has no readable header.
    modality: the one of an image, as it can be asked for; None where there are no pixels. picture:
    the hash of its bytes, where it is a picture and no DICOM file; a layout fills in what a header
    would say."""

    file: FoundFile
    StudyInstanceUID: str | None = None
    PatientID: str | None = None
    AccessionNumber: str | None = None
    StudyID: str | None = None
    SOPInstanceUID: str | None = None
    IssuerOfPatientID: str | None = None
    modality: str | None = None
    picture: str | None = None


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
            try:
                dataset = read_header(handle, (*WANTED, *_BESIDES))
            except NotDicom:
                return ScannedFile(file, picture=_hash_of_picture(handle))
            of_image = pixels_follow(handle, dataset)
            return ScannedFile(
                file,
                **grouping_of(dataset),
                modality=modality_of(dataset).name if of_image else None,
            )
    except Exception:  # hostile archives and headers break their readers in many ways
        return ScannedFile(file)


def _hash_of_picture(handle: BinaryIO) -> str | None:
    """The hash of all bytes of a picture, by which it is known again under other names; None for
    another file. Films of one scanner may have the same size and black borders, and differ in their
    middle alone. Where an archive breaks off within it, its start must do."""
    handle.seek(0)
    start = handle.read(_START)
    if not is_picture(start):
        return None
    try:
        handle.seek(0)
        return stream_hash(handle, MAX_FILE_BYTES)
    except Exception:  # whatever a broken archive makes of its decompressor
        return bytes_hash(start)
