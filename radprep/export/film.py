"""A film as an export hands it out, and which films of a data set are handed out at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from radprep.dataset.boxes import Box, boxes_in, scaled
from radprep.dataset.checked import damaged, read_batches
from radprep.dataset.labels import labels_in
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import KEPT, Row
from radprep.dataset.withheld import BY_PERSON, MARKED, family, why_withheld
from radprep.errors import UsageError
from radprep.export.options import HOLDOUT, TRAINING, VALIDATION

OTHER_PART, NO_PART, NO_LABEL = "other_part", "no_part", "no_label"
NO_BOXES, NO_CLASS, NO_BODY_PART = "no_boxes", "no_class", "no_body_part"
"""Why a kept film is left out: it stands in another part than the one asked for, or in none; or the
format needs what nobody has said of it. BY_PERSON and MARKED are those of withheld.py."""

WHY_LEFT_OUT = {
    OTHER_PART: "in another part of the split",
    NO_PART: "in no part of the split",
    NO_LABEL: "without the label, which the format needs",
    NO_BOXES: "of which nobody has said whether there are boxes, which the format needs",
    NO_CLASS: "of neither class, which the format needs",
    NO_BODY_PART: "of no single body part, which the format needs",
    BY_PERSON: "rejected by a person from the next run on",
    MARKED: "text may stand in their pixels (look at them, and correct `burned_in` to none or to "
    "the boxes to paint over; the extra `ocr` doubts fewer; --with-marked exports them all, too)",
}
"""The same in words."""

Unfit = Callable[[Row], str | None]
"""Says of a row, by the columns that decide, why its film is left out; None where it is not."""

_OF_COLUMN = {"training": TRAINING, "validation": VALIDATION, "test": HOLDOUT}
"""What the column `split` calls the parts."""

_DECIDING = (
    "study_id",
    "image_id",
    "patient_id",
    "status",
    "reason",
    "burned_in_risk",
    "label",
    "labels",
    "split",
    "boxes",
    "body_part",
    "width",
    "height",
    "bits",
    "mask_file_name",
)
"""The columns that say whether a film is exported, and what there is of it."""


@dataclass(frozen=True)
class Film:
    """One image of a data set. row: all its columns; labels: name -> label; label: what the main
    label says, None where nothing; boxes: as they lie on the image of the data set, in pixels;
    part: training, validation or holdout, None where nobody says."""

    row: Row
    labels: Mapping[str, str]
    label: str | None
    boxes: tuple[Box, ...]
    part: str | None

    @property
    def image_id(self) -> str:
        """Pseudonym of the image."""
        return self.row["image_id"]

    @property
    def study_id(self) -> str:
        """Pseudonym of the study."""
        return self.row["study_id"]

    @property
    def has_mask(self) -> bool:
        """Whether a step made a mask of it."""
        return self.row["mask_file_name"] is not None

    @property
    def knows_boxes(self) -> bool:
        """Whether somebody has looked for boxes on it: then no box means that there is nothing."""
        return self.row["boxes"] is not None

    @property
    def place(self) -> str:
        """Where its files stand below a folder, without a suffix: `ab/STUDY/IMAGE`. Made of
        pseudonyms alone."""
        return f"{self.study_id[:2]}/{self.study_id}/{self.image_id}"

    def boxes_at(self, scale: tuple[float, float]) -> tuple[Box, ...]:
        """The boxes on the image as it is exported. scale: `Encoded.scale`, across and down."""
        return tuple(scaled(box, *scale) for box in self.boxes)


@dataclass(frozen=True)
class Selection:
    """Which films are exported. name: of the main label, None for that of the folders; part: the
    one asked for, None for all; part_of: image_id -> part by a run, None for the column `split`;
    rejected: images that a person rejects from the next run on; unfit: why a row's film has no
    place in the format, one of WHY_LEFT_OUT, None where it has."""

    data_set: DataSet
    name: str | None
    part: str | None
    part_of: Mapping[str, str] | None
    rejected: Sequence[str] = ()
    with_marked: bool = False
    needs_label: bool = False
    unfit: Unfit = lambda row: None

    def part_of_row(self, row: Row) -> str | None:
        """The part that a row stands in."""
        if self.part_of is not None:
            return self.part_of.get(row["image_id"])
        return _OF_COLUMN.get(row["split"] or "")

    def label_of(self, row: Row) -> str | None:
        """What the main label says of a row."""
        return labels_in(row["labels"]).get(self.name) if self.name else row["label"]

    def why_left_out(self, row: Row) -> str | None:
        """Why a kept film is not exported; None where it is."""
        if not {*family(row["image_id"])}.isdisjoint(self.rejected):
            return BY_PERSON
        withheld = why_withheld(row)
        if withheld and not (withheld == MARKED and self.with_marked):
            return withheld
        part = self.part_of_row(row)
        if self.part and part != self.part:
            return OTHER_PART if part else NO_PART
        if self.needs_label and self.label_of(row) is None:
            return NO_LABEL
        return self.unfit(row)

    def film(self, row: Row) -> Film:
        """The film of a whole row."""
        return Film(
            row,
            labels_in(row["labels"]),
            self.label_of(row),
            tuple(boxes_in(row["boxes"])),
            self.part_of_row(row),
        )

    def kept_rows(self) -> Iterator[Row]:
        """The deciding columns of every kept row. Raises UsageError where the table is damaged."""
        table = self.data_set.within(self.data_set.instances)
        for batch in read_batches(table, _DECIDING, rows=10_000):
            rows = cast(list[Row], batch.to_pylist())
            yield from (row for row in rows if row["status"] == KEPT)

    def films_of(self, part: str | None) -> Iterator[Film]:
        """The films of one part, None for those in no part, as `films` gives them."""
        return (film for film in self.films() if film.part == part)

    def films(self) -> Iterator[Film]:
        """The films that are exported, in the order of study and image, read from instances.parquet
        bit by bit."""
        table = self.data_set.within(self.data_set.instances)
        last = ""
        waiting: list[Row] = []
        for batch in read_batches(table):
            for row in self._wanted(batch):
                if waiting and waiting[0]["study_id"] != row["study_id"]:
                    yield from self._of_study(waiting)
                    last, waiting = waiting[0]["study_id"], []
                if row["study_id"] <= last:
                    raise UsageError(damaged(table))  # a study in two places: names would clash
                waiting.append(row)
        yield from self._of_study(waiting)

    def _wanted(self, batch: pa.Table) -> list[Row]:
        deciding = cast(list[Row], batch.select(_DECIDING).to_pylist())
        places = [
            place
            for place, row in enumerate(deciding)
            if row["status"] == KEPT and self.why_left_out(row) is None
        ]
        return cast(list[Row], batch.take(places).to_pylist()) if places else []

    def _of_study(self, rows: list[Row]) -> Iterator[Film]:
        ids = {row["image_id"] for row in rows}
        if len(ids) < len(rows):
            raise UsageError(damaged(self.data_set.instances))
        for row in sorted(rows, key=lambda row: row["image_id"]):
            yield self.film(row)
