"""The directories of films on a CD (DICOMDIR, PS3.10 section 8): which files they name that are not
in the dump."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from radprep.dicom.budget import memory_for
from radprep.dicom.files import MISSING, FoundFile, open_file
from radprep.dicom.scan import ScannedFile
from radprep.dicom.streams import read_up_to

_MOST_BYTES = 64 << 20
_MOST_NAMED = 200_000
"""Files that all directories of a dump may name."""
_LONGEST = 512
"""Bytes of a name: eight parts of eight characters in the Standard, and writers take more."""
_LONGEST_UID = 64

_VERSION = re.compile(rb";\d+$")
_SUFFIX = re.compile(rb"\.(dcm|dic|dicom|ima)?$")
_PACKED = re.compile(rb"\.(gz|bz2|xz)$")
_ELEMENT = re.compile(
    rb"\x04\x00(?P<element>\x10\x14|\x00\x15|\x11\x15)"
    rb"(?:(?:US|CS|UI)(?P<short>..)|(?P<long>..)\x00\x00)",
    re.DOTALL,
)
"""(0004,1410) Record In-use Flag, (0004,1500) Referenced File ID and (0004,1511) Referenced SOP
Instance UID in File, with an explicit VR as the Standard asks for, or without."""
_IN_USE, _FILE, _UID = b"\x10\x14", b"\x00\x15", b"\x11\x15"


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a directory names. path: relative to the directory, with slashes; uid: its SOP
    Instance UID, or nothing."""

    path: bytes
    uid: str = ""


def named_files(data: bytes) -> Iterator[Named]:
    """The files that a directory names, but those whose records it says are not in use. data: its
    bytes. They are searched, not parsed: a directory of a broken CD breaks off, and what it names
    before that is still wanted."""
    in_use, path = True, b""
    for found in _ELEMENT.finditer(data):
        length = int.from_bytes(found["short"] or found["long"], "little")
        value = data[found.end() : found.end() + length].rstrip(b"\0 ")
        match found["element"]:
            case b"\x10\x14":
                if path and in_use:
                    yield Named(path)
                in_use, path = value != b"", b""
            case b"\x00\x15" if length <= _LONGEST:
                path = _path_of(value)
            case b"\x11\x15" if path and length <= _LONGEST_UID:
                if in_use:
                    yield Named(path, value.decode("ascii", "replace"))
                path = b""
    if path and in_use:
        yield Named(path)


def _path_of(value: bytes) -> bytes:
    """A Referenced File ID as a path. Some writers begin it as a path of Windows, with a backslash
    or with a dot and one."""
    parts = (part.strip() for part in value.replace(b"\\", b"/").split(b"/"))
    return b"/".join(part for part in parts if part not in (b"", b"."))


def missing_files(dump: Path, scanned: Iterable[ScannedFile]) -> list[FoundFile]:
    """The files that the directories in a dump name and that it does not hold, neither under that
    name (whatever its case, its version or its suffix) nor under another with the same UID.
    scanned: the files of the dump; it is gone through twice."""
    wanted = _wanted(dump, [one.file for one in scanned if _is_directory(one.file.path)])
    if not wanted:
        return []
    uids = {named.uid for named in wanted.values() if named.uid}
    here: set[str] = set()
    for one in scanned:
        if one.SOPInstanceUID in uids:
            here.add(one.SOPInstanceUID or "")
        for path in _names_of(one.file.path):
            wanted.pop(path, None)
    return [
        FoundFile(named.path, MISSING, 0)
        for _, named in sorted(wanted.items())
        if named.uid not in here
    ]


def _wanted(dump: Path, directories: Iterable[FoundFile]) -> dict[bytes, Named]:
    """Folded path in the dump -> what is named there, its path that in the dump."""
    wanted: dict[bytes, Named] = {}
    for directory in directories:
        folder = directory.path.rpartition(b"/")[0]
        if _PACKED.search(folder.lower()):  # DICOMDIR.gz holds a file, and films lie beside it
            folder = folder.rpartition(b"/")[0]
        for named in named_files(_bytes_of(dump, directory)):
            path = folder + b"/" + named.path if folder else named.path
            wanted.setdefault(_folded(path), Named(path, named.uid))
            if len(wanted) >= _MOST_NAMED:
                return wanted
    return wanted


def _is_directory(path: bytes) -> bool:
    return _folded(path.rpartition(b"/")[2]) == b"dicomdir"


def _bytes_of(dump: Path, file: FoundFile) -> bytes:
    """The bytes of a directory; none where it cannot be read (its own row says why)."""
    try:
        with memory_for(file.size), open_file(dump, file) as handle:
            return read_up_to(handle, _MOST_BYTES)
    except Exception:  # hostile archives break their readers in many ways
        return b""


def _names_of(path: bytes) -> Iterator[bytes]:
    """What a file may be named in a directory: a compressed one also as it was before."""
    yield _folded(path)
    above = path.rpartition(b"/")[0]
    if _PACKED.search(above.lower()):
        yield _folded(_PACKED.sub(b"", above.lower()))


def _folded(path: bytes) -> bytes:
    """A path as CDs do not tell it from another: in small letters, each part without its version
    (`;1`), the last without a suffix."""
    parts = [_VERSION.sub(b"", part) for part in path.lower().split(b"/")]
    return b"/".join([*parts[:-1], _SUFFIX.sub(b"", parts[-1])])
