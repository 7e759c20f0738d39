"""Which layout would fit a folder of pictures, by the names in it alone: a hint for a person, which
decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from radprep.errors import UsageError
from radprep.layouts.classes import lay_out as by_classes
from radprep.layouts.mura import is_of_mura
from radprep.layouts.names import words_of
from radprep.layouts.wanted import CLASSES, MURA, NAMES, TABLE, LayoutWanted
from radprep.text.classes import is_class

_LOOKED_AT = 2000
"""Pictures that are looked at, spread over all."""
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx")


def fitting_layout(pictures: Sequence[str], others: Sequence[str]) -> str:
    """The layout that the names speak for; `table` where none does. pictures: paths; others: those
    of the other files."""
    some = pictures[:: max(1, len(pictures) // _LOOKED_AT)]
    if sum(map(is_of_mura, some)) * 2 > len(some):
        return MURA
    if _are_classes(some):
        return CLASSES
    named = sum(any(map(_says_something, words_of(one.rpartition("/")[2]))) for one in some)
    has_table = any(one.lower().endswith(_TABLES) for one in others)
    return NAMES if named * 2 > len(some) and not has_table else TABLE


def layout_hint(pictures: Sequence[str], others: Sequence[str]) -> str:
    """A sentence on pictures that were found where DICOM files were asked for; empty where there
    are none."""
    if not pictures:
        return ""
    name = fitting_layout(pictures, others)
    how = {
        MURA: "",
        CLASSES: ", in which a folder is a label",
        NAMES: " with --label-map TEXT=LABEL, in which names of files hold labels",
        TABLE: " --table FILE, a CSV or Parquet file with a row for each picture",
    }[name]
    what = "1 file is a picture" if len(pictures) == 1 else f"{len(pictures):,} files are pictures"
    return (
        f"{what} (PNG, JPEG, TIFF, ...). To convert them instead of DICOM files, use --layout "
        f"{name}{how}."
    )


def _are_classes(pictures: Sequence[str]) -> bool:
    """Whether each picture stands in a folder whose name is plainly a class."""
    try:
        found = by_classes(pictures, LayoutWanted(CLASSES))
    except UsageError:
        return False
    return bool(found.rows) and all(is_class(text) for _, _, (text,) in found.rows)


def _says_something(word: str) -> bool:
    return not word.isdigit() and is_class(word)
