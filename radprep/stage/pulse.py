"""How far the work within a study is, told by whoever does it to whoever shows it. Nothing but a
progress bar depends on it.

Every film that is done adds one record to a file without a name, which the process that runs the
stage has opened. A record is appended with one call of the system, which takes a microsecond, so
that any number of workers can write to it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import TypeVar

RECORD = struct.Struct("<Q")
"""How much work a film was, in the unit of StudyJob.weight."""

Film = TypeVar("Film")

_listeners: dict[str, int] = {}
"""Address of the file -> the descriptor that this process writes with; one of them at most."""


def report_to(address: str) -> None:
    """From now on, tell the process that has opened this file. address: its path, or "" for nobody.
    Where it cannot be opened, nobody is told."""
    if address in _listeners:
        return
    while _listeners:
        os.close(_listeners.popitem()[1])
    try:
        if address:
            _listeners[address] = os.open(address, os.O_WRONLY | os.O_APPEND)
    except OSError:  # another machine, or a system without /proc
        return


def counted(films: Sequence[Film], effort: int) -> Iterator[Film]:
    """The films of a study one after the other, each of which is told when the next one is asked
    for. effort: all of them together."""
    share = RECORD.pack(effort // max(1, len(films)))
    for film in films:
        yield film
        for descriptor in _listeners.values():
            _write(descriptor, share)


def _write(descriptor: int, record: bytes) -> None:
    try:
        os.write(descriptor, record)
    except OSError:  # a full disk costs the bar, not the run
        return
