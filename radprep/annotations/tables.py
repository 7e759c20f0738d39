"""Boxes in CSV files: ours, and those of well-known sets and tools, told by the names of their
columns.

Names are compared by their letters and digits alone: `x_min`, `Xmin` and `xMin` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radprep.annotations.reading import (
    LONGEST_NAME,
    PIXELS,
    SHARE,
    Corner,
    Reading,
    number_in,
    of_centre,
    of_corners,
    size_of,
)
from radprep.errors import UsageError
from radprep.text.csv_file import LINE_BREAKS, read_lines

_FILM = (
    *("path", "sopinstanceuid", "filepath", "imagepath", "filename", "imagename", "imagefile"),
    *("image", "file", "imageid", "imageindex", "dicomid", "patientid"),
)
"""Columns that name a film, the surest first: NIH ChestX-ray14 has `Image Index`, VinDr `image_id`,
RSNA's pneumonia challenge `patientId`, which there is the name of the file."""
_CLASS = (
    *("label", "class", "classname", "category", "labelname", "findinglabel", "lesiontype"),
    *("diagnosis", "finding"),
)
_FRAME, _UNIT, _TARGET = ("frame",), ("unit", "units"), ("target",)
_WIDTH, _HEIGHT = ("imagewidth", "imgwidth"), ("imageheight", "imgheight")


@dataclass(frozen=True)
class _Form:
    """How four columns say where a box lies. columns: names of each, of which one must be there."""

    columns: tuple[tuple[str, ...], ...]
    read: Callable[[float, float, float, float], Corner]


_FORMS = (
    _Form(
        (
            ("xmin", "x1", "left", "xtl", "bboxxmin"),
            ("ymin", "y1", "top", "ytl", "bboxymin"),
            ("xmax", "x2", "right", "xbr", "bboxxmax"),
            ("ymax", "y2", "bottom", "ybr", "bboxymax"),
        ),
        of_corners,
    ),
    _Form(
        (
            ("xcenter", "xcentre", "centerx", "centrex", "cx"),
            ("ycenter", "ycentre", "centery", "centrey", "cy"),
            ("width", "w"),
            ("height", "h"),
        ),
        of_centre,
    ),
    _Form(
        (
            ("x", "bboxx", "left", "xmin"),  # NIH's header is "Bbox [x,y,w,h]", cut at its commas
            ("y", "bboxy", "top", "ymin"),
            ("width", "w", "bboxwidth", "bboxw"),
            ("height", "h", "bboxheight", "bboxh"),
        ),
        lambda x, y, width, height: (x, y, width, height),
    ),
)
"""The ways, the surest first."""

_NOTHING = frozenset({"", "nan", "na", "n/a", "null", "none"})
_UNITS = {
    **dict.fromkeys(("pixels", "pixel", "px"), PIXELS),
    **dict.fromkeys(("share", "shares", "fraction", "relative", "normalized", "normalised"), SHARE),
}


@dataclass(frozen=True)
class _Columns:
    """Where the columns stand; None for one that the file does not have."""

    film: int
    form: _Form
    places: tuple[int, ...]
    text: int | None
    frame: int | None
    unit: int | None
    target: int | None
    size: tuple[int, int] | None

    @property
    def last(self) -> int:
        """The last one that a row must have."""
        return max(self.film, *self.places)


def read_table(path: Path, reading: Reading) -> None:
    """Read the boxes of a CSV file: commas, semicolons or tabs; UTF-8, UTF-16 or Latin-1.

    A row whose four numbers are empty says that somebody looked and drew nothing; so does a 0 in
    the column `Target`. Raises UsageError where the file cannot be read, or lacks the columns.
    """
    columns: _Columns | None = None
    for line, cells in read_lines(path, "--boxes"):
        if columns is None:
            columns = _columns_of(cells, path)
        else:
            _take(cells, columns, f"line {line}", reading)


def _take(cells: Sequence[str], columns: _Columns, where: str, reading: Reading) -> None:
    """Take one row."""

    def cell(place: int | None) -> str:
        """What stands in a column; nothing where there is no such column or cell."""
        return cells[place].strip() if place is not None and place < len(cells) else ""

    key = cell(columns.film)
    if not key or len(key) > LONGEST_NAME or not LINE_BREAKS.isdisjoint(key):
        reading.fault("no_film", where)
        return
    texts = [cell(place) for place in columns.places]
    is_empty = all(text.lower() in _NOTHING for text in texts)
    numbers = [number_in(text) for text in texts]
    place = _corner(numbers, columns.form)
    frame, unit = cell(columns.frame), cell(columns.unit).lower()
    frame_number = int(frame) if re.fullmatch("[1-9][0-9]{0,5}", frame) else None
    film = reading.film(
        (key,),
        frame=frame_number,
        size=_size(columns, cell, place),
        unit=_UNITS.get(unit),
    )
    target = cell(columns.target)
    if frame and frame_number is None:
        reading.fault("frame", where, film)
    elif unit and unit not in _UNITS:
        reading.fault("unit", where, film)
    elif (is_empty and number_in(target) != 1) or (target and number_in(target) == 0):
        return
    else:
        reading.add(film, where, cell(columns.text), place)


def _corner(numbers: Sequence[float | None], form: _Form) -> Corner | None:
    known = [number for number in numbers if number is not None]
    return form.read(known[0], known[1], known[2], known[3]) if len(known) == 4 else None


def _size(
    columns: _Columns, cell: Callable[[int | None], str], place: Corner | None
) -> tuple[int, int] | None:
    """Size of the picture, where columns say it. Beside two corners, `width` and `height` are those
    of the picture, unless they are the box's own."""
    if columns.size is None:
        return None
    width, height = (number_in(cell(one)) for one in columns.size)
    is_of_box = (
        place is not None
        and width is not None
        and height is not None
        and max(abs(width - place[2]), abs(height - place[3])) <= 1
    )
    return None if is_of_box else size_of(width, height)


def _columns_of(header: Sequence[str], path: Path) -> _Columns:
    """Where the columns stand. Raises UsageError where nothing names a film, or no box."""
    places: dict[str, int] = {}
    for number, name in enumerate(header):
        places.setdefault(re.sub("[^a-z0-9]", "", name.lower()), number)

    film = _first(_FILM, places)
    form = next(
        (one for one in _FORMS if all(_first(names, places) is not None for names in one.columns)),
        None,
    )
    if film is None or form is None:
        what = "names the film of a box" if film is None else "says where a box lies"
        raise UsageError(
            f"{path}: no column {what}. Its first line must name the columns: path, "
            "SOPInstanceUID or image; x, y, width and height, or x_min, y_min, x_max and y_max; "
            "and if you like label, frame and unit."
        )
    found = tuple(place for names in form.columns if (place := _first(names, places)) is not None)
    return _Columns(
        film,
        form,
        found,
        _first(_CLASS, places),
        _first(_FRAME, places),
        _first(_UNIT, places),
        _first(_TARGET, places),
        _size_columns(places, found),
    )


def _size_columns(places: Mapping[str, int], used: Sequence[int]) -> tuple[int, int] | None:
    for names in ((_WIDTH, _HEIGHT), (("width",), ("height",))):
        width, height = (_first(one, places) for one in names)
        if width is not None and height is not None and {width, height}.isdisjoint(used):
            return width, height
    return None


def _first(names: Sequence[str], places: Mapping[str, int]) -> int | None:
    return next((places[name] for name in names if name in places), None)
