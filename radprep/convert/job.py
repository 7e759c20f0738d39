"""The work on one study of a dump, and what one of its files became."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radprep.convert.whose import Named
from radprep.dataset.labels import StudyLabels
from radprep.dataset.schema import KEPT, Row
from radprep.dicom.files import FoundFile
from radprep.layouts.told import Told
from radprep.private.identifiers import Identifiers
from radprep.stage.corrections import Corrections

STEP = "convert"
"""Stands in the column `step` of what this stage rejects or fails."""
CONSTANT = f"{STEP}:constant_image"
"""The mark of an image all pixels of which are equal."""

_BYTES_A_FILE = 100_000
"""Opening a file and writing its image takes about as long as reading and decoding so many bytes
more."""


def set_marks(row: Row, marks: Mapping[str, bool]) -> None:
    """Give a row each of some review marks, last, or take it away, whatever an earlier run has
    decided. marks: code -> whether the row has it."""
    others = [mark for mark in row["review"] if mark not in marks]
    row["review"] = [*others, *(mark for mark, is_given in marks.items() if is_given)]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the dump under its source_id. delivery: the number of the dump; named: the patient
    whom the other films of its study name, where it names none itself; told: what a layout tells of
    a picture, which is converted only then."""

    file: FoundFile
    source_id: str
    delivery: int
    named: Named | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class ConvertJob:
    """One study: its files in the dump, the sources that are absent from the dump and stay, its
    labels (None: those that its rows have), the files of forgotten patients, which are counted
    and never opened (all of them are in the study `unassigned`), what a person corrects in it, and
    what files of boxes say of its films (see `boxes_given.OfStudy`)."""

    study_id: str
    files: tuple[Source, ...]
    staying: frozenset[str] = frozenset()
    labels: StudyLabels | None = None
    forgotten: tuple[Source, ...] = ()
    corrections: Corrections = field(default_factory=dict)
    boxes: Mapping[str, str] = field(default_factory=dict)

    def main_label(self, source: Source) -> str | None:
        """The label that names the folder of the images of a file."""
        return self.labels.of(source.source_id).label if self.labels else None

    @property
    def is_elsewhere(self) -> bool:
        """Whether nothing of the study is in the dump."""
        return bool(self.staying) and not self.files and not self.forgotten

    @property
    def weight(self) -> int:
        """About how much work it is: bytes to read."""
        return sum(max(one.file.size, 0) + _BYTES_A_FILE for one in self.files)


@dataclass
class Converted:
    """What one file became: its identifiers (private), its rows, a staged PNG for each row that has
    one, and the hashes of the images that a person rejected, of which its rows keep nothing."""

    identifiers: Identifiers
    rows: list[Row]
    staged: list[Path] = field(default_factory=list)
    rejected_pixels: list[str] = field(default_factory=list)

    @property
    def pixels(self) -> tuple[str, ...]:
        """Hashes of its images; empty where it gave none."""
        return tuple(row["pixel_hash"] for row in self.rows if row["status"] == KEPT)

    @property
    def seen(self) -> tuple[str, ...]:
        """Hashes of all images by which the file is known again, in order; empty where it shows
        nothing: images of one grey are equal, whatever film they were."""
        kept = [row for row in self.rows if row["status"] == KEPT]
        if kept and all(CONSTANT in row["review"] for row in kept):
            return ()
        return tuple(sorted((*self.pixels, *self.rejected_pixels)))
