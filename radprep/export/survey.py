"""What an export will hold, by one look through the table, before anything is written: counts,
classes, and which studies go into which shard."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from radprep.dataset.boxes import boxes_in
from radprep.dataset.entries import MOST_NAMES_OF_SET
from radprep.dataset.labels import labels_in
from radprep.errors import UsageError
from radprep.export.film import Film, Selection
from radprep.export.options import PARTS, ExportOptions

_MOST_NAMES = 10_000
"""Classes of a label, or of boxes: more is no label."""
MOST_OF_A_SHARD = 5_000
"""Films of a shard, however small they are: their rows are in memory together."""


class StudySize(NamedTuple):
    """A study, its films, and the bytes of their pixels as they are exported."""

    study_id: str
    films: int
    pixel_bytes: int


@dataclass
class Survey:
    """What an export will hold.

    kept: films of the data set; films: those that are exported; left_out: why -> others; by_part:
    part -> films, None for those in no part; classes: what the main label says anywhere in the data
    set, in order, so that a class has one number in every part; label_names: of all labels;
    box_labels: what boxes are drawn around; by_label: what the main label says -> films exported;
    boxes, masks: of the films exported; deep: films of 16 bits; longest:
    side of an image as it is exported, pixels; several_parts: patients that stand
    in more than one part.
    """

    kept: int = 0
    films: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    by_part: Counter[str | None] = field(default_factory=Counter)
    by_label: Counter[str | None] = field(default_factory=Counter)
    classes: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()
    box_labels: tuple[str, ...] = ()
    boxes: int = 0
    masks: int = 0
    deep: int = 0
    longest: int = 0
    several_parts: int = 0
    sizes: dict[str | None, list[StudySize]] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str | None, ...]:
        """The parts that films stand in: training, validation, holdout, None for no part."""
        return tuple(part for part in (*PARTS, None) if part in self.sizes)

    def lost(self, film: Film) -> None:
        """Take a film that could not be read from the counts of what is written."""
        self.by_part[film.part] -= 1
        self.by_label[film.label] -= 1
        self.boxes -= len(film.boxes)
        self.masks -= film.has_mask

    def shards(self, part: str | None, most_bytes: int) -> list[list[StudySize]]:
        """The studies of a part in shards: no study lies in two of them, and none holds more bytes
        of pixels than most_bytes, or more than MOST_OF_A_SHARD films, unless it is one study."""
        found: list[list[StudySize]] = []
        films = weight = 0
        for study in self.sizes.get(part, []):
            films, weight = films + study.films, weight + study.pixel_bytes
            if not found or weight > most_bytes or films > MOST_OF_A_SHARD:
                found.append([])
                films, weight = study.films, study.pixel_bytes
            found[-1].append(study)
        return found


def survey(selection: Selection, options: ExportOptions) -> Survey:
    """Look through the kept rows of a data set. Raises UsageError where the table is damaged."""
    found = Survey()
    classes: set[str] = set()
    box_labels: set[str] = set()
    names: set[str] = set()
    parts_of: dict[str, set[str]] = {}
    for row in selection.kept_rows():
        found.kept += 1
        names.update(labels_in(row["labels"]))
        if len(names) > MOST_NAMES_OF_SET:
            raise UsageError(
                f"The films of the data set have more than {MOST_NAMES_OF_SET:,} different labels, "
                "and each becomes a column. Convert again with the labels that matter."
            )
        label = selection.label_of(row)
        classes.update([label] if label else [])
        boxes = boxes_in(row["boxes"])
        box_labels.update(box.label for box in boxes)
        _check_number(classes, "The films", "Name another one with --label")
        _check_number(box_labels, "The boxes", "Convert with --box-map TEXT=LABEL for each text")
        part = selection.part_of_row(row)
        if part:
            parts_of.setdefault(row["patient_id"] or row["study_id"], set()).add(part)
        why = selection.why_left_out(row)
        if why:
            found.left_out[why] += 1
            continue
        found.films += 1
        found.by_part[part] += 1
        found.by_label[label] += 1
        found.boxes += len(boxes)
        found.masks += row["mask_file_name"] is not None
        found.deep += row["bits"] > 8
        size = options.scaled(row["width"], row["height"])
        found.longest = max(found.longest, *size)
        each = 2 if row["bits"] > 8 and options.jpeg is None else 1
        _add(found.sizes.setdefault(part, []), row["study_id"], each * size[0] * size[1])
    found.classes, found.box_labels = tuple(sorted(classes)), tuple(sorted(box_labels))
    found.label_names = tuple(sorted(names))
    found.several_parts = sum(len(parts) > 1 for parts in parts_of.values())
    return found


def _add(sizes: list[StudySize], study_id: str, pixel_bytes: int) -> None:
    """Count a film to its study, which is the last one, or a new one."""
    films = 0
    if sizes and sizes[-1].study_id == study_id:
        _, films, before = sizes.pop()
        pixel_bytes += before
    sizes.append(StudySize(study_id, films + 1, pixel_bytes))


def _check_number(names: set[str], what: str, cure: str) -> None:
    """Raise UsageError where names are too many. what: whose they are; cure: what to do."""
    if len(names) > _MOST_NAMES:
        raise UsageError(
            f"{what} of the data set have more than {_MOST_NAMES:,} labels, which is no list of "
            f"classes. {cure}, and export again."
        )
