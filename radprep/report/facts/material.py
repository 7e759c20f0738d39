"""What the page is made from: the rows of a data set and, where they are given, those of the data
set it was made from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from radprep.dataset.counts import rows_by_study
from radprep.dataset.info import Info, read_complete, stages_up_to
from radprep.dataset.label_names import chosen_name, main_name
from radprep.dataset.labels import labels_in
from radprep.dataset.layout import DataSet
from radprep.dataset.patients import read_patients
from radprep.dataset.schema import KEPT, Row
from radprep.dataset.withheld import MARKED, family, whole_film, why_withheld, withheld_films
from radprep.errors import UsageError
from radprep.preprocess.preprocessing import source_name
from radprep.report.facts.provenance import Provenance, provenance_of
from radprep.stage.corrections import film_of, rejected_images, remembered
from radprep.text.small_file import opened, parse_json

COLUMNS = (
    "study_id",
    "patient_id",
    "instance_id",
    "source_id",
    "image_id",
    "file_name",
    "label",
    "labels",
    "image_labels",
    "split",
    "status",
    "reason",
    "step",
    "detail",
    "part",
    "part_count",
    "inverted",
    "inversion_confidence",
    "rotation_degrees",
    "rotation_confidence",
    "width",
    "height",
    "bits",
    "boxes",
    "pixel_hash",
    "body_part",
    "body_part_source",
    "body_part_score",
    "burned_in_risk",
    "perceptual_hash",
    "decisions",
    "history",
    "review",
    "Modality",
    "StudyDate",
    "PatientSex",
    "PatientAge",
    "Manufacturer",
    "ManufacturerModelName",
    "BodyPartExamined",
    "PhotometricInterpretation",
    "BitsStored",
    "Rows",
    "Columns",
)
"""Columns of instances.parquet that are read."""


@dataclass(frozen=True)
class RunSplit:
    """The split of a training run. parts: its parts in their order; by_image: image_id -> part;
    same: whether the run was made from the data set as it is now."""

    parts: Sequence[str]
    by_image: Mapping[str, str]
    same: bool


@dataclass(frozen=True)
class Material:
    """Two data sets, read.

    info, source_info: their dataset.json. rows: of the data set, study by study. films: image_id ->
    row of the kept images of the source; empty without one. seconds: how long the data set's logged
    runs took together; None without logs. rejected: images that a person rejected, as the data set
    remembers. show_marked: films that were kept although text may stand in their pixels are drawn,
    too. split: of a training run, where one is given. label: name of the label that stands in the
    column `label` of the rows; None where nobody knows it.
    """

    root: Path
    info: Info
    rows: list[Row]
    source: Path | None = None
    source_info: Info | None = None
    films: Mapping[str, Row] | None = None
    seconds: int | None = None
    rejected: Sequence[str] = ()
    show_marked: bool = False
    split: RunSplit | None = None
    label: str | None = None

    @property
    def label_counts(self) -> dict[str, int]:
        """Images by the label that is shown, "" for those without."""
        return dict(sorted(Counter(row["label"] or "" for row in self.kept).items()))

    @cached_property
    def own_labels(self) -> int:
        """Images whose label was given for the image itself, and not for its study."""
        return sum(
            row["label"] is not None and self.label in (row["image_labels"] or ())
            for row in self.kept
        )

    @property
    def counts(self) -> Mapping[str, Any]:
        """Counts of the data set, as dataset.json holds them."""
        counts: Mapping[str, Any] = self.info["counts"]
        return counts

    @cached_property
    def several_patients(self) -> Mapping[str, Sequence[str]]:
        """Studies whose films carry several patient_ids, each with these."""
        if not self.counts["studies_of_several_patients"]:
            return {}
        return read_patients(DataSet(self.root)).several

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """Name, version and parameters of the pipeline's steps; empty after convert."""
        return list(self.info["parameters"].get("pipeline", {}).get("steps", []))

    @property
    def step_names(self) -> list[str]:
        """Names of the steps that films went through since convert, each once, in order: those of
        the pipelines of earlier stages first."""
        stages = (one["parameters"] for one in stages_up_to(self.info))
        steps = (one.get("pipeline", {}).get("steps", []) for one in stages)
        return list(dict.fromkeys(step["name"] for found in steps for step in found))

    @property
    def pipeline_name(self) -> str | None:
        """Name of the pipeline; None after convert."""
        name: str | None = self.info["parameters"].get("pipeline", {}).get("name")
        return name

    @cached_property
    def provenance(self) -> Provenance:
        """What is known of how the data set was made."""
        return provenance_of(self.info, self.source_info)

    @cached_property
    def kept(self) -> list[Row]:
        """The rows that are images."""
        return [row for row in self.rows if row["status"] == KEPT]

    @cached_property
    def withheld(self) -> Mapping[str, str]:
        """Film, before anything was cut -> why the page shows no picture of it."""
        found = withheld_films(self.rows, self.rejected)
        return {film: why for film, why in found.items() if not self._is_shown_anyway(why)}

    def why_hidden(self, row: Row) -> str:
        """Why there is no picture of a row, or of the film that it was made from; "" where nothing
        hides them."""
        return self.withheld.get(whole_film(row["image_id"]), "") if row["image_id"] else ""

    def is_drawn(self, row: Row) -> bool:
        """Whether the page shows the image of a row. An image that was kept is shown, unless text
        may stand in its own pixels or a person rejects it from the next run on; the film that it
        was cut from may be hidden all the same."""
        if row["status"] != KEPT or not {*family(row["image_id"])}.isdisjoint(self.rejected):
            return False
        why = why_withheld(row)
        return why is None or self._is_shown_anyway(why)

    def _is_shown_anyway(self, why: str) -> bool:
        return self.show_marked and why == MARKED

    @cached_property
    def drawn(self) -> list[Row]:
        """The rows whose image the page shows."""
        return [row for row in self.kept if self.is_drawn(row)]

    def drawn_film_of(self, row: Row) -> Row | None:
        """The source's row that an image was made from, where the page may show its picture."""
        return None if self.why_hidden(row) else self.film_of(row)

    def film_of(self, row: Mapping[str, Any]) -> Row | None:
        """The source's row that an image, or a part of it, was made from; None without a source."""
        films = self.films or {}
        named = film_of(row["image_id"] or "", films)
        return None if named is None else films[named]


