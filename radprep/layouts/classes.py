"""A folder is a label: the layout that ImageFolder of torchvision, Keras and fastai read, with the
parts of a split above the classes or without, as in

    train/fracture/0001.png
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from radprep.errors import UsageError
from radprep.layouts.told import LaidOut, Told, private_text
from radprep.layouts.wanted import LayoutWanted
from radprep.text.splits import split_in

COLUMN = "class"
"""The name of the label."""
_SHOWN = 5
"""Names of folders in a message."""


def lay_out(pictures: Sequence[str], wanted: LayoutWanted) -> LaidOut:
    """What the folders tell of each picture: its class, its part of a split and, where a person
    says which folder that is, its patient. Each is a study of its own. Raises UsageError where it
    is not clear which folder is the class."""
    laid = LaidOut(columns=(COLUMN,))
    folders = {path: path.split("/")[:-1] for path in pictures}
    patients = _taken_out(folders, wanted.patient_level)
    level = _class_level(list(folders.values()), wanted)
    for path, above in folders.items():
        if len(above) <= level:
            continue
        laid.told[path] = Told(
            patients.get(path), split=_split_in(above[:level] + above[level + 1 :])
        )
        laid.rows.append((0, path, (above[level],)))
    laid.list_paths("outside_layout", [one for one in pictures if one not in laid.told])
    without = [path for path, told in laid.told.items() if told.split is None]
    if len(without) < len(laid.told):  # else there is none at all
        laid.list_paths("pictures_without_split", without)
    return laid


def _taken_out(folders: Mapping[str, list[str]], level: int | None) -> dict[str, str]:
    """Path -> the folder of its patient, which is taken out of its folders. level: from 1; None
    where no folder is a patient. Raises UsageError where no picture has so many folders, and where
    they are the parts of a split."""
    if level is None:
        return {}
    found = {
        path: private_text(above.pop(level - 1))
        for path, above in folders.items()
        if len(above) >= level
    }
    if not found:
        raise UsageError(f"--patient-level {level}: no picture has so many folders above it.")
    if all(map(split_in, found.values())):
        raise UsageError(f"--patient-level {level}: these folders are parts of a split.")
    return found


def _split_in(folders: Sequence[str]) -> str | None:
    """The part of a split that the folders of a picture name beside its class; None where they name
    none, or several."""
    named = {part for part in map(split_in, folders) if part}
    return named.pop() if len(named) == 1 else None


def _class_level(folders: Sequence[Sequence[str]], wanted: LayoutWanted) -> int:
    """Which folder of each path is the class, from 0, once that of its patient is taken out. A
    picture that stands in no folder has none, and says nothing of the others. Raises UsageError."""
    folders = [one for one in folders if one] or folders
    depths = {len(one) for one in folders} or {0}
    if wanted.class_level is not None:
        is_below = (wanted.patient_level or wanted.class_level) < wanted.class_level
        level = wanted.class_level - 1 - is_below
        parts = {one[level] for one in folders if len(one) > level}
        if parts and all(map(split_in, parts)):
            raise UsageError(
                f"--class-level {wanted.class_level}: the folders of this level are "
                f"{', '.join(sorted(parts)[:_SHOWN])}, which are parts of a split. Leave "
                f"--class-level out, or give {wanted.class_level + 1}."
            )
        if folders and level >= max(depths):
            raise UsageError(
                f"--class-level {wanted.class_level}: no picture has so many folders above it."
            )
        return level
    shared = range(min(depths))
    split = next((at for at in shared if all(split_in(one[at]) for one in folders)), None)
    first = 0 if split is None else split + 1
    while (
        all(len(one) > first + 1 for one in folders) and len({one[first] for one in folders}) == 1
    ):
        first += 1  # a folder that holds everything is no class
    below = {max(0, depth - first) for depth in depths}
    if below == {1} or not folders:
        return first
    if below == {0}:
        raise UsageError(
            "--layout classes: the pictures stand in no folder that could be a class. Give the "
            "folder that holds the folders of the classes, or use --layout names or table."
        )
    raise UsageError(
        "--layout classes: it is not clear which folder is the class, since pictures have "
        f"{min(below)} to {max(below)} folders above them. Say which level it is with "
        "--class-level N (1: the folders in DUMP), or use --layout table."
    )
