"""Archives: zip, tar, and files that are compressed with gzip, bzip2 or xz, within each other too.
Each is known by its content. Only what its size on the disk allows is listed and unpacked."""

from __future__ import annotations

import contextlib
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Protocol

from radprep.dicom import budget
from radprep.dicom.archive_kinds import ZIP_ENTRY, ZIP_START, archive_kind
from radprep.dicom.budget import most_unpacked, most_unpacked_in_all
from radprep.dicom.streams import (
    GZIP,
    RAW_DEFLATE,
    inflated,
    part,
    unpacked_bzip2,
    unpacked_xz,
)
from radprep.errors import Failure

MAX_MEMBERS = 200_000
_MEMBERS_ANYWAY = 6000
_BYTES_A_MEMBER = 1024
"""An archive may hold _MEMBERS_ANYWAY files, and MAX_MEMBERS where it has so many bytes for each:
no film is smaller, and the viewer on a CD is some thousand small files."""
_TOO_MANY = "it lists more files than one of its size may hold; unpack it and convert the folder"
MAX_DEPTH = 6
"""Archives within each other; a tar.gz counts as two."""
_LONGEST_NAME = 1024

_DIRECTORY_BYTES = 64 << 20
"""Size of the list of files in a zip archive: MAX_MEMBERS of them with long names."""
_LOCAL_HEADER = 30
_ENCRYPTED = 1
_READS_A_MEMBER = 16
_LONGEST_TAR_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """What an archive lists. name: as it stands there, cut where it is very long; kind: `file`,
    `folder`, `link` (to another member, or anything else) or `other`, of which there are no
    bytes."""

    name: bytes
    kind: str = "file"


