"""Every file of a dump, those inside archives too, and their bytes. Nothing is unpacked to a
disk."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from radprep.dicom import budget
from radprep.dicom.archive_kinds import archive_kind, unopened_kind
from radprep.dicom.archives import (
    Allowance,
    Archive,
    files_in,
    inner_archive,
    open_archive,
)
from radprep.dicom.streams import read_up_to
from radprep.errors import Failure

HEAD_BYTES = 1 << 16
"""So much is read of a file that is no DICOM, and stands for all of it."""

_LINK_TO_FOLDER = -2
MISSING = -3
"""The size of a file that a directory of films names and that is not in the dump."""


class LinkNotFollowed(Exception):  # noqa: N818 - a finding, not a fault
    """There are no bytes: it is a link to a folder, or one in an archive. reason: its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of the dump. path: relative to the dump, any bytes; for a file in an archive
    `archive/name`. size, mtime_ns: of the file or, in an archive, of the archive; size -1 where it
    cannot be read, -2 for a link to a folder, MISSING for a file that is only named. place: where
    it lies in the archive (see files_in); empty on the disk."""

    path: bytes
    size: int
    mtime_ns: int
    archive: bytes = b""
    place: str = ""

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
    """The files in an archive, those of archives in it too; empty where the file is none, or one
    that cannot be listed (read_file says so). Where the list breaks off, the archive itself is the
    last of them."""
    try:
        with _open_on_disk(dump, file) as handle:
            if archive_kind(handle) is None:
                return []
        archive = _opened(_path(dump, file), file.size, file.mtime_ns).archive
        allowance = Allowance.of(file.size)
        allowance.take(len(archive.members), 0)
        listed = list(files_in(archive, file.size, allowance))
    except Exception:  # hostile archives break their readers in many ways
        return []
    found: list[FoundFile] = []
    seen: set[bytes] = set()
    for name, place in listed:
        path = file.path + b"/" + name
        while path in seen:  # it may hold one name twice
            path += b"#%d" % len(seen)
        seen.add(path)
        found.append(FoundFile(path, file.size, file.mtime_ns, file.path, place))
    return found if archive.is_whole or not found else [*found, file]


def open_file(dump: Path, file: FoundFile) -> BinaryIO:
    """Open a file for reading, wherever it lies. Raises OSError, LinkNotFollowed, or Failure for
    what an archive does not give."""
    if not file.archive:
        return _open_on_disk(dump, file)
    try:
        return _opened(_path(dump, file), file.size, file.mtime_ns).open(file.place)
    except (OSError, Failure, LinkNotFollowed, MemoryError):
        raise
    except Exception as error:  # it is encrypted, packed in an unknown way, or broken
        raise Failure(
            "bad_archive", f"a file in it cannot be opened: {type(error).__name__}"
        ) from None


def read_file(dump: Path, file: FoundFile, wanted: Callable[[BinaryIO], bool]) -> bytes:
    """The bytes of a file, or the first HEAD_BYTES of one that is not wanted.

    wanted: asked with the open file, which it may read from. Raises LinkNotFollowed, or Failure:
    unreadable, missing_file, changed_while_read, bad_archive, unsupported_archive, file_too_large,
    too_large_in_archive.
    """
    refuse_without_bytes(file)
    try:
        with open_file(dump, file) as handle:
            whole = wanted(handle)
            if not whole:
                _refuse_unlisted(dump, file, handle)
                refuse_archive(handle)
            handle.seek(0)
            data = read_up_to(handle, 1 + _size_to_read(file) if whole else HEAD_BYTES)
        status = os.stat(_path(dump, file))  # noqa: PTH116 - bytes
    except OSError as error:
        raise failure_of(file, error) from None
    except (Failure, LinkNotFollowed, MemoryError):
        raise
    except Exception as error:  # whatever a broken archive makes of its decompressor
        raise Failure("bad_archive", type(error).__name__) from None
    expected = file.size if whole else min(file.size, HEAD_BYTES)
    if (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns) or (
        not file.archive and len(data) != expected
    ):
        raise Failure("changed_while_read")
    return data


def failure_of(file: FoundFile, error: OSError) -> Failure:
    """What an error of the system says of a file. Unpackers raise some without a number."""
    if file.archive and error.errno is None:
        return Failure("bad_archive", type(error).__name__)
    return Failure("unreadable", error.strerror or "")


def refuse_without_bytes(file: FoundFile) -> None:
    """Raise LinkNotFollowed or Failure for what was found and has no bytes."""
    if file.size == _LINK_TO_FOLDER:
        raise LinkNotFollowed("link_to_folder")
    if file.size == MISSING:
        raise Failure("missing_file")
    if file.size < 0:
        raise Failure("unreadable", "no access, or not a regular file")


def _size_to_read(file: FoundFile) -> int:
    """Bytes that a file may have; its own where it lies on the disk. Raises
    Failure("file_too_large")."""
    if file.archive:
        return budget.MAX_FILE_BYTES
    if file.size > budget.MAX_FILE_BYTES:
        raise Failure("file_too_large", f"{file.size} bytes")
    return file.size


def _refuse_unlisted(dump: Path, file: FoundFile, handle: BinaryIO) -> None:
    """Raise the Failure with which an archive on the disk was not listed, if we know why."""
    if file.archive or archive_kind(handle) is None:
        return
    try:
        members = _opened(_path(dump, file), file.size, file.mtime_ns).archive.members
        if all(member.kind == "folder" for member in members):
            raise Failure("bad_archive", "it holds no file")
    except Failure:
        raise
    except Exception:  # its reader's own words say less than refuse_archive
        return


def refuse_archive(stream: BinaryIO) -> None:
    """Raise Failure for a file that is an archive: bad_archive for one that has come here because
    it cannot be listed, unsupported_archive for one that nobody opens."""
    if archive_kind(stream):
        raise Failure("bad_archive", "it cannot be listed, or its list breaks off")
    if kind := unopened_kind(stream):
        raise Failure("unsupported_archive", kind)


class _Opened:
    """An archive on the disk, and the archives in it on the way to the file that was read last.
    They are closed with their last reader. Raises what opening it raises."""

    def __init__(self, path: bytes, size: int) -> None:
        self._size = size
        stream = _open_regular(path)
        kind = archive_kind(stream)
        if kind is None:
            raise Failure("bad_archive", "it cannot be listed")
        self.archive = open_archive(stream, kind, path, size, Allowance.of(size))
        self._inner: dict[str, Archive] = {}

    def open(self, place: str) -> BinaryIO:
        """The file at a place; see files_in. Raises LinkNotFollowed, Failure, and what a broken
        archive makes of its reader."""
        way, _, last = place.rpartition(".")
        archive = self._archive_at(way)
        member = archive.members[int(last)]
        if member.kind == "link":
            raise LinkNotFollowed("link_in_archive")
        if member.kind != "file":
            raise Failure("unreadable", "not a regular file")
        return archive.open(int(last))

    def _archive_at(self, place: str) -> Archive:
        if not place:
            return self.archive
        if place not in self._inner:
            way, _, last = place.rpartition(".")
            archive = self._archive_at(way)
            allowance = Allowance.of(self._size)
            inner = inner_archive(archive, int(last), self._size, allowance)
            if inner is None:
                raise Failure("bad_archive", "it cannot be listed")
            self._inner = {at: one for at, one in self._inner.items() if place.startswith(at + ".")}
            self._inner[place] = inner
        return self._inner[place]


@lru_cache(maxsize=2)
def _opened(path: bytes, size: int, mtime_ns: int) -> _Opened:
    """An open archive; size and time tell a changed one. Its files stand together in a job, so few
    are open at a time, and one may hold its unpacked bytes."""
    return _Opened(path, size)


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
