"""Which archive a file is, by its content: hospitals name archives as they like, and films after
them."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

ZIP_START, ZIP_ENTRY = b"PK\x03\x04", b"PK\x01\x02"
"""The first bytes of a zip archive, and of an entry in its list."""
_OTHER_ZIP_STARTS = (b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")
"""A zip archive without a file, one that was split, and one that was to be split."""
_PROGRAM_STARTS = (b"MZ", b"\x7fELF")

_BLOCK = 512
_TAR_MAGIC = slice(257, 262)
_TAR_SUM = slice(148, 156)
_HEAD = 600
_UNOPENED = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"LZIP": "lzip",
    b"MSCF\0\0\0\0": "cab",
    b"!<arch>\n": "ar",
    b"070701": "cpio",
    b"070707": "cpio",
    b"xar!\0": "xar",
    b"ALZ\x01": "alz",
    b"EGGA": "egg",
}
_ISO_PLACE = 32769


def archive_kind(stream: BinaryIO) -> str | None:
    """`zip`, `tar`, `gzip`, `bzip2` or `xz`, by what stands in a file; None where it is none of
    these. A DICOM file is none, whatever stands in its preamble."""
    stream.seek(0)
    head = stream.read(_HEAD)
    if head[128:132] == b"DICM":
        return None
    if head.startswith((ZIP_START, *_OTHER_ZIP_STARTS)):
        return "zip"
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head[_TAR_MAGIC] == b"ustar" or _is_tar_header(head[:_BLOCK]):
        return "tar"
    return "zip" if head.startswith(_PROGRAM_STARTS) and _ends_as_zip(stream) else None


def unopened_kind(stream: BinaryIO) -> str | None:
    """The kind of archive or disk image that a file is and that nobody opens here: `7z`, `rar` and
    so on; None where it is none that is known."""
    stream.seek(0)
    head = stream.read(_HEAD)
    for start, kind in _UNOPENED.items():
        if head.startswith(start):
            return kind
    if head[2:5] == b"-lh" and head[6:7] == b"-":
        return "lha"
    if head.startswith(b"\x1f\x9d") and head[2:3] and 9 <= head[2] & 31 <= 16:
        return "compress"
    stream.seek(_ISO_PLACE)
    return "iso" if stream.read(5) == b"CD001" else None


def _is_tar_header(block: bytes) -> bool:
    """Whether a block holds its own sum, as the header of a tar archive of any dialect does."""
    if len(block) < _BLOCK or not block[0]:
        return False
    try:
        written = int(block[_TAR_SUM].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    field = sum(block[_TAR_SUM])
    return written == sum(block) - field + 8 * ord(" ")


def _ends_as_zip(stream: BinaryIO) -> bool:
    """Whether a program carries a zip archive: its end is one, and a list stands before that."""
    try:
        end = zipfile._EndRecData(stream)  # type: ignore[attr-defined] # zipfile has no public way
    except zipfile.BadZipFile:
        return False
    if not end or not end[5] or end[5] > end[9]:
        return False
    stream.seek(end[9] - end[5])
    return stream.read(len(ZIP_ENTRY)) == ZIP_ENTRY
