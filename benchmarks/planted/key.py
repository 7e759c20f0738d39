"""The answer key: what was planted where, and what must become of it.

The categories are those of MIDI-B (Rutherford et al. 2025, the Medical Image De-Identification
Benchmark), which scores each by the share of right answers, and places of our own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

ATTRIBUTE = "identifying attribute removed"
TIME = "date or time of a person removed"
NUMBER = "record number in a number removed"
DESCRIPTOR = "name in a text that is kept removed"
PRIVATE = "private attribute removed"
NESTED = "nested attribute removed"
OUTSIDE = "bytes outside the attributes removed"
FILE_NAME = "name of a file or folder removed"
LABEL = "key or note of the labels removed"
UID = "UID replaced"
PATIENT = "patient ID replaced, one for each patient"
STUDY = "study ID replaced, one for each study"
SHIFTED = "date moved, by one shift for each patient"
IMPOSSIBLE = "impossible date removed"
OLD = "age over 89 not to be told"
KEPT = "attribute kept"
BARE = "picture carries pixels alone"
PIXELS_KEPT = "pixels kept"
PIXELS_HIDDEN = "text in the pixels hidden or marked"

HEADERS = (
    ATTRIBUTE,
    TIME,
    NUMBER,
    DESCRIPTOR,
    PRIVATE,
    NESTED,
    OUTSIDE,
    FILE_NAME,
    LABEL,
    UID,
    PATIENT,
    STUDY,
    SHIFTED,
    IMPOSSIBLE,
    OLD,
    KEPT,
    BARE,
)
"""Categories of what a file says beside its pixels: here every answer must be right."""
OF_WHOLE_FILMS = (SHIFTED, OLD, KEPT, PIXELS_KEPT, PIXELS_HIDDEN)
"""Categories that a file that was cut off has no answers in: nothing of it need stay."""
PIXELS = (PIXELS_KEPT, PIXELS_HIDDEN)
"""Categories of the pixels."""


@dataclass(frozen=True)
class Answer:
    """One planted thing. film: its file's path below the dump, "" where it is of no film;
    patient: the PatientID; place: a keyword, or words; category: one of the above; value: as it was
    planted, in JSON where it is no text."""

    film: str
    patient: str
    place: str
    category: str
    value: str


def write_key(path: Path, answers: Iterable[Answer]) -> None:
    """A line of JSON for each answer."""
    path.write_text(
        "".join(f"{json.dumps(asdict(one), ensure_ascii=False)}\n" for one in answers),
        encoding="utf-8",
    )


def read_key(path: Path) -> list[Answer]:
    """What `write_key` wrote."""
    return [Answer(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


REMOVED = (
    ATTRIBUTE,
    TIME,
    PRIVATE,
    NESTED,
    OUTSIDE,
    FILE_NAME,
    LABEL,
    UID,
)
"""Categories of what must be found nowhere in what leaves."""
