"""Finding every file of a dump by its content, and the few header values that group files into studies."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radprep.dicom.header import NotDicom, read_header, text
from radprep.errors import Failure

GROUPING = ("StudyInstanceUID", "PatientID", "AccessionNumber", "StudyID")
"""Attributes that the scan reads: the study, and what a label may be joined on."""


@dataclass(frozen=True)
class FoundFile:
    """A file of the dump as the directory shows it. path: relative to the dump, any bytes."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class ScannedFile:
    """A file and what its header says of its study; all None where it has no readable header."""

    file: FoundFile
    StudyInstanceUID: str | None = None
    PatientID: str | None = None
    AccessionNumber: str | None = None
    StudyID: str | None = None


def find_files(dump: Path) -> Iterator[FoundFile]:
    """Every file under a folder, in the order of their paths. Links to folders are not followed (they may loop); a link to
    a file counts as that file; a file that cannot be asked for its size counts too, with size -1."""
    root = os.fsencode(dump)
    folders = [b""]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(os.path.join(root, folder)), key=lambda entry: entry.name)  # noqa: PTH118 - bytes
        except OSError:
            yield FoundFile(folder, -1, 0)
            continue
        for entry in entries:
            path = folder + b"/" + entry.name if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif not _links_to_folder(entry):
                yield _found(path, entry)


def _links_to_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:  # it links to itself, or into a folder that is closed to us
        return False


def _found(path: bytes, entry: os.DirEntry[bytes]) -> FoundFile:
    try:
        status = entry.stat()
    except OSError:
        return FoundFile(path, -1, 0)
    if not stat.S_ISREG(status.st_mode):  # a pipe or a device would never end
        return FoundFile(path, -1, 0)
    return FoundFile(path, status.st_size, status.st_mtime_ns)


def scan_file(dump: Path, file: FoundFile) -> ScannedFile:
    """Read what groups a file from its header. Never raises for what the file holds: the conversion, which reads it again,
    says what is wrong with it."""
    if file.size < 0:
        return ScannedFile(file)
    try:
        with open(os.path.join(os.fsencode(dump), file.path), "rb") as handle:  # noqa: PTH118, PTH123 - bytes
            dataset = read_header(handle, specific_tags=[*GROUPING, "SOPClassUID", "Rows"])
            return ScannedFile(file, *(text(dataset, keyword) for keyword in GROUPING))
    except (OSError, NotDicom, Failure):
        return ScannedFile(file)