def read_material(
    root: Path, source: Path | None, *, show_marked: bool = False, label: str | None = None
) -> Material:
    """Read a data set and its source. Raises UsageError where one is not complete, or the second is
    not what the first was made from. show_marked: as in Material; label: name of the label to show,
    the main one if it is None."""
    info = _complete_info(root)
    name = chosen_name(root, info, label)
    source_info = _source_info(root, info, source) if source else None
    rows = list(_rows(root))
    if name != main_name(info):
        for row in rows:
            row["label"] = labels_in(row["labels"]).get(name or "")
    films = (
        {row["image_id"]: row for row in _rows(source) if row["status"] == KEPT} if source else None
    )
    rejected = rejected_images(remembered(DataSet(root)))
    seconds = logged_seconds(root)
    return Material(
        *(root, info, rows, source, source_info, films, seconds, rejected, show_marked), label=name
    )


def logged_seconds(root: Path) -> int | None:
    """Seconds that the runs in logs/ took together; None where there are none."""
    spans = [_span(path) for path in sorted(DataSet(root).logs.glob("run-*.jsonl"))]
    return sum(spans) if spans else None


_MOST_LOG, _MOST_LINE = 2**32, 2**16
"""Bytes of a log, and of a line that is parsed."""


def _span(path: Path) -> int:
    times = []
    with opened(path, _MOST_LOG) as handle:
        for line in iter(lambda: handle.readline(_MOST_LINE), b""):
            try:
                times.append(datetime.fromisoformat(parse_json(line)["time"]).astimezone(UTC))
            except (ValueError, KeyError, TypeError, OverflowError):
                continue  # a run that was killed may leave half a line
    return round((max(times) - min(times)).total_seconds()) if times else 0


def _complete_info(root: Path) -> Info:
    if not root.is_dir():
        raise UsageError(
            f"There is no folder {root}. Give a data set made by `radprep convert` or `radprep "
            "preprocess`."
        )
    return read_complete(DataSet(root))


def _source_info(root: Path, info: Info, source: Path) -> Info:
    wanted = info["parameters"].get("source_fingerprint")
    if info["stage"] != "preprocess":
        raise UsageError(
            f"{root} was made by `radprep {info['stage']}`, from no data set: leave --source out."
        )
    found = _complete_info(source)
    if found["fingerprint"] != wanted:
        is_other = source_name(found) != info["made_from"].get("source")
        raise UsageError(_other_source(root, source) if is_other else _changed(root, source))
    return found


def _other_source(root: Path, source: Path) -> str:
    return (
        f"{source} is not what {root} was made from. Give the data set that `radprep preprocess` "
        "was given."
    )


def _changed(root: Path, source: Path) -> str:
    """What to do where the source is another than when the data set was made from it."""
    absent = len({*DataSet(root).study_ids()}.difference(DataSet(source).study_ids()))
    gone = (
        f" {root} still has studies that {source} no longer has ({absent}): they stay, or go with "
        "--prune."
        if absent
        else ""
    )
    return (
        f"{source} has changed since {root} was made from it. Run `radprep preprocess {source} "
        f"{root}` again with the same pipeline, which brings {root} up to date; then make the page."
        f"{gone}"
    )


def _rows(root: Path) -> Iterator[Row]:
    """The rows of a data set. The patient_id of patients who share studies is that of one of them
    (see `dataset/patients.py`), so that whatever is told by patient tells of one."""
    try:
        first = read_patients(DataSet(root)).groups.mapping()
        for study in rows_by_study(DataSet(root), list(COLUMNS)):
            for row in study if first else ():
                row["patient_id"] = first.get(row["patient_id"], row["patient_id"])
            yield from study
    except OSError:
        raise UsageError(
            f"{DataSet(root).instances} cannot be read. Run the command that made the data set "
            "again."
        ) from None


def decisions_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What each step saw and decided."""
    found: dict[str, Any] = json.loads(row["decisions"] or "{}")  # its form was checked when read
    return found


def unique(rows: Iterable[Row], value_of: Callable[[Row], Any]) -> list[Row]:
    """The first row of each value, such as that of a column."""
    found: dict[Any, Row] = {}
    for row in rows:
        found.setdefault(value_of(row), row)
    return list(found.values())
