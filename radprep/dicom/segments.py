"""Segmented palettes: tables that are written as points, lines and repeats (PS3.3 C.7.9.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2
_MOST = 1 << 16
"""Entries of a table: its numbers have 16 bits at most."""
_MOST_RUNS = 2 * _MOST
"""Segments that are gone through, repeated ones too: one without entries would cost nothing
otherwise."""


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """No table can be made of the segments."""


def expanded(data: bytes, bits: int, *, little_endian: bool) -> NDArray[np.uint16] | None:
    """The entries that segments stand for. data: Segmented Palette Color Lookup Table Data; bits: 8
    or 16, of an entry. None where it breaks off, repeats what is no segment before it, or has more
    entries than a palette."""
    wide = bits > 8
    words = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little_endian else ">u2")
    numbers = words if wide else words.astype("<u2").view("u1")
    try:
        entries = _expanded(numbers[: 2 * _MOST].tolist(), wide=wide)
    except _Broken:
        return None
    return np.array(entries, np.uint16) if entries else None


def _expanded(numbers: list[int], *, wide: bool) -> list[int]:
    entries: list[int] = []
    starts: list[int] = []
    order: dict[int, int] = {}
    position, runs, size = 0, 0, 2 if wide else 4
    while position + 1 < len(numbers):  # one zero may follow, so that the length is even
        chosen = [position]
        if numbers[position] == _INDIRECT:
            first = _start(numbers[position + 2 : position + 2 + size], order, wide=wide)
            count = numbers[position + 1]
            chosen = starts[first : first + count]
            if len(chosen) < count or any(numbers[one] == _INDIRECT for one in chosen):
                raise _Broken
        order[position] = len(starts)
        starts.append(position)
        runs += len(chosen)
        if runs > _MOST_RUNS:
            raise _Broken
        lengths = [_run(numbers, one, entries) for one in chosen]
        position += 2 + size if numbers[position] == _INDIRECT else lengths[0]
    return entries


def _run(numbers: list[int], position: int, entries: list[int]) -> int:
    """Add the entries of a discrete or a linear segment; returns how many numbers it has. Raises
    _Broken."""
    kind, count = numbers[position : position + 2]
    values = numbers[position + 2 : position + 2 + (count if kind == _DISCRETE else 1)]
    if len(entries) + count > _MOST:
        raise _Broken
    if kind == _DISCRETE and len(values) == count:
        entries += values
        return 2 + count
    if kind == _LINEAR and values and entries:
        first, last = entries[-1], values[0]
        entries += [round(first + (last - first) * step / count) for step in range(1, count + 1)]
        return 3
    raise _Broken


def _start(place: list[int], order: dict[int, int], *, wide: bool) -> int:
    """Which segment begins where a repeat points to (PS3.3 C.7.9.2.3). Raises _Broken."""
    if len(place) < (2 if wide else 4):
        raise _Broken
    offset = sum(number << (16 if wide else 8) * index for index, number in enumerate(place))
    # the Standard counts bytes; some writers, and pydicom, count words
    start = offset // 2 if wide and offset // 2 in order else offset
    if start not in order:
        raise _Broken
    return order[start]
