"""What a file of boxes says: of which films it speaks, and what is drawn on each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from radprep.errors import UsageError

PIXELS, SHARE = "pixels", "share"
UNITS = (PIXELS, SHARE)
"""What the numbers of a box are: pixels of the picture, or shares of its width and height."""

MOST_ENTRIES = 2_000_000
"""Boxes and films that a file may name: a hundred times the largest set of X-rays with boxes."""
LARGEST_NUMBER = 100_000.0
"""Pixels: no film reaches so far, and no box is drawn so far beside one."""
_LARGEST_SHARE = 2.0
"""A box may stand out a little. Where it begins a whole film away from the film, or is twice as
large, its numbers are no shares."""
_MOST_LISTED = 100_000

FAULTS = {
    "number": "a number is missing, is no number, or is far too large",
    "no_size": "its width or height is not more than 0",
    "not_a_share": "its numbers are too large for shares of a film",
    "below_a_pixel": "it is smaller than a pixel, as if its numbers were shares of a film",
    "no_film": "nothing says on which film it is drawn",
    "no_box": "it has no box and no polygon of which one follows",
    "columns": "it has another number of values than a box or a polygon has",
    "class": "its class is none of those that the file lists",
    "frame": "its frame is no whole number from 1",
    "unit": "its unit is neither pixels nor share",
}
"""Why an entry of a file gives no box."""

Corner = tuple[float, float, float, float]
"""x, y, width and height: the upper left corner, and the size."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A box as a file has it. text: what the file calls its class, which may be anything; place:
    x, y, width, height from the upper left corner of the picture."""

    text: str
    place: Corner


@dataclass(slots=True)
class FilmAnnotations:
    """A film of which a file speaks. keys: by what the file names it, the surest first: a path, a
    name of a file, or a SOPInstanceUID; frame: from 1, None where the file names none; size: width
    and height of the picture that was drawn on, None where the file does not say; unit: of UNITS;
    boxes: what is drawn, where nothing: somebody looked; faults: entries that gave no box."""

    keys: tuple[str, ...]
    frame: int | None
    size: tuple[int, int] | None
    unit: str | None
    boxes: list[Annotation] = field(default_factory=list)
    faults: int = 0


@dataclass
class Reading:
    """What a file or a folder says, while it is read and afterwards.

    kind: the name of its format; films: in the order of the file; faults: how often each of FAULTS
    was found; listed: where they were found, up to a bound; notes: sentences on how the file was
    understood.
    """

    path: Path
    kind: str
    films: dict[tuple[object, ...], FilmAnnotations] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    listed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    boxes: int = 0

    def film(
        self,
        keys: tuple[str, ...],
        *,
        frame: int | None = None,
        size: tuple[int, int] | None = None,
        unit: str | None = None,
    ) -> FilmAnnotations:
        """The film with these keys. Raises UsageError where the file names too many."""
        name = (keys, frame, size, unit)
        found = self.films.get(name)
        if found is None:
            found = self.films[name] = FilmAnnotations(keys, frame, size, unit)
            self._check_bound()
        return found

    def add(self, film: FilmAnnotations, where: str, text: str, place: Corner | None) -> None:
        """Take a box. place: None where its numbers could not be read. where: its place in the
        file, for the list of faults."""
        if place is None or not all(map(_is_usable, place)):
            self.fault("number", where, film)
        elif min(place[2:]) <= 0:
            self.fault("no_size", where, film)
        else:
            film.boxes.append(Annotation(text, place))
            self.boxes += 1
            self._check_bound()

    def fault(self, code: str, where: str, film: FilmAnnotations | None = None) -> None:
        """Count an entry that gave no box. film: the one that it speaks of, if anybody knows."""
        self.faults[code] += 1
        if film is not None:
            film.faults += 1
        if len(self.listed) < _MOST_LISTED:
            self.listed.append((where, code))

    def settle_units(self, told: str | None, usual: str) -> None:
        """Say of each film what its numbers are. told: what a person says; usual: what they are in
        this format. A unit that the file itself names counts first. Raises UsageError where pixels
        are usual and every box would lie within the first one."""
        unknown = [film for film in self.films.values() if film.unit is None]
        if told is None and usual == PIXELS and unknown and _look_like_shares(unknown):
            raise UsageError(
                f"{self.path}: no number of a box is larger than 1. These may be shares of a film "
                "or pixels. Say which with --boxes-unit share or --boxes-unit pixels, or in a "
                "column `unit`."
            )
        for film in unknown:
            film.unit = told or usual
        for film in self.films.values():
            self._leave_out_of_unit(film)

    def _leave_out_of_unit(self, film: FilmAnnotations) -> None:
        """Count the boxes whose numbers cannot be of the film's unit as faults."""
        code = "not_a_share" if film.unit == SHARE else "below_a_pixel"
        fits = _may_be_share if film.unit == SHARE else _may_be_pixels
        left = [box for box in film.boxes if fits(box.place)]
        for _ in range(len(film.boxes) - len(left)):
            self.fault(code, film.keys[0], film)
        self.boxes -= len(film.boxes) - len(left)
        film.boxes = left

    def refuse_if_useless(self) -> None:
        """Raise UsageError where the file names no film, or no entry of it could be used."""
        if self.faults and not self.boxes:
            number = sum(self.faults.values())
            where, code = self.listed[0]
            raise UsageError(
                f"{self.path}: none of its {number} boxes can be used. The first is {where}: "
                f"{FAULTS[code]}. Mend the file, or say what it is with --boxes-format and "
                "--boxes-unit."
            )
        if not self.films:
            raise UsageError(
                f"{self.path} names no film, read as {self.kind}. Give another file with --boxes, "
                "or say what it is with --boxes-format."
            )

    def _check_bound(self) -> None:
        if self.boxes + len(self.films) > MOST_ENTRIES:
            raise UsageError(
                f"{self.path} names more than {MOST_ENTRIES:,} boxes and films. It is not the file "
                "that is meant, or it must be given in parts."
            )


