"""The files of a folder of annotations, in order and within bounds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from radprep.errors import UsageError

MOST_FILES = 1_000_000


def files_below(path: Path, suffix: str) -> Iterator[tuple[str, Path]]:
    """The files below a folder whose names end so, in order: the folder of each below it, with `/`
    at its end or empty, and its path. Links are not followed, and what begins with a point is left
    out. Raises UsageError where there are too many files."""
    seen = 0
    for name, folders, files in os.walk(path):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        below = Path(name).relative_to(path).as_posix()
        seen += len(files)
        if seen > MOST_FILES:
            raise UsageError(
                f"{path} holds more than {MOST_FILES:,} files. Give the folder of the annotations "
                "alone with --boxes."
            )
        for file in sorted(files):
            if file.lower().endswith(suffix) and not file.startswith("."):
                yield "" if below == "." else f"{below}/", Path(name, file)


def places_of(folder: str, names: tuple[str, ...], instead: str) -> tuple[str, ...]:
    """Where the pictures may stand whose annotations stand in a folder, the likeliest first: with
    its part of one of these names changed to `instead`, without that part, or behind that part.
    Annotations often stand in a folder beside that of the pictures, with the same folders in
    both."""
    parts = folder.split("/")
    found = [number for number, part in enumerate(parts) if part.lower() in names]
    if not found:
        return (folder,)
    before, behind = parts[: found[-1]], parts[found[-1] + 1 :]
    ways = ([*before, instead, *behind], [*before, *behind], behind)
    return tuple(dict.fromkeys("/".join(way) for way in ways))
