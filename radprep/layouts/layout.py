"""The table of layouts: what each makes of the pictures of a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from radprep.layouts import classes, mura, names, table
from radprep.layouts.told import LaidOut, Told, with_own_studies
from radprep.layouts.wanted import CLASSES, MURA, NAMES, TABLE, LayoutWanted

_Layout = Callable[[Path, Sequence[str], Sequence[str], LayoutWanted], LaidOut]

_TABLE_OF_LAYOUTS: Mapping[str, _Layout] = {
    MURA: mura.lay_out,
    CLASSES: lambda _dump, pictures, _others, wanted: classes.lay_out(pictures, wanted),
    NAMES: lambda _dump, pictures, _others, wanted: names.lay_out(pictures, wanted),
    TABLE: lambda _dump, pictures, _others, wanted: table.lay_out(pictures, wanted),
}


def lay_out(
    dump: Path, pictures: Mapping[str, str], others: Sequence[str], wanted: LayoutWanted
) -> LaidOut:
    """What a layout tells of each picture. pictures: their paths in the dump, in order, with the
    hashes of their bytes; others: the paths of its other files that lie on the disk. Raises
    UsageError."""
    if wanted.tells_nothing:
        laid = LaidOut(told=dict.fromkeys(pictures, Told(None)))
    else:
        laid = _TABLE_OF_LAYOUTS[wanted.name](dump, list(pictures), others, wanted)
    laid.told = with_own_studies(laid.told, pictures)
    if wanted.body_part:
        for path, told in laid.told.items():
            laid.told[path] = replace(told, body_part=told.body_part or wanted.body_part)
    return laid
