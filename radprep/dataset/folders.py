"""Folders of images: they come with their first image and go with their last.

A class is a folder below images/, and torchvision's ImageFolder ends with an error at a class that
has no image. Several processes write into one class folder at the same time: a folder that one of
them removes, because it was empty, may be wanted by another in that moment, which makes it again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from radprep.dataset.layout import DataSet, folders_in
from radprep.dataset.names import IMAGE_TREES

_TRIES = 100
"""How often a folder may go between the moment that it is made and the rename into it."""


def move_in(path: Path, target: Path) -> None:
    """Rename a file to its name in a folder, which is made where it is not there. Raises
    OSError."""
    for _ in range(_TRIES):
        # another process has removed the folder while it was empty: `mkdir` sees it there, or not
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            return
    path.replace(target)


def remove_empty(root: Path, folder: Path) -> None:
    """Remove a folder that is empty, and those above it that are empty then, up to root, which
    stays. One that another process has just removed counts as removed."""
    while folder != root and _goes(folder):
        folder = folder.parent


def sweep(data_set: DataSet) -> None:
    """Remove the folders of images that a killed run has left empty. Safe beside runs. What a link
    leads to is somebody else's."""
    root = data_set.root
    for top in (*data_set.image_tops(), "images", "masks"):
        # most studies have images, so to try costs one call a study, and to look would cost three
        for below in folders_in(root / top):
            for study in folders_in(root / top / below):
                _goes(root / top / below / study)
            _goes(root / top / below)
        _goes(root / top)


def empty_folders(data_set: DataSet) -> Iterator[Path]:
    """Each folder of images below which there is no file, without those that lie in another
    one."""
    holding: set[Path] = set()
    found: list[Path] = []
    for tree in IMAGE_TREES:
        for name, folders, files in os.walk(data_set.root / tree, topdown=False):
            folder = Path(name)
            below = (folder / one for one in folders)
            if files or any(path in holding or path.is_symlink() for path in below):
                holding.add(folder)
            else:
                found.append(folder)
    yield from (folder for folder in sorted(found) if folder.parent not in found)


def _goes(folder: Path) -> bool:
    """Remove a folder if it is empty; whether it is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
