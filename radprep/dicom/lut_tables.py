"""Look-up tables of a header as numbers, those too that contradict their own descriptor, as old
readers of plates write them (PS3.3 C.11.1.1.1, C.11.2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from radprep.dicom import header, segments

Values = NDArray[np.float64]
_Words = NDArray[np.uint16]

_WORD = 1 << 16
_MOST_ENTRIES = _WORD
_MOST_BITS = 16

FIRST_SIGN = "first_value_sign"
TOO_SHORT, TOO_LONG = "fewer_entries_than_declared", "more_entries_than_declared"
PACKED = "packed_in_bytes"
BITS, ABOVE = "bits_senseless", "entries_above_declared_bits"
FAR_BELOW = "entries_far_below_declared_bits"


@dataclass(frozen=True)
class Lut:
    """first: the first value mapped. table: shape (entries,). low, top: the range of grey that the
    entries are meant for. bits: those that an entry is said to have. faults: how the table
    contradicts its descriptor, as stable names; none where it does not."""

    first: int
    table: Values
    low: float
    top: float
    bits: int
    faults: tuple[str, ...]

    @property
    def falls(self) -> bool:
        """Whether the table turns the polarity over: it ends darker than it begins."""
        return bool(self.table[-1] < self.table[0])

    @property
    def is_short(self) -> bool:
        """Whether entries are missing."""
        return TOO_SHORT in self.faults

    def with_other_sign(self) -> Lut | None:
        """The same table with its first value mapped read with the other sign; None where it has
        but one reading."""
        first = self.first + _WORD if self.first < 0 else self.first - _WORD
        if FIRST_SIGN in self.faults or not -_WORD // 2 <= min(first, self.first) < 0:
            return None
        return replace(self, first=first, faults=(FIRST_SIGN, *self.faults))

    def at(self, values: Values) -> Values:
        """The entry for each value. The first and the last count on beyond the ends."""
        index = np.clip(np.rint(values) - self.first, 0, self.table.size - 1)
        entries: Values = self.table[index.astype(np.int64)]
        return entries

    def share(self, values: Values) -> Values:
        """The entry for each value as share of the range of grey."""
        reach = self.top - self.low
        return (self.at(values) - self.low) / reach if reach > 0 else np.zeros_like(values)


def says_something(item: pydicom.Dataset) -> bool:
    """Whether an item of a LUT sequence holds a part of a table: forms leave empty ones."""
    return any(header.values(item, keyword) for keyword in ("LUTDescriptor", "LUTData"))


def read_lut(
    item: pydicom.Dataset, name: str, little_endian: bool, inputs: tuple[float, float]
) -> Lut | None:
    """Read a table by the beginning of its attributes' keywords, whatever VR they were written in.
    None where there are no entries, or no descriptor.

    inputs: the least and the greatest value that may be looked up. Whether the first value mapped
    is signed follows from them alone: it is where an input may be negative, and else it is not.
    """
    descriptor = _words(header.values(item, f"{name}Descriptor"), little_endian)
    if descriptor is None or descriptor.words.size < 3:
        return None
    declared, first, bits = (int(word) for word in descriptor.words[:3])
    data = _words(header.values(item, f"{name}Data"), little_endian)
    if data is None or not data.words.size:
        data = _of_segments(item, name, bits, little_endian)
    if data is None:
        return None
    declared_entries = declared or _MOST_ENTRIES
    first, of_first = _signed_first(first, declared_entries, inputs)
    entries, packed, of_length = _entries(data, declared_entries, bits)
    if not entries.size:
        return None
    table = _as_signed(entries) if data.signed and not packed else entries.astype(np.float64)
    low, top, of_range = _range(table, bits, 2 * table.size > declared_entries)
    return Lut(first, table, low, top, bits, (*of_first, *of_length, *of_range))


@dataclass(frozen=True)
class _Numbers:
    """words: unsigned, whatever the VR was. signed: whether the VR was signed and one is negative.
    odd: the bytes where no words can be made of them, for they are odd in number."""

    words: _Words
    signed: bool = False
    odd: bytes | None = None


def _words(values: list[Any], little_endian: bool) -> _Numbers | None:
    """Words out of bytes (OW, OB, UN) or numbers (US, SS, or texts). None: not numbers."""
    if len(values) == 1 and isinstance(values[0], bytes):
        data = values[0]
        order = "<u2" if little_endian else ">u2"
        words = np.frombuffer(data[: len(data) // 2 * 2], order).astype(np.uint16)
        return _Numbers(words, odd=data if len(data) % 2 else None)
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        return None
    return _Numbers((np.trunc(numbers) % _WORD).astype(np.uint16), bool((numbers < 0).any()))


def _of_segments(
    item: pydicom.Dataset, name: str, bits: int, little_endian: bool
) -> _Numbers | None:
    """The entries of a table that is written in segments; None where there is none, or a broken
    one."""
    data = header.values(item, f"Segmented{name}Data")
    if len(data) != 1 or not isinstance(data[0], bytes):
        return None
    entries = segments.expanded(data[0], bits, little_endian=little_endian)
    return None if entries is None else _Numbers(entries)


def _signed_first(
    first: int, count: int, inputs: tuple[float, float]
) -> tuple[int, tuple[str, ...]]:
    """The first value mapped with its sign. A reading by the Standard that no input can reach gives
    way to the other one, where that can be reached."""
    readings = (first, first - _WORD if first >= _WORD // 2 else first)
    standard, other = reversed(readings) if inputs[0] < 0 else readings

    def reached(start: int) -> bool:
        """Whether an input meets a table that begins there."""
        return start <= inputs[1] and start + count > inputs[0]

    if not reached(standard) and reached(other):
        return other, (FIRST_SIGN,)
    return standard, ()


def _entries(data: _Numbers, declared: int, bits: int) -> tuple[_Words, bool, tuple[str, ...]]:
    """The entries, whether they were packed two to a word, and what is wrong with their number.

    An entry of up to 8 bits takes a byte, or a word all the same. A last byte or word of zero more
    than the entries only pads them.
    """
    words = data.words
    if data.odd is not None and declared <= len(data.odd) <= declared + 1:
        faults = (PACKED,) if bits > 8 else ()
        return np.frombuffer(data.odd, np.uint8)[:declared].astype(np.uint16), True, faults
    if words.size == (declared + 1) // 2 != declared:
        pairs = words.astype("<u2").view(np.uint8)[:declared].astype(np.uint16)
        if bits <= 8:
            return pairs, True, ()
        # half of the entries are missing, or each is a byte: a curve is smoother than a mixture
        if _roughness(pairs) <= _roughness(words):
            return pairs, True, (PACKED,)
    if words.size == declared or (words.size == declared + 1 and not words[-1]):
        return words[:declared], False, ()
    return words[:_MOST_ENTRIES], False, (TOO_SHORT if words.size < declared else TOO_LONG,)


def _as_signed(entries: _Words) -> Values:
    """Entries of a signed VR as a curve without a jump: signed, or, where a toolkit chose the VR by
    itself, unsigned all the same."""
    signed, unsigned = entries.view(np.int16), entries
    chosen = signed if _roughness(signed) < _roughness(unsigned) else unsigned
    return chosen.astype(np.float64)


def _roughness(entries: NDArray[Any]) -> float:
    """How far a curve goes up and down in all, by how far it reaches: 1 where it never turns."""
    curve = entries.astype(np.float64)
    reach = float(np.ptp(curve))
    return float(np.abs(np.diff(curve)).sum()) / reach if reach else 0.0


def _range(table: Values, bits: int, is_whole: bool) -> tuple[float, float, tuple[str, ...]]:
    """The range of grey that entries are meant for: that of the bits declared, or of the entries
    themselves where those contradict it, as Horos takes it. is_whole: most entries are there, so
    that the greatest may be among them."""
    least, most = float(table.min()), float(table.max())
    if not 1 <= bits <= _MOST_BITS:
        return min(least, 0.0), most, (BITS,)
    half = 1 << bits - 1
    low, top = (float(-half), float(half - 1)) if least < 0 else (0.0, float(2 * half - 1))
    if least < low or most > top:
        return min(least, 0.0), most, (ABOVE,)
    begin = least if least < 0 else 0.0
    if is_whole and 0 < (most - begin) * 4 < top - low:
        return begin, most, (FAR_BELOW,)
    return low, top, ()
