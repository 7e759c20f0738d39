"""The images of a data set as samples of a classifier. Only instances.parquet says what there is;
no folder is listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from radprep.dataset import checked
from radprep.dataset.image_file import read_image
from radprep.dataset.info import read_complete
from radprep.dataset.label_names import chosen_name
from radprep.dataset.labels import labels_in
from radprep.dataset.layout import DataSet
from radprep.dataset.patients import COLUMNS, PatientGroups, Patients
from radprep.dataset.schema import KEPT, arrow_schema
from radprep.errors import UsageError
from radprep.image.image import Pixels
from radprep.train.data.classes import UNLABELLED, Classes, settle_classes

UNKNOWN = -1
"""The label of a sample of which nobody said what it is."""


class _Row(TypedDict):
    """The columns of instances.parquet that are read here. Only a file that could not be used, and
    an image that was rejected, may lack some of them."""

    image_id: str | None
    study_id: str | None
    patient_id: str | None
    label: str | None
    labels: str | None
    status: str | None
    file_name: str | None


@dataclass(frozen=True)
class Sample:
    """One image. label: 1 is the positive class, 0 the negative one, UNKNOWN none. file: its PNG.
    group: the patient's group, named by one of its patients (see `dataset/patients.py`): whatever
    is done by patient is done by it; empty: the patient alone."""

    image_id: str
    study_id: str
    patient_id: str
    label: int
    file: Path
    group: str = ""

    @property
    def person(self) -> str:
        """Whose the image is for a split and for a resample: the group."""
        return self.group or self.patient_id


def fingerprint(root: Path) -> str:
    """Names the contents of a complete data set. Raises UsageError where there is none, or it is
    not complete."""
    return read_complete(DataSet(root))["fingerprint"]


def name_of_label(root: Path, wanted: str | None) -> str:
    """Name of the label to learn or to ask for: the one that a person names, else the main one; ""
    where the data set does not say. Raises UsageError for a label that no image has."""
    return chosen_name(root, read_complete(DataSet(root)), wanted) or ""


def read_samples(
    root: Path, positive: str, negative: Sequence[str] = (), name: str = ""
) -> list[Sample]:
    """The kept images of both classes, in the order of image_id; see `read_classes`. Raises
    UsageError as it does."""
    return read_classes(root, positive, negative, name)[1]


def read_classes(
    root: Path, positive: str, negative: Sequence[str] = (), name: str = ""
) -> tuple[Classes, list[Sample]]:
    """The labels of both classes, and the kept images of either, in the order of image_id.
    negative: the labels of the negative class; may be empty where the data set has two labels.
    name: see `name_of_label`; "" for the label of the folders.

    Raises UsageError where there is nothing to tell apart, or nobody has said what is negative.
    """
    rows = [(row, _label(row, name)) for row in _kept(root)]
    studies: dict[str, set[str]] = defaultdict(set)
    for row, label in rows:
        studies[label or UNLABELLED].add(str(row["study_id"]))
    counts = {label: len(found) for label, found in studies.items()}
    classes = settle_classes(root, counts, positive, negative)
    groups = patient_groups(root)
    numbered = ((row, classes.number(label)) for row, label in rows)
    samples = [_sample(root, row, number, groups) for row, number in numbered if number is not None]
    return classes, samples


def _label(row: _Row, name: str) -> str | None:
    """The label of this name that an image has; "" for that of its folder."""
    return labels_in(row["labels"]).get(name) if name else row["label"]


def read_unlabelled(root: Path) -> list[Sample]:
    """Every kept image, in the order of image_id, all with the label UNKNOWN: for predictions."""
    groups = patient_groups(root)
    return [_sample(root, row, UNKNOWN, groups) for row in _kept(root)]


def patient_groups(root: Path) -> PatientGroups:
    """Which patients of a data set belong together. Raises UsageError."""
    return Patients.of_table(_read(root, COLUMNS)).groups


def read_columns(root: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Columns of instances.parquet for the kept images, indexed by image_id. Raises UsageError for
    a column that is not there."""
    names = arrow_schema().names
    missing = [column for column in columns if column not in names]
    if missing:
        raise UsageError(
            f"{root}/instances.parquet has no column {missing[0]!r}. `radprep columns` lists its "
            "columns."
        )
    wanted = list(dict.fromkeys(["image_id", "status", *columns]))
    found: pd.DataFrame = _read(root, wanted).to_pandas()
    return found.loc[found["status"] == KEPT].set_index("image_id")[list(columns)].sort_index()


def read_texts(root: Path, column: str) -> dict[str, str]:
    """image_id -> the value of a column as text, for the kept images that have one. Raises
    UsageError as `read_columns` does."""
    values = read_columns(root, [column])[column].dropna()
    return {str(image_id): str(value) for image_id, value in values.items()}


def read_pixels(file: Path) -> NDArray[np.uint8]:
    """Grey values of an image, uint8, shape (h, w); of 16 bits the upper 8. Raises UsageError where
    the file is missing or damaged."""
    try:
        pixels: Pixels = read_image(file)
    except OSError:
        raise UsageError(
            f"The image {file.name} is missing. `radprep verify DATASET --repair` queues what to "
            "make again."
        ) from None
    except ValueError as error:
        raise UsageError(
            f"The image {file.name} cannot be used: {error}. `radprep verify DATASET --repair` "
            "queues what to make again."
        ) from None
    return np.asarray(pixels >> 8 if pixels.dtype == np.uint16 else pixels, dtype=np.uint8)


def labels_by_study(samples: Sequence[Sample], places: Iterable[Sequence[int]]) -> list[int]:
    """The label of each study, by the places of its images among the samples: a study is positive
    where one of its images is. UNKNOWN where nobody said what they are."""
    return [max(samples[place].label for place in found) for found in places]


def by_study(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """The samples of each study, both in the order of their ids."""
    ordered = sorted(samples, key=lambda sample: (sample.study_id, sample.image_id))
    return {
        study_id: list(found)
        for study_id, found in groupby(ordered, key=lambda sample: sample.study_id)
    }


def _table(root: Path) -> Path:
    return DataSet(root).instances


def _kept(root: Path) -> list[_Row]:
    """The rows of kept images, in the order of image_id."""
    fingerprint(root)
    rows: list[_Row] = _read(root, list(_Row.__annotations__)).to_pylist()
    return sorted(
        (row for row in rows if row["status"] == KEPT), key=lambda row: str(row["image_id"])
    )


def _read(root: Path, columns: Sequence[str]) -> pa.Table:
    """Checked columns of instances.parquet. Raises UsageError."""
    try:
        return checked.read_columns(DataSet(root).within(_table(root)), columns)
    except OSError:
        raise UsageError(
            f"{_table(root)} is missing or damaged. Run the command that made the data set again: "
            "it is rebuilt."
        ) from None


def _sample(root: Path, row: _Row, label: int, groups: PatientGroups) -> Sample:
    return Sample(
        str(row["image_id"]),
        str(row["study_id"]),
        str(row["patient_id"]),
        label,
        DataSet(root).file(str(row["file_name"])),
        groups.of(str(row["patient_id"])),
    )