@dataclass
class Allowance:
    """What an archive on the disk, with all that lies in it, may still list and unpack to. Raises
    Failure("bad_archive") where it asks for more."""

    members: int
    bytes: int

    @classmethod
    def of(cls, size: int) -> Allowance:
        """That of an archive of so many bytes."""
        members = min(MAX_MEMBERS, max(_MEMBERS_ANYWAY, size // _BYTES_A_MEMBER))
        return cls(members, most_unpacked_in_all(size))

    def take(self, members: int, unpacked: int) -> None:
        """Use up some of it."""
        self.members -= members
        self.bytes -= unpacked
        if self.members < 0:
            raise Failure("bad_archive", _TOO_MANY)
        if self.bytes < 0:
            raise Failure("bad_archive", "it would unpack to more than one of its size may")


class Archive(Protocol):
    """An archive that was opened. members: what it lists, in its order; is_whole: its list does not
    break off."""

    members: list[Member]
    is_whole: bool

    def open(self, number: int) -> BinaryIO:
        """A file in it, from its first byte on. Raises Failure, and whatever its unpacker does."""

    def open_archive_in(self, number: int) -> BinaryIO:
        """The same, as a stream in which reading back and forth is cheap."""

    def peek(self, number: int) -> BinaryIO:
        """The same, cheaply, for who wants its first bytes only."""


class ZipArchive:
    """A zip archive."""

    is_whole = True

    def __init__(self, stream: BinaryIO, allowance: Allowance) -> None:
        self._stream, self._allowance = stream, allowance
        _refuse_long_directory(stream, allowance.members)
        self._zip = zipfile.ZipFile(stream)
        listed = self._listed = self._zip.infolist()
        packed = sum(_LOCAL_HEADER + one.compress_size for one in listed)
        if packed > self._zip.start_dir:  # the list begins where the files end
            raise Failure("bad_archive", "its files share their bytes")
        allowance.take(len(listed), sum(one.file_size for one in listed))
        self.members = [
            Member(
                one.filename.encode("utf-8", "surrogateescape")[:_LONGEST_NAME],
                "folder" if one.is_dir() else "file",
            )
            for one in listed
        ]

    def open(self, number: int) -> BinaryIO:
        """A file in it."""
        member = self._listed[number]
        _refuse_large(member)
        opened: BinaryIO = self._zip.open(member)  # type: ignore[assignment] # it reads and seeks
        return opened

    def open_archive_in(self, number: int) -> BinaryIO:
        """A file in it, stored or deflated: other ways to pack are rare, and slow to seek in."""
        member = self._listed[number]
        most = most_unpacked_in_all(member.compress_size)
        if member.file_size > most:
            raise Failure("too_large_in_archive", f"{member.file_size} bytes")
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            return self.open(number)
        self._stream.seek(member.header_offset)
        header = self._stream.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or not header.startswith(ZIP_START):
            raise Failure("bad_archive", "a file in it cannot be opened")
        name, extra = struct.unpack("<HH", header[26:])
        start = member.header_offset + _LOCAL_HEADER + name + extra
        packed = part(self._stream, start, member.compress_size)
        if member.compress_type == zipfile.ZIP_STORED:
            return packed
        return inflated(packed, RAW_DEFLATE, most)

    def peek(self, number: int) -> BinaryIO:
        """A file in it, of any size."""
        opened: BinaryIO = self._zip.open(self._listed[number])  # type: ignore[assignment]
        return opened


class TarArchive:
    """A tar archive, of any of its dialects."""

    def __init__(self, stream: BinaryIO, allowance: Allowance) -> None:
        self._stream = stream
        self.members: list[Member] = []
        self._places: list[tuple[int, int]] = []
        self.is_whole = False
        with contextlib.suppress(tarfile.TarError, EOFError, ValueError, OverflowError):
            self._list(allowance)
        if not self.members and not self.is_whole:
            raise Failure("bad_archive", "it cannot be listed")

    def _list(self, allowance: Allowance) -> None:
        self._stream.seek(0)
        headers: Any = _TarHeaders(self._stream, _READS_A_MEMBER * (allowance.members + 1))
        tar = tarfile.TarFile(fileobj=headers, encoding="utf-8", errors="surrogateescape")
        kept = vars(tar)["members"]
        while (info := tar.next()) is not None:
            kept.clear()  # of each it would keep a kilobyte
            allowance.take(1, max(0, info.size) if info.isreg() else 0)
            self.members.append(
                Member(
                    info.name.encode("utf-8", "surrogateescape")[:_LONGEST_NAME], _tar_kind(info)
                )
            )
            self._places.append((info.offset_data, info.size))
        # the module ends without a word where it meets a header that is none
        self._stream.seek(tar.offset)
        self.is_whole = not any(self._stream.read(2 * tarfile.RECORDSIZE))

    def open(self, number: int) -> BinaryIO:
        """A file in it."""
        start, size = self._places[number]
        if size > budget.MAX_FILE_BYTES:
            raise Failure("too_large_in_archive", f"{size} bytes")
        return part(self._stream, start, size)

    def open_archive_in(self, number: int) -> BinaryIO:
        """A file in it, of any size."""
        return part(self._stream, *self._places[number])

    peek = open_archive_in


class PackedFile:
    """A file that is compressed with gzip, bzip2 or xz. name: its own, without folders; size: bytes
    that it takes."""

    is_whole = True

    def __init__(self, stream: BinaryIO, kind: str, name: bytes, size: int) -> None:
        self._stream, self._kind, self._size = stream, kind, size
        self._archive: BinaryIO | None = None
        self.members = [Member(_without_suffix(name))]

    def open(self, number: int) -> BinaryIO:
        """What it unpacks to."""
        return self._unpacked(most_unpacked(self._size))

    def open_archive_in(self, number: int) -> BinaryIO:
        """What it unpacks to; an archive may be larger than a film. It is unpacked once."""
        if self._archive is None:
            self._archive = self._unpacked(most_unpacked_in_all(self._size))
        return self._archive

    peek = open_archive_in

    def _unpacked(self, most: int) -> BinaryIO:
        if self._kind == "gzip":
            return inflated(self._stream, GZIP, most)
        return (unpacked_bzip2 if self._kind == "bzip2" else unpacked_xz)(self._stream, most)


def open_archive(
    stream: BinaryIO, kind: str, name: bytes, size: int, allowance: Allowance
) -> Archive:
    """Open an archive. kind: what archive_kind says; name: of the file; size: bytes that it takes
    where it lies. Raises Failure("bad_archive"), and whatever a hostile one makes of its reader."""
    if kind == "zip":
        return ZipArchive(stream, allowance)
    if kind == "tar":
        return TarArchive(stream, allowance)
    allowance.take(1, 0)
    return PackedFile(stream, kind, name.rpartition(b"/")[2], size)


def inner_archive(archive: Archive, number: int, size: int, allowance: Allowance) -> Archive | None:
    """The archive that a file in an archive is, or None. size: bytes of the archive on the disk.
    Raises what opening it raises."""
    kind = archive_kind(archive.peek(number))
    if kind is None:
        return None
    stream = archive.open_archive_in(number)
    return open_archive(stream, kind, archive.members[number].name, size, allowance)


def files_in(
    archive: Archive, size: int, allowance: Allowance, depth: int = 1
) -> Iterator[tuple[bytes, str]]:
    """Each file in an archive, and in those that lie in it: its name, and its place (the numbers of
    the members on the way to it, with dots). An archive in it that cannot be opened is a file, and
    so is one whose list breaks off, behind those that it does list. size: as above."""
    for number, member in enumerate(archive.members):
        if member.kind == "folder":
            continue
        inner: list[tuple[bytes, str]] = []
        is_whole = True
        if member.kind == "file" and depth < MAX_DEPTH:
            with contextlib.suppress(Exception):  # reading it says what is wrong
                found = inner_archive(archive, number, size, allowance)
                if found is not None:
                    inner = list(files_in(found, size, allowance, depth + 1))
                    is_whole = found.is_whole
        # the tar in a tar.gz has no name of its own
        above = b"" if isinstance(archive, PackedFile) else member.name + b"/"
        for name, place in inner:
            yield above + name, f"{number}.{place}"
        if not inner or not is_whole:
            yield member.name, str(number)


class _TarHeaders:
    """A stream for the tar module, which reads headers as long as they claim to be, as often as
    they claim to go on."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream, self._left = stream, most
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int) -> bytes:
        """As of any stream. Raises Failure("bad_archive")."""
        self._left -= 1
        if self._left < 0 or not 0 <= size <= _LONGEST_TAR_HEADER:
            raise Failure("bad_archive", "its headers are too long")
        return self._stream.read(size)


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.isreg() and not info.issparse():
        return "file"
    return "folder" if info.isdir() else "link" if info.issym() or info.islnk() else "other"


def _refuse_long_directory(stream: BinaryIO, most: int) -> None:
    """Count what a zip archive lists before zipfile makes objects of it. Raises Failure."""
    # zipfile's own way to find it, so that both read the same list; it has no public one
    end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
    if not end:
        raise Failure("bad_archive", "it cannot be listed")
    length, place = end[5], end[9]
    if length > min(_DIRECTORY_BYTES, place):
        raise Failure("bad_archive", "it cannot be listed")
    # of a ZIP64 archive, two records stand between the list and its end
    stream.seek(max(0, place - length - 76))
    if stream.read(length + 76).count(ZIP_ENTRY) > most:
        raise Failure("bad_archive", _TOO_MANY)
    stream.seek(0)


def _refuse_large(member: zipfile.ZipInfo) -> None:
    if member.file_size > most_unpacked(member.compress_size):
        raise Failure("too_large_in_archive", f"{member.file_size} bytes")


def _without_suffix(name: bytes) -> bytes:
    """The name that a compressed file had before. `.tgz` and the like hold an archive, whose own
    name does not count."""
    stem = PurePosixPath(name.decode("utf-8", "surrogateescape")).stem
    return stem.encode("utf-8", "surrogateescape")
