"""Every file of a dump, those inside zip archives too, and their bytes. Nothing is unpacked to a
disk."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from radprep.errors import Failure

MAX_FILE_BYTES = 1 << 30
"""Size of a DICOM file, on the disk or unpacked from an archive; a film is a tenth of it."""

HEAD_BYTES = 1 << 16
"""So much is read of a file that is no DICOM, and stands for all of it."""

UNPACKED_ANYWAY = 1 << 27
"""Bytes that anything compressed may unpack to, however small it is: a film of one grey value is
unpacked a thousandfold."""
MOST_UNPACKED = 20
"""What is larger than that may unpack to so many times its compressed size. Films reach 10."""

MAX_MEMBERS = 200_000
_MEMBERS_ANYWAY = 1000
_BYTES_A_MEMBER = 1024
"""An archive may hold _MEMBERS_ANYWAY files, and MAX_MEMBERS where it has so many bytes for each:
no film is smaller."""
_DIRECTORY_BYTES = 64 << 20
"""Size of the list of files in an archive: MAX_MEMBERS of them with long names."""
_LOCAL_HEADER_BYTES = 30

_LINK_TO_FOLDER = -2

_ZIP_START = b"PK\x03\x04"
_ZIP_ENTRY = b"PK\x01\x02"


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
    except Exception:  # hostile archives break zipfile in many ways
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
        if member.file_size > most_unpacked(member.compress_size):
            raise Failure("too_large_in_archive", f"{member.file_size} bytes")
        opened: BinaryIO = archive.open(member)  # type: ignore[assignment] # it reads, seeks and peeks
    # the last two: encrypted, unknown compression
    except (IndexError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise Failure("bad_archive", "a file in it cannot be opened") from None
    return opened


def most_unpacked(packed: int) -> int:
    """Bytes that so many compressed ones may unpack to."""
    return min(MAX_FILE_BYTES, max(UNPACKED_ANYWAY, MOST_UNPACKED * packed))


def read_file(dump: Path, file: FoundFile, wanted: Callable[[BinaryIO], bool]) -> bytes:
    """The bytes of a file, or the first HEAD_BYTES of one that is not wanted.

    wanted: asked with the open file, which it may read from. Raises LinkToFolder, or Failure:
    unreadable, changed_while_read, bad_archive, file_too_large, too_large_in_archive.
    """
    if file.size == _LINK_TO_FOLDER:
        raise LinkToFolder
    if file.size < 0:
        raise Failure("unreadable", "no access, or not a regular file")
    try:
        with open_file(dump, file) as handle:
            whole = wanted(handle)
            handle.seek(0)
            data = handle.read(1 + _size_to_read(file)) if whole else handle.read(HEAD_BYTES)
        status = os.stat(_path(dump, file))  # noqa: PTH116 - bytes
    except OSError as error:
        raise Failure("unreadable", error.strerror or "") from None
    except (Failure, MemoryError):
        raise
    except Exception as error:  # whatever a broken archive makes of its decompressor
        raise Failure("bad_archive", type(error).__name__) from None
    expected = file.size if whole else min(file.size, HEAD_BYTES)
    if (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns) or (
        not file.archive and len(data) != expected
    ):
        raise Failure("changed_while_read")
    if not file.archive:
        refuse_archive(data)
    return data


def _size_to_read(file: FoundFile) -> int:
    """Bytes that a file may have; its own where it lies on the disk. Raises
    Failure("file_too_large")."""
    if file.archive:
        return MAX_FILE_BYTES
    if file.size > MAX_FILE_BYTES:
        raise Failure("file_too_large", f"{file.size} bytes")
    return file.size


def refuse_archive(start: bytes) -> None:
    """Raise Failure("bad_archive") for a file that begins as an archive: it has come here because
    it cannot be listed."""
    if start.startswith(_ZIP_START):
        raise Failure("bad_archive", "it cannot be listed")


class _Archive(zipfile.ZipFile):
    """A zip archive that was opened by us, and is closed with its last reader."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        super().__init__(handle)

    def __del__(self) -> None:
        super().__del__()
        self._handle.close()


@lru_cache(maxsize=4)
def _archive(path: bytes, size: int, mtime_ns: int) -> zipfile.ZipFile:
    """An open archive; size and time tell a changed one. Its files stand together in a job, so few
    are open at a time. Raises BadZipFile for one that asks for more than it may."""
    with contextlib.ExitStack() as stack:  # which closes the file, unless all went well
        handle = stack.enter_context(_open_regular(path))
        most = min(MAX_MEMBERS, max(_MEMBERS_ANYWAY, size // _BYTES_A_MEMBER))
        _refuse_long_directory(handle, most)
        archive = _Archive(handle)
        stack.pop_all()
    _refuse_bombs(archive, size)
    return archive


def _refuse_long_directory(handle: BinaryIO, most: int) -> None:
    """Count what an archive lists before zipfile makes objects of it. Raises BadZipFile."""
    # zipfile's own way to find it, so that both read the same list; it has no public one
    end = zipfile._EndRecData(handle)  # type: ignore[attr-defined]
    if not end:
        raise zipfile.BadZipFile
    length, place = end[5], end[9]
    if length > min(_DIRECTORY_BYTES, place):
        raise zipfile.BadZipFile
    # of a ZIP64 archive, two records stand between the list and its end
    handle.seek(max(0, place - length - 76))
    if handle.read(length + 76).count(_ZIP_ENTRY) > most:
        raise zipfile.BadZipFile
    handle.seek(0)


def _refuse_bombs(archive: zipfile.ZipFile, size: int) -> None:
    """Raise BadZipFile where the files of an archive share their bytes, or would all together
    unpack to more than it may."""
    members = archive.infolist()
    packed = sum(_LOCAL_HEADER_BYTES + member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    # the list begins where the files end
    if packed > archive.start_dir or unpacked > 2 * UNPACKED_ANYWAY + MOST_UNPACKED * size:
        raise zipfile.BadZipFile


def _open_on_disk(dump: Path, file: FoundFile) -> BinaryIO:
    return _open_regular(_path(dump, file))


def _open_regular(path: bytes) -> io.BufferedReader:
    """Open a file of the dump; every one is opened here. What became a pipe or a device since it
    was listed is not waited for. Raises OSError."""
    return open(path, "rb", opener=_opened_regular)


def _opened_regular(path: str | bytes, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file any more")
    return descriptor


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
