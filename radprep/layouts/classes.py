"""A folder is a label: the layout that ImageFolder of torchvision, Keras and fastai read, with the
parts of a split above the classes or without, as in

    train/fracture/0001.png
"""

from __future__ import annotations

from collections.abc import Sequence

from radprep.errors import UsageError
from radprep.layouts.told import LaidOut, Told, private_text, split_of
from radprep.layouts.wanted import LayoutWanted

COLUMN = "class"
"""The name of the label."""


def lay_out(pictures: Sequence[str], wanted: LayoutWanted) -> LaidOut:
    """What the folders tell of each picture: its class, and its part of a split. Nobody tells whose
    a picture is, so that each is a study of its own. Raises UsageError where it is not clear which
    folder is the class."""
    laid = LaidOut(columns=(COLUMN,))
    folders = {path: path.split("/")[:-1] for path in pictures}
    split, level = _levels(list(folders.values()), wanted.class_level)
    for path, above in folders.items():
        if len(above) <= level:
            continue
        part = split_of(above[split]) if split is not None else None
        laid.told[path] = Told(patient=None, study=private_text(path), split=part)
        laid.rows.append((0, path, (above[level],)))
    laid.list_paths("outside_layout", [one for one in pictures if one not in laid.told])
    return laid


def _levels(folders: Sequence[Sequence[str]], asked: int | None) -> tuple[int | None, int]:
    """Which folder of each path is the part of a split (None: none is), and which is the class;
    from 0. Raises UsageError."""
    if not folders:
        return None, 0
    depths = {len(one) for one in folders}
    shared = range(min(depths))
    split = next((at for at in shared if all(split_of(one[at]) for one in folders)), None)
    if asked is not None:
        if asked > max(depths):
            raise UsageError(
                f"--class-level {asked}: no picture has so many folders above it; the most is "
                f"{max(depths)}."
            )
        return split, asked - 1
    first = 0 if split is None else split + 1
    while (
        all(len(one) > first + 1 for one in folders) and len({one[first] for one in folders}) == 1
    ):
        first += 1  # a folder that holds everything is no class
    below = {max(0, depth - first) for depth in depths}
    if below == {1}:
        return split, first
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
