"""Small files whose bytes nobody has checked yet: read whole within bounds, and parsed within
bounds.

A folder, a pipe, a device, a file that is much too large, JSON that is nested too deep: each is a
sentence here, and never costs more memory than the file may have.
"""

from __future__ import annotations

import json
import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from radprep.errors import UsageError

SMALL = 16_000_000
"""Bytes: no file of settings, counts or notes that radprep writes comes near."""

MOST_DEPTH = 32
"""Lists and objects inside each other: ours have six at most."""


@contextmanager
def opened(path: Path, most: int) -> Iterator[BinaryIO]:
    """A regular file of at most `most` bytes, open for reading.

    A pipe would be waited for and a device read for ever, so neither is. Raises UsageError for
    those and for a larger file, and OSError where it cannot be opened.
    """
    # without O_NONBLOCK a pipe with nobody at its other end would already hang here
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with ExitStack() as stack:  # which closes the file, unless a handle does
        stack.callback(os.close, descriptor)
        _check(path, os.fstat(descriptor), most)
        handle = os.fdopen(descriptor, "rb")
        stack.pop_all()
    with handle:
        yield handle


def _check(path: Path, status: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{path} is a folder. Give a file.")
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{path} is a pipe or a device. Give a regular file.")
    if status.st_size > most:
        raise UsageError(
            f"{path} has {status.st_size:,} bytes; at most {most:,} are read. It is not the file "
            "that is meant, or it is damaged."
        )


def read_small(path: Path, most: int = SMALL) -> bytes:
    """The bytes of a regular file of at most `most` bytes. Raises as `opened` does."""
    with opened(path, most) as handle:
        return handle.read(most)


def parse_json(text: str | bytes) -> Any:
    """A JSON value, at most MOST_DEPTH lists and objects deep, whose texts are Unicode. Raises
    ValueError for anything else."""
    try:
        value = json.loads(text)
    except (RecursionError, MemoryError):
        raise ValueError("nested too deep") from None
    _check_depth(text, value)
    surrogates = b"\\ud" if isinstance(text, bytes) else "\\ud"
    if surrogates in text.lower():  # type: ignore[operator]  # both are of one kind
        json.dumps(value, ensure_ascii=False).encode()  # half a character: UnicodeEncodeError
    return value


def parse_toml(data: bytes) -> dict[str, Any]:
    """The tables of a TOML file in UTF-8, at most MOST_DEPTH deep. Raises ValueError for anything
    else."""
    text = data.decode("utf-8-sig")
    try:
        found = tomllib.loads(text)
    except (RecursionError, MemoryError):
        raise ValueError("nested too deep") from None
    _check_depth(text, found)
    return found


def shown(text: str) -> str:
    """A text with every character that is not plainly visible as its escape: control characters,
    ends of lines, bidirectional marks. What a file says reaches a terminal in this form only."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _check_depth(text: str | bytes, value: Any) -> None:
    if isinstance(text, bytes):
        opening = text.count(b"{") + text.count(b"[") + text.count(b".")
    else:  # in TOML a dotted key opens a table as well
        opening = text.count("{") + text.count("[") + text.count(".")
    level: list[Any] = [value]
    for _ in range(MOST_DEPTH):
        if opening <= MOST_DEPTH or not level:
            return
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
    if level:
        raise ValueError("nested too deep")
