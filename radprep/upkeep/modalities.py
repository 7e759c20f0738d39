"""What an inspection says of modalities: which are converted, and which can be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from radprep.dicom.modality import FILMS
from radprep.upkeep.table import Rows, counted

TYPED = ("name", "count", "read_as")
"""Columns of what was typed into Modality."""

_NOTES = {
    "no": "Those with `no` are converted with --modality and their name.",
    "no pixels": "Those with `no pixels` hold no image.",
}
_EMPTY = "(empty)"


def modality_rows(files: Mapping[str, int], images: Mapping[str, int]) -> Rows:
    """Modality, how many files have it, and whether convert takes them. images: how many of the
    files hold an image."""
    return [
        (name, count, ("yes" if name in FILMS else "no") if images.get(name) else "no pixels")
        for name, count in counted(files)
    ]


def notes_of(rows: Iterable[tuple[Any, ...]]) -> str:
    """The sentences below such rows."""
    said = {row[-1] for row in rows}
    return " ".join(note for word, note in _NOTES.items() if word in said)


def typed_rows(typed: Mapping[tuple[str, str], int]) -> Rows:
    """Text, how many files have it, and the modality that it was read as."""
    return [(text or _EMPTY, count, read_as) for (text, read_as), count in counted(typed)]
