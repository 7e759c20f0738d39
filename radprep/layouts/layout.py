"""The table of layouts: what each makes of the pictures of a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from radprep.errors import UsageError
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


LABELS = {MURA: mura.COLUMN, CLASSES: classes.COLUMN, NAMES: names.COLUMN}
"""What the one label of a layout is called, unless a person says otherwise."""


def with_name_of_label(wanted: LayoutWanted, columns: Sequence[str]) -> LayoutWanted:
    """The same with another name for its one label. columns: `--label-column`, each
    `LABEL=NAME`. Raises UsageError where that names no label of the layout."""
    own = LABELS[wanted.name]
    named = [text.rpartition("=") for text in columns]
    if len(named) != 1 or named[0][0].strip().lower() != own or not named[0][2].strip():
        raise UsageError(
            f"--layout {wanted.name} tells one label, {own}: --label-column {own}=NAME calls it "
            "otherwise. For labels of a file give --labels FILE."
        )
    return replace(wanted, label=named[0][2].strip())


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
    if wanted.label and laid.columns:
        laid.columns = (f"{laid.columns[0]}={wanted.label}",)
    if wanted.body_part:
        for path, told in laid.told.items():
            laid.told[path] = replace(told, body_part=told.body_part or wanted.body_part)
    return laid
