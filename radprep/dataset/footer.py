"""One value of a Parquet file's own metadata, read from the end of the file.

pyarrow parses the metadata of a hundred columns (190 microseconds) for the sake of one text. Our
writer puts that text near the end, so the last kilobytes hold it (10 microseconds). Source:
parquet-format, FileMetaData and KeyValue in parquet.thrift; Thrift compact protocol.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq

_TAIL_BYTES = 4096
_MAGIC = b"PAR1"
_TEXT_FIELD = b"\x18"
"""Header of a field of type text whose number is one more than that of the field before it."""


def read_value(path: Path, key: bytes) -> bytes:
    """The value that stands under a key of at most 127 bytes. Raises KeyError where there is none,
    OSError, or what pyarrow raises for a damaged file."""
    tail = _read_tail(path)
    if tail.endswith(_MAGIC):
        mark = _TEXT_FIELD + bytes([len(key)]) + key + _TEXT_FIELD
        start = tail.rfind(mark)
        if start >= 0:
            return _text_at(tail, start + len(mark))
    value: bytes = (pq.read_metadata(path).metadata or {})[key]
    return value


def _read_tail(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    finally:
        os.close(descriptor)


def _text_at(data: bytes, place: int) -> bytes:
    """A text after its length, seven bits a byte, the lowest first."""
    length = shift = 0
    while True:
        byte = data[place]
        length, shift, place = length | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return data[place : place + length]
