"""The pages of a TIFF (6.0, and BigTIFF), found within bounds, and each as a TIFF of nothing but
what makes its pixels: no description, no private tag, no second page reaches the decoder."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from radprep.errors import Failure

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT = 338, 339
_SUBFILE = 254
_COLOUR_MAP, _JPEG_TABLES = 320, 347

_FEW, MOST_SEGMENTS = 64, 200_000
_MOST_VALUES = {
    **dict.fromkeys((WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, SAMPLES, ROWS_PER_STRIP), 1),
    **dict.fromkeys((TILE_WIDTH, TILE_HEIGHT), 1),
    **dict.fromkeys((BITS, EXTRA_SAMPLES, SAMPLE_FORMAT), _FEW),
    **dict.fromkeys((STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES), MOST_SEGMENTS),
    # fill order, planes, options of fax, predictor, steps of YCbCr
    **dict.fromkeys((266, 284, 292, 293, 317, 530), 2),
    _COLOUR_MAP: 3 << 16,
    _JPEG_TABLES: 1 << 16,
}
"""The tags that make pixels, and how many values each may have."""
_REDUCED, _MASK = 1, 4
"""Bits of NewSubfileType: a smaller copy of another page, and a mask of one."""
_MOST_PAGES = 100_000
_MOST_TAGS = 4096
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Type -> bytes of a value."""
_SHORT = 3
_WHOLE = {1: "B", 3: "H", 4: "I", 16: "Q"}
"""Types of whole numbers -> how they are stored."""


@dataclass(frozen=True)
class _Form:
    """How a TIFF stores its directories: byte order, and the sizes of a BigTIFF or of a plain
    one."""

    order: str
    is_big: bool

    @property
    def count(self) -> str:
        """The number of entries of a directory, as `struct` reads it."""
        return f"{self.order}{'Q' if self.is_big else 'H'}"

    @property
    def offset(self) -> str:
        """A place in the file."""
        return f"{self.order}{'Q' if self.is_big else 'I'}"

    @property
    def entry(self) -> str:
        """A tag, its type, the number of its values, and the value or where it stands."""
        return f"{self.order}{'HHQ8s' if self.is_big else 'HHI4s'}"


@dataclass(frozen=True)
class Page:
    """A page. tags: tag -> type, number of values, and the value or where it stands, as in the
    file."""

    data: bytes
    form: _Form
    tags: Mapping[int, tuple[int, int, bytes]]

    def number(self, tag: int, default: int) -> int:
        """The first value of a tag of whole numbers."""
        return next(iter(self.numbers(tag)), default)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The values of a tag of whole numbers, at most a few; () where it has none that can be
        read."""
        kind, count, value = self.tags.get(tag, (0, 0, b""))
        if kind not in _WHOLE or not count:
            return ()
        count = min(count, _FEW)
        size = count * _SIZES[kind]
        if self.tags[tag][1] * _SIZES[kind] > len(value):
            (start,) = struct.unpack(self.form.offset, value)
            value = self.data[start : start + size]
        if len(value) < size:
            return ()
        return struct.unpack(f"{self.form.order}{count}{_WHOLE[kind]}", value[:size])

    def compressed_as(self, compression: int) -> Page:
        """The same page as if its strips or tiles were compressed in another way."""
        form = self.form
        value = struct.pack(f"{form.order}H", compression).ljust(8 if form.is_big else 4, b"\0")
        return replace(self, tags={**self.tags, COMPRESSION: (_SHORT, 1, value)})

    def alone(self) -> bytes:
        """A TIFF of this page. Raises Failure where a tag has more values than it may."""
        form = self.form
        kept = {tag: one for tag, one in sorted(self.tags.items()) if tag in _MOST_VALUES}
        for tag, (kind, count, _) in kept.items():
            if kind not in _SIZES or count > _MOST_VALUES[tag]:
                raise Failure("unreadable_picture", f"TIFF tag {tag} has too many values")
        entries = b"".join(struct.pack(form.entry, tag, *one) for tag, one in kept.items())
        place = len(self.data) + len(self.data) % 2
        head = self.data[:8] if form.is_big else self.data[:4]
        start = head + struct.pack(form.offset, place)
        directory = struct.pack(form.count, len(kept)) + entries + struct.pack(form.offset, 0)
        padding = b"\0" * (place - len(self.data))
        return b"".join((start, self.data[len(start) :], padding, directory))


def pages_of(data: bytes, most: int) -> list[Page]:
    """The pages of a TIFF, at most so many, without smaller copies and masks of them. A chain of
    directories that leads in a circle or out of the file ends there. Raises Failure where there is
    no page."""
    form = _Form("<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+"))
    found = []
    for page in _chain(data, form):
        if not page.number(_SUBFILE, 0) & (_REDUCED | _MASK):
            found.append(page)
        if len(found) == most:
            break
    if not found:
        raise Failure("unreadable_picture", "a TIFF without a page that can be read")
    return found


def _chain(data: bytes, form: _Form) -> Iterator[Page]:
    place = 8 if form.is_big else 4
    seen: set[int] = set()
    step = struct.calcsize(form.entry)
    start = _one(form.offset, data, place)
    while start and start not in seen and len(seen) < _MOST_PAGES:
        seen.add(start)
        count = _one(form.count, data, start)
        if count is None or count > _MOST_TAGS:
            return
        first = start + struct.calcsize(form.count)
        entries = data[first : first + count * step]
        tags: dict[int, tuple[int, int, bytes]] = {}
        for at in range(0, len(entries) - step + 1, step):
            tag, *one = struct.unpack(form.entry, entries[at : at + step])
            tags.setdefault(tag, (one[0], one[1], one[2]))
        yield Page(data, form, tags)
        start = _one(form.offset, data, first + count * step)


def _one(form: str, data: bytes, place: int) -> int | None:
    """A whole number at a place of the file; None where the file has ended."""
    piece = data[place : place + struct.calcsize(form)]
    return int(struct.unpack(form, piece)[0]) if len(piece) == struct.calcsize(form) else None
