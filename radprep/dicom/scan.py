"""The few header values that group files into studies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from radprep.dicom.budget import memory_for
from radprep.dicom.files import FoundFile, list_archive, open_file
from radprep.dicom.grouping import WANTED, grouping_of
from radprep.dicom.header import NotDicom, pixels_follow, read_header
from radprep.dicom.modality import modality_of
from radprep.pictures.kinds import is_picture

_BESIDES = ("SOPClassUID", "Modality", "Rows")
"""Attributes that say what kind of object a file is."""
_LOOKED_AT = 1 << 14
"""Bytes at either end of a picture."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file and what its header says of its study; all None where it has no readable header.
    modality: the one of an image, as it can be asked for; None where there are no pixels. picture:
    a digest of parts of its bytes, where it is a picture and no DICOM file; a layout fills in what
    a header would say."""

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
                return ScannedFile(file, picture=_digest_of_picture(handle, file))
            of_image = pixels_follow(handle, dataset)
            return ScannedFile(
                file,
                **grouping_of(dataset),
                modality=modality_of(dataset).name if of_image else None,
            )
    except Exception:  # hostile archives and headers break their readers in many ways
        return ScannedFile(file)


def _digest_of_picture(handle: BinaryIO, file: FoundFile) -> str | None:
    """A digest of the first and the last bytes of a picture, by which a delivery is known again
    under other names; None for another file. In an archive the first bytes must do: the last ones
    would have all of it unpacked."""
    handle.seek(0)
    start = handle.read(_LOOKED_AT)
    if not is_picture(start):
        return None
    digest = hashlib.sha256(start)
    if not file.archive:
        handle.seek(max(0, file.size - _LOOKED_AT))
        digest.update(b"%d" % file.size + handle.read(_LOOKED_AT))
    return digest.hexdigest()[:16]
