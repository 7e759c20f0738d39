"""Boxes in Pascal VOC's XML: one file a picture, an `object` with a `bndbox` for each box.

The corners are pixels that belong to the box, and the first pixel of a picture is (1, 1) (VOC2012
development kit, section "Annotation"). Many tools count from 0 instead: where a corner of any file
is less than 1, all files are read so, and the second corner then lies behind the box.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from radprep.annotations.folders import files_below, places_of
from radprep.annotations.reading import (
    LONGEST_NAME,
    Corner,
    Reading,
    number_in,
    of_corners,
    size_of,
)
from radprep.errors import UsageError
from radprep.text.small_file import read_small

_MOST_BYTES = 4_000_000
_MOST_DEPTH = 16
_ROOT = "annotation"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_BOX = (_ROOT, "object", "bndbox")
_WANTED = frozenset(
    {
        (_ROOT, "filename"),
        (_ROOT, "size", "width"),
        (_ROOT, "size", "height"),
        (_ROOT, "object", "name"),
        *((*_BOX, corner) for corner in _CORNERS),
    }
)
"""The elements whose text is read."""


class _Refused(Exception):  # noqa: N818 - ends the parser from within
    """The XML is not what an annotation may be: why."""


class _Annotation:
    """What one file says: the texts of the whole annotation, and those of each object."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, ...], str] = {}
        self.objects: list[dict[str, str]] = []
        self._path: list[str] = []
        self._said: dict[tuple[str, ...], list[str]] = defaultdict(list)

    def start(self, name: str, _: dict[str, str]) -> None:
        """An element begins."""
        self._path.append(name)
        if self._path[0] != _ROOT:
            raise _Refused("its root is no `annotation`")
        if len(self._path) > _MOST_DEPTH:
            raise _Refused("its elements are nested too deep")
        if tuple(self._path) == (_ROOT, "object"):
            self.objects.append({})

    def text(self, data: str) -> None:
        """A piece of text."""
        path = tuple(self._path)
        if path in _WANTED:
            self._said[path].append(data)

    def end(self, _: str) -> None:
        """An element ends: its text is whole."""
        path = tuple(self._path)
        self._path.pop()
        pieces = self._said.pop(path, None)
        if pieces is None:
            return
        text = "".join(pieces).strip()
        if path[1] == "object":
            self.objects[-1].setdefault(path[-1], text)
        else:
            self.texts.setdefault(path, text)


def read_voc(path: Path, reading: Reading) -> None:
    """Read the boxes of a folder of VOC files, or of one. Raises UsageError where one is no such
    file, or declares a document type, which may make it grow without end."""
    files = list(files_below(path, ".xml")) if path.is_dir() else [("", path)]
    found = [(folder, file, _parsed(file)) for folder, file in files]
    first = 0 if any(map(_counts_from_zero, (one for _, _, one in found))) else 1
    reading.notes.append(
        "Some corner is less than 1, so that the pixels of all these files count from 0."
        if first == 0
        else "The pixels of VOC files count from 1, and both corners belong to a box."
    )
    for folder, file, annotation in found:
        places = places_of(folder, ("annotations", "xml", "xmls"), "JPEGImages")
        named = PurePosixPath(annotation.texts.get((_ROOT, "filename"), "").replace("\\", "/")).name
        names = [one for one in (named, file.stem) if 0 < len(one) <= LONGEST_NAME]
        keys = tuple(dict.fromkeys(f"{place}{one}" for one in names for place in places))
        size = size_of(
            *(number_in(annotation.texts.get((_ROOT, "size", one), "")) for one in _SIDES)
        )
        film = reading.film(keys, size=size)
        if path.is_dir():
            reading.begin(f"{folder}{file.name}")
        for number, one in enumerate(annotation.objects, 1):
            where = f"object {number}"
            if one.keys().isdisjoint(_CORNERS):
                reading.fault("no_box", where, film)
            else:
                reading.add(film, where, one.get("name", ""), _place(one, first))


_SIDES = ("width", "height")


def _place(one: dict[str, str], first: int) -> Corner | None:
    """Where a box lies; None where a number is missing. first: number of the first pixel."""
    corners = [number_in(one.get(name, "")) for name in _CORNERS]
    known = [number for number in corners if number is not None]
    if len(known) < len(corners):
        return None
    return of_corners(known[0] - first, known[1] - first, known[2], known[3])


def _counts_from_zero(annotation: _Annotation) -> bool:
    numbers = (
        number_in(one.get(name, "")) for one in annotation.objects for name in ("xmin", "ymin")
    )
    return any(number is not None and number < 1 for number in numbers)


def _parsed(file: Path) -> _Annotation:
    try:
        data = read_small(file, _MOST_BYTES)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}. Give the folder of the annotations with "
            "--boxes."
        ) from None
    found = _Annotation()
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    parser.CharacterDataHandler = found.text
    parser.EndElementHandler = found.end
    parser.StartDoctypeDeclHandler = _refuse_type  # entities are declared nowhere else
    try:
        parser.Parse(data, True)
    except _Refused as why:
        raise UsageError(f"{file} is no VOC annotation: {why}. {_MEND}") from None
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: its encoding
        line = getattr(error, "lineno", 1)
        raise UsageError(f"{file}, line {line}: this is no well-formed XML. {_MEND}") from None
    return found


_MEND = "Mend it or take it away, or say with --boxes-format what the files are."


def _refuse_type(*_: object) -> None:
    raise _Refused("it declares a document type, which no annotation needs")
