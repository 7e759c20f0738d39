"""Every file of a dump, those inside zip archives too, and their bytes. Nothing is unpacked to a
disk."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from radprep.errors import Failure

MAX_MEMBER_BYTES = 1 << 30
"""Size that a file in an archive may unpack to; a film is a tenth of it."""

MAX_MEMBERS = 1_000_000

_LINK_TO_FOLDER = -2

_ZIP_START = b"PK\x03\x04"


class LinkToFolder(Exception):  # noqa: N818 - a finding, not a fault
    """There are no bytes: it is a link to a folder."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of the dump. path: relative to the dump, any bytes; for a file in an archive
    `archive/name`. size, mtime_ns: of the file or, in an archive, of the archive; size -1 where it
    cannot be read, -2 for a link to a folder. member: its place in the archive, or -1."""

    path: bytes
    size: int
    mtime_ns: int
    archive: bytes = b""
    member: int = -1

    @property
    def on_disk(self) -> bytes:
        """The file that the disk knows: itself or the archive that holds it."""
        return self.archive or self.path


def find_files(dump: Path) -> Iterator[FoundFile]:
    """Every file under a folder, in the order of their paths. A link to a folder is not followed
    (it may loop) and counts as a file of its own; a link to a file counts as that file; a file that
    cannot be asked for its size counts too, with size -1."""
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
            else:
                yield (
                    FoundFile(path, _LINK_TO_FOLDER, 0)
                    if _links_to_folder(entry)
                    else _found(path, entry)
                )


def list_archive(dump: Path, file: FoundFile) -> list[FoundFile]:
    """The files in a zip archive; empty where the file is none, or one that cannot be listed
    (read_file says so)."""
    try:
        with _open_on_disk(dump, file) as handle:
            if handle.read(len(_ZIP_START)) != _ZIP_START:
                return []
        members = _archive(_path(dump, file), file.size, file.mtime_ns).infolist()
    # NotImplementedError: zipfile's own, for newer formats
    except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        return []
    if len(members) > MAX_MEMBERS:
        return []
    found, seen = [], set()
    for number, member in enumerate(members):
        if not member.is_dir():
            path = file.path + b"/" + member.filename.encode("utf-8", "surrogateescape")
            path += b"#%d" % number if path in seen else b""  # an archive may hold one name twice
            seen.add(path)
            found.append(FoundFile(path, file.size, file.mtime_ns, file.path, number))
    return found


def open_file(dump: Path, file: FoundFile) -> BinaryIO:
    """Open a file for reading, wherever it lies. Raises OSError, or Failure for what an archive
    does not give."""
    if not file.archive:
        return _open_on_disk(dump, file)
    archive = _archive(_path(dump, file), file.size, file.mtime_ns)
    try:
        member = archive.infolist()[file.member]
        if member.file_size > MAX_MEMBER_BYTES:
            raise Failure("too_large_in_archive", f"{member.file_size} bytes")
        opened: BinaryIO = archive.open(member)  # type: ignore[assignment] # it reads, seeks and peeks
    # the last two: encrypted, unknown compression
    except (IndexError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise Failure("bad_archive", "a file in it cannot be opened") from None
    return opened


def read_file(dump: Path, file: FoundFile) -> bytes:
    """The bytes of a file. Raises LinkToFolder, or Failure: unreadable, changed_while_read,
    bad_archive, too_large_in_archive."""
    if file.size == _LINK_TO_FOLDER:
        raise LinkToFolder
    if file.size < 0:
        raise Failure("unreadable", "no access, or not a regular file")
    try:
        with open_file(dump, file) as handle:
            data = handle.read()
        status = os.stat(_path(dump, file))  # noqa: PTH116 - bytes
    except OSError as error:
        raise Failure("unreadable", error.strerror or "") from None
    except Exception as error:  # whatever a broken archive makes of its decompressor
        if isinstance(error, Failure):
            raise
        raise Failure("bad_archive", type(error).__name__) from None
    if (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns) or (
        not file.archive and len(data) != file.size
    ):
        raise Failure("changed_while_read")
    if not file.archive:
        refuse_archive(data)
    return data


def refuse_archive(start: bytes) -> None:
    """Raise Failure("bad_archive") for a file that begins as an archive: it has come here because
    it cannot be listed."""
    if start.startswith(_ZIP_START):
        raise Failure("bad_archive", "it cannot be listed")


@lru_cache(maxsize=4)
def _archive(path: bytes, size: int, mtime_ns: int) -> zipfile.ZipFile:
    """An open archive; size and time tell a changed one. Its files stand together in a job, so few
    are open at a time."""
    return zipfile.ZipFile(os.fsdecode(path))


def _open_on_disk(dump: Path, file: FoundFile) -> BinaryIO:
    return open(_path(dump, file), "rb")  # noqa: PTH123 - a path is bytes here; the caller closes it


def _path(dump: Path, file: FoundFile) -> bytes:
    return os.path.join(os.fsencode(dump), file.on_disk)  # noqa: PTH118 - bytes


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
