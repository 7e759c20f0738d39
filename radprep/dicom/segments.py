"""Segmented palettes: tables that are written as points, lines and repeats (PS3.3 C.7.9.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2
_MOST = 1 << 16
"""Entries of a table: its numbers have 16 bits at most."""
_MOST_SEGMENTS = 1024
"""A table has a few dozen; each repeat may name as many as there are before it."""


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """No table can be made of the segments."""


def expanded(data: bytes, bits: int, *, little_endian: bool) -> NDArray[np.float64] | None:
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
    return np.array(entries, np.float64) if entries else None


def _expanded(numbers: list[int], *, wide: bool) -> list[int]:
    entries: list[int] = []
    starts: list[int] = []
    position = 0
    while position + 1 < len(numbers):  # one zero may follow, so that the length is even
        if len(starts) >= _MOST_SEGMENTS:
            raise _Broken
        if numbers[position] == _INDIRECT:
            size = 2 if wide else 4
            place = numbers[position + 2 : position + 2 + size]
            offset = _offset(place, wide=wide)
            # the Standard counts bytes; some writers, and pydicom, count words
            start = offset // 2 if wide and offset // 2 in starts else offset
            _repeat(numbers, starts, numbers[position + 1], start, entries)
            starts.append(position)
            position += 2 + size
        else:
            starts.append(position)
            position += _run(numbers, position, entries)
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


def _offset(place: list[int], *, wide: bool) -> int:
    """Where the repeated segments begin, as bytes (PS3.3 C.7.9.2.3). Raises _Broken."""
    if len(place) < (2 if wide else 4):
        raise _Broken
    return sum(number << (16 if wide else 8) * index for index, number in enumerate(place))


def _repeat(
    numbers: list[int], starts: list[int], count: int, start: int, entries: list[int]
) -> None:
    """Add the entries of so many segments from an earlier one on. Raises _Broken where one of them
    is a repeat itself."""
    if start not in starts:
        raise _Broken
    first = starts.index(start)
    chosen = starts[first : first + count]
    if len(chosen) < count:
        raise _Broken
    for one in chosen:
        if numbers[one] == _INDIRECT:
            raise _Broken
        _run(numbers, one, entries)
