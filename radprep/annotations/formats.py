"""The formats in which boxes are read: a line of one table each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from radprep.annotations.coco import is_coco, read_coco
from radprep.annotations.folders import files_below
from radprep.annotations.reading import PIXELS, SHARE, Reading
from radprep.annotations.tables import read_table
from radprep.annotations.voc import read_voc
from radprep.annotations.yolo import label_files, read_yolo
from radprep.errors import UsageError
from radprep.text.small_file import opened


@dataclass(frozen=True)
class Format:
    """A format of boxes. read: takes a file, or a folder, into a reading; suffix: of its files;
    unit: what its numbers are, where nobody says so."""

    read: Callable[[Path, Reading], None]
    suffix: str
    unit: str


def _each_file(suffix: str, read: Callable[[Path, Reading, str], None]) -> _ReadAll:
    """A reader of one file as a reader of a folder of such files, too."""

    def read_all(path: Path, reading: Reading) -> None:
        """Read the file, or all files of the folder, into the reading."""
        if not path.is_dir():
            read(path, reading, "")
            return
        for folder, file in files_below(path, suffix):
            reading.begin(f"{folder}{file.name}")
            read(file, reading, folder)

    return read_all


_ReadAll = Callable[[Path, Reading], None]

FORMATS: dict[str, Format] = {
    "csv": Format(
        _each_file(".csv", lambda path, reading, _: read_table(path, reading)), ".csv", PIXELS
    ),
    "coco": Format(_each_file(".json", read_coco), ".json", PIXELS),
    "yolo": Format(read_yolo, ".txt", SHARE),
    "voc": Format(read_voc, ".xml", PIXELS),
}


def read_boxes(path: Path, kind: str | None = None, unit: str | None = None) -> Reading:
    """What a file or a folder of boxes says. kind: one of FORMATS; None to tell it by the content;
    unit: one of reading.UNITS; None for that of the file or of its format.

    Raises UsageError where it cannot be read, where nobody can tell its format or its unit, and
    where no entry of it can be used.
    """
    if not path.exists():
        raise UsageError(f"There is no {path}. Give a file or a folder of boxes with --boxes.")
    name = kind or _told(path)
    reading = Reading(path, name)
    FORMATS[name].read(path, reading)
    reading.settle_units(unit, FORMATS[name].unit)
    reading.refuse_if_useless()
    return reading


def _told(path: Path) -> str:
    """The format of a file or folder. Raises UsageError where nobody can tell."""
    return _told_folder(path) if path.is_dir() else _told_file(path)


def _told_folder(path: Path) -> str:
    found = {
        "voc": next(files_below(path, ".xml"), None) is not None,
        "yolo": bool(label_files(path)),
        "coco": any(is_coco(file) for _, file in islice(files_below(path, ".json"), 3)),
    }
    kinds = [name for name, is_there in found.items() if is_there]
    if not kinds and next(files_below(path, ".csv"), None) is not None:
        kinds = ["csv"]
    if len(kinds) != 1:
        held = f"files of {' and '.join(kinds)}" if kinds else "no file of boxes that is known"
        raise UsageError(
            f"{path} holds {held}. Give the folder or the file that is meant with --boxes, or say "
            f"with --boxes-format which of {', '.join(FORMATS)} is."
        )
    return kinds[0]


def _told_file(path: Path) -> str:
    suffix = path.suffix.lower()
    named = next((name for name, one in FORMATS.items() if one.suffix == suffix), None)
    if named is not None and named != "yolo":
        return named
    try:
        with opened(path, 2**40) as handle:
            start = handle.read(4096).decode("utf-8-sig", "replace").lstrip()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Give the file with --boxes."
        ) from None
    if start.startswith("{"):
        return "coco"
    if start.startswith("<"):
        return "voc"
    first = start.split("\n", 1)[0].split()
    is_yolo = len(first) >= 5 and all(word.replace(".", "").isdigit() for word in first)
    return "yolo" if is_yolo or (suffix == ".txt" and not start) else "csv"
