"""What a study's file says of the study, besides its rows: one value of a Parquet file's own
metadata, read from the end of the file, and checked.

pyarrow parses the metadata of a hundred columns (190 microseconds) for the sake of one text. Our
writer puts that text near the end, so the last kilobytes hold it (10 microseconds). Source:
parquet-format, FileMetaData and KeyValue in parquet.thrift; Thrift compact protocol.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, TypedDict, TypeGuard, cast

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.errors import UsageError
from radprep.text.small_file import SMALL, opened, parse_json

FOOTER_NAME = b"radprep"
"""Name under which a study's footer stands among the metadata of its Parquet file."""

STAGES = ("convert", "preprocess", "merge")
"""The stages that make data sets."""

_TAIL_BYTES = 4096
_MAGIC = b"PAR1"
_TEXT_FIELD = b"\x18"
"""Header of a field of type text whose number is one more than that of the field before it."""


class Footer(TypedDict):
    """What a study's file says of the study, besides its rows.

    key: names what the study was made from, or None where the next run is to try it again; parts:
    digests that the key is made of, to say what has changed; labels: names the labels of its rows
    (`labels.digest_of_rows`), or None where they have none; made_from: the same entry of
    dataset.json; failed: codes of the failures that the stage has made; images: number of images
    and masks.
    """

    key: str | None
    parts: dict[str, str]
    labels: str | None
    stage: str
    made_from: dict[str, Any]
    failed: list[str]
    images: int


_KEY = re.compile("[0-9a-f]{32}")
_WORD = re.compile("[A-Za-z0-9_.: -]{1,128}")
_MOST_ENTRIES = 64
MOST_NAME = 128
"""Characters of a name, such as that of a pipeline."""


def read_footer(path: Path) -> Footer | None:
    """The footer of a study's file; None where there is none, or one that we have not written: its
    words are printed."""
    try:
        footer = parse_json(read_value(path, FOOTER_NAME))
    except (OSError, KeyError, ValueError, UsageError, pa.ArrowException):
        return None
    return cast(Footer, footer) if _is_ours(footer) else None


def _is_ours(footer: Any) -> bool:
    return (
        isinstance(footer, dict)
        and footer.keys() == Footer.__required_keys__
        and (footer["key"] is None or _fits(_KEY, footer["key"]))
        and (footer["labels"] is None or _fits(_KEY, footer["labels"]))
        and footer["stage"] in STAGES
        and _are_words(footer["parts"])
        and _are_words(footer["made_from"])
        and isinstance(footer["failed"], list)
        and all(_fits(_WORD, code) for code in footer["failed"])
        and type(footer["images"]) is int
        and footer["images"] >= 0
    )


def _are_words(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and len(found) <= _MOST_ENTRIES
        and all(_fits(_WORD, name) for name in found)
        and all(value is None or is_name(value) for value in found.values())
    )


def is_name(value: Any) -> TypeGuard[str]:
    """Whether a value is what something may be called: a text on one line that can be shown."""
    return isinstance(value, str) and len(value) <= MOST_NAME and value.isprintable()


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def read_value(path: Path, key: bytes) -> bytes:
    """The value that stands under a key of at most 127 bytes. Raises KeyError where there is none,
    ValueError, UsageError where it is no regular file, OSError, or what pyarrow raises for a
    damaged file."""
    tail = _read_tail(path)
    if tail.endswith(_MAGIC):
        mark = _TEXT_FIELD + bytes([len(key)]) + key + _TEXT_FIELD
        start = tail.rfind(mark)
        if start >= 0:
            return _text_at(tail, start + len(mark))
    value: bytes = (pq.read_metadata(path).metadata or {})[key]
    if len(value) > SMALL:
        raise ValueError("the value is too long")
    return value


def _read_tail(path: Path) -> bytes:
    with opened(path, 2**63) as handle:
        size = os.fstat(handle.fileno()).st_size
        return os.pread(handle.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))


def _text_at(data: bytes, place: int) -> bytes:
    """A text after its length, seven bits a byte, the lowest first."""
    length = shift = 0
    while True:
        if place >= len(data) or shift > 28:
            raise ValueError("a length that does not end")
        byte = data[place]
        length, shift, place = length | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return data[place : place + length]
