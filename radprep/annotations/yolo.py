"""Boxes in YOLO's text files: one file a picture, one line a box.

A line is the number of a class, then x, y of the centre, width and height, as shares of the
picture. A sixth number is a confidence. A line of more numbers is a polygon, whose bounding box
counts. An empty file says that somebody looked and drew nothing. The names of the classes stand in
data.yaml, or one a line in classes.txt or obj.names.
"""

from __future__ import annotations

from pathlib import Path

from radprep.annotations.folders import files_below, places_of
from radprep.annotations.reading import FilmAnnotations, Reading, around, number_in, of_centre
from radprep.annotations.yaml_names import MOST_BYTES, names_in
from radprep.errors import UsageError
from radprep.text.small_file import read_small

_NAMES = ("classes.txt", "obj.names", "classes.names", "_darknet.labels", "labels.txt")
_NO_LABELS = frozenset({*_NAMES, "train.txt", "val.txt", "valid.txt", "test.txt"})
"""Texts beside the annotations: names of classes, and lists of pictures."""
_MOST_BYTES = 4_000_000


def read_yolo(path: Path, reading: Reading) -> None:
    """Read the boxes of a folder, or of the one picture that a file is about. Raises UsageError
    where a file cannot be read, or the names of the classes cannot be understood."""
    if path.is_dir():
        files = label_files(path)
        places = [path, path / "labels", path.parent]
    else:
        files, places = [("", path)], [path.parent, path.parent.parent]
    names, has_points = _names(places)
    if not names:
        reading.notes.append(
            "No file names the classes: they are called by their numbers. Name them with --box-map "
            "0=fracture."
        )
    for folder, file in files:
        keys = (f"{place}{file.stem}" for place in places_of(folder, ("labels",), "images"))
        film = reading.film(tuple(keys))
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                where = f"{folder}{file.name}, line {number}"
                _take(line.split(), names, where, reading, film, has_points=has_points)


def label_files(path: Path) -> list[tuple[str, Path]]:
    """The files of a folder that hold labels, each with its folder: those in folders called labels,
    where there are such."""
    found = [
        (folder, file)
        for folder, file in files_below(path, ".txt")
        if file.name.lower() not in _NO_LABELS and not file.name.lower().startswith("readme")
    ]
    inner = [one for one in found if "labels" in one[0].lower().split("/")]
    return inner or found


def _take(
    words: list[str],
    names: list[str],
    where: str,
    reading: Reading,
    film: FilmAnnotations,
    *,
    has_points: bool,
) -> None:
    """Take one line. has_points: points of a pose stand behind each box."""
    numbers = [number_in(word) for word in words]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        reading.fault("number", where, film)
        return
    if len(known) < 5 or (len(known) > 6 and len(known) % 2 == 0 and not has_points):
        reading.fault("columns", where, film)
        return
    text = _class_of(known[0], names)
    if text is None:
        reading.fault("class", where, film)
    elif len(known) <= 6 or has_points:
        place = of_centre(known[1], known[2], known[3], known[4])
        reading.add(film, where, text, place)
    else:
        reading.add(film, where, text, around(known[1:]))


def _class_of(number: float, names: list[str]) -> str | None:
    """What a class is called; None where there is none of this number."""
    if not 0 <= number < (len(names) or 1000) or number != int(number):
        return None
    return names[int(number)] if names else str(int(number))


def _names(places: list[Path]) -> tuple[list[str], bool]:
    """Names of the classes in order, from the first file that has them, and whether points of a
    pose stand behind each box."""
    for place in places:
        for file in sorted((*place.glob("*.yaml"), *place.glob("*.yml"))):
            found = names_in(_text(file, MOST_BYTES), file)
            if found[0]:
                return found
        for name in _NAMES:
            if (place / name).is_file():
                return [line.strip() for line in _lines(place / name) if line.strip()], False
    return [], False


def _lines(file: Path) -> list[str]:
    return _text(file, _MOST_BYTES).splitlines()


def _text(file: Path, most: int) -> str:
    """The text of a file. Raises UsageError where it cannot be read, or has more than `most`
    bytes."""
    try:
        return read_small(file, most).decode("utf-8-sig", "replace")
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}. Give the folder of the labels with --boxes."
        ) from None