def _is_usable(number: float) -> bool:
    return -LARGEST_NUMBER <= number <= LARGEST_NUMBER  # NaN is not, and a whole number may be huge


def _look_like_shares(films: list[FilmAnnotations]) -> bool:
    """Whether there are boxes, and none reaches beyond the first pixel."""
    places = [box.place for film in films for box in film.boxes]
    return bool(places) and all(abs(number) <= 1 for place in places for number in place)


def _may_be_share(place: Corner) -> bool:
    return max(map(abs, place)) <= _LARGEST_SHARE


def _may_be_pixels(place: Corner) -> bool:
    return max(place[2:]) >= 1


def of_corners(left: float, top: float, right: float, bottom: float) -> Corner:
    """A box by two of its corners."""
    return left, top, right - left, bottom - top


def of_centre(x: float, y: float, width: float, height: float) -> Corner:
    """A box by its centre and its size."""
    return x - width / 2, y - height / 2, width, height


def around(points: list[float]) -> Corner | None:
    """The smallest upright box around the points x, y, x, y, ...; None where they are no points of
    an area."""
    if len(points) < 6 or len(points) % 2 or not all(map(_is_usable, points)):
        return None
    across, down = points[::2], points[1::2]
    return of_corners(min(across), min(down), max(across), max(down))


def number_in(text: str) -> float | None:
    """The number that a text is, with a point or a comma; None where it is none."""
    plain = text.strip()
    if len(plain) > 40 or "_" in plain:  # which Python would take
        return None
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


def size_of(width: object, height: object) -> tuple[int, int] | None:
    """Width and height of a picture, where a file says them: whole numbers above 0."""
    if not all(isinstance(one, (int, float)) and _is_usable(one) for one in (width, height)):
        return None
    found = int(width), int(height)  # type: ignore[call-overload]  # both are numbers
    return found if min(found) > 0 else None
