"""Who is trained on, who is chosen by, and who is kept aside: splits by patient, in splits.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final, Literal, TypedDict

import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from radprep.dataset.keys import key_of
from radprep.errors import UsageError
from radprep.text.csv_file import read_lines, shortened, write_file
from radprep.text.small_file import read_small
from radprep.text.splits import TEST, split_in
from radprep.train.data.samples import Sample

Split = Literal["training", "validation", "holdout"]
"""The sides that a patient may stand on."""

TRAINING: Final = "training"
VALIDATION: Final = "validation"
HOLDOUT: Final = "holdout"

SPLITS: tuple[Split, ...] = (TRAINING, VALIDATION, HOLDOUT)
"""In the order of privilege: where two sides cannot both keep a patient, the earlier one does."""

FILE_NAME = "splits.csv"
_MOST_BYTES = 512_000_000

_COLUMNS = ("patient_id", "study_id", "image_id", "label", "split", "patient_group")
BY_PATIENT = ("patient_id", "patient_group")
"""The columns of splits.csv that name patients."""
_KEYS = ("image_id", "study_id", "patient_id")


class Balance(TypedDict):
    """How many there are of what in a split."""

    patients: int
    studies: int
    positive_studies: int
    images: int
    positive_images: int


@dataclass(frozen=True)
class Splits:
    """The split of each image, and the group of each patient: patients of one group may not be
    parted.

    split: image_id -> split; images without an entry are left out. group: patient_id -> name of its
    group.
    """

    split: Mapping[str, Split]
    group: Mapping[str, str]

    def part(self, samples: Iterable[Sample], *names: Split) -> list[Sample]:
        """The samples of some splits, in their order."""
        return [sample for sample in samples if self.split.get(sample.image_id) in names]


def split_by_hash(
    samples: Iterable[Sample], seed: int, validation: float, holdout: float
) -> dict[str, Split]:
    """image_id -> split. The place of a group of patients depends on its name, the seed and the
    shares alone, so adding studies moves nobody whom they do not tie to another patient; the
    balance of classes is whatever it turns out to be."""
    return {sample.image_id: _place(sample.person, seed, validation, holdout) for sample in samples}


def split_by_column(
    samples: Iterable[Sample], values: Mapping[str, str], column: str
) -> dict[str, Split]:
    """image_id -> split, from a column's values by image_id; images without a value are left out.
    Raises UsageError for a value that names no split."""
    found = {}
    for sample in samples:
        value = values.get(sample.image_id)
        if value:
            name = _named(value)
            if name is None:
                raise UsageError(
                    f"The column {column!r} holds {value!r}, which names no split. Splits are: "
                    f"{', '.join(SPLITS)} (or train, val, test)."
                )
            found[sample.image_id] = name
    return found


def read_split_file(path: Path, column: str, samples: Iterable[Sample]) -> dict[str, str]:
    """image_id -> value of a column, from a CSV that has image_id, study_id or patient_id besides,
    such as another run's splits.csv. Raises UsageError where the file has not these columns."""
    header, *lines = [cells for _, cells in read_lines(path, "--split-file")] or [[]]
    if any(len(cells) != len(header) for cells in lines):
        raise UsageError(f"{path}: its lines have not all as many cells as the first one.")
    table = pd.DataFrame(lines, columns=header, dtype=str)
    key = next((name for name in _KEYS if name in table), None)
    if key is None or column not in table:
        raise UsageError(
            f"{path} needs a column {column!r} and one of {', '.join(_KEYS)}. It has: "
            f"{', '.join(map(shortened, header))}."
        )
    values = dict(zip(table[key], table[column], strict=True))
    return {
        sample.image_id: values[getattr(sample, key)]
        for sample in samples
        if getattr(sample, key) in values
    }


def folds(
    samples: Sequence[Sample], splits: Splits, count: int, seed: int
) -> list[tuple[list[Sample], list[Sample]]]:
    """Pairs (learnt from, asked) of samples: every sample is asked once, groups of patients stay
    whole, classes balanced as far as that allows. Raises UsageError for more folds than groups of
    the rarer class."""
    groups = [splits.group.get(sample.patient_id, sample.person) for sample in samples]
    labels = [sample.label for sample in samples]
    rarest = min(
        len({group for group, label in zip(groups, labels, strict=True) if label == wanted})
        for wanted in (0, 1)
    )
    if count < 2 or count > rarest:
        raise UsageError(
            f"--folds {count} is not possible: give 2 to {rarest}, the number of patients with "
            "images of the rarer class."
        )
    parts = StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(
        labels, labels, groups
    )
    return [([samples[i] for i in learnt], [samples[i] for i in asked]) for learnt, asked in parts]


def check_splits(samples: Sequence[Sample], splits: Splits) -> None:
    """Raise UsageError where a split that is not empty by design lacks one of the classes."""
    for name in (TRAINING, VALIDATION):
        labels = {sample.label for sample in splits.part(samples, name)}
        if labels != {0, 1}:
            raise UsageError(
                f"The {name} part has {'images of one class only' if labels else 'no images'}. It "
                "takes more patients, other shares (--validation, --holdout), or another --seed."
            )


def balance(samples: Sequence[Sample], splits: Splits) -> dict[Split, Balance]:
    """How many there are of what in each split."""
    found: dict[Split, Balance] = {}
    for name in SPLITS:
        part = splits.part(samples, name)
        found[name] = {
            "patients": len({sample.person for sample in part}),
            "studies": len({sample.study_id for sample in part}),
            "positive_studies": len({sample.study_id for sample in part if sample.label == 1}),
            "images": len(part),
            "positive_images": sum(sample.label == 1 for sample in part),
        }
    return found


def write_splits(path: Path, samples: Sequence[Sample], splits: Splits) -> None:
    """Write splits.csv, a line an image. label: 1 is the positive class; patient_group: names the
    patients who share studies with its own, which stand on its side. Images that were dropped are
    not in it."""
    ordered = sorted(
        (sample for sample in samples if sample.image_id in splits.split),
        key=lambda sample: (sample.patient_id, sample.study_id, sample.image_id),
    )
    lines = (
        (s.patient_id, s.study_id, s.image_id, s.label, splits.split[s.image_id], s.person)
        for s in ordered
    )
    write_file(path, chain([_COLUMNS], lines))


def read_splits(path: Path) -> pd.DataFrame:
    """What `write_splits` wrote. Raises UsageError where it is missing or damaged."""
    try:
        table = pd.read_csv(
            BytesIO(read_small(path, _MOST_BYTES)),
            dtype={name: str for name in _COLUMNS if name != "label"},
        )
    except (OSError, ValueError):
        table = pd.DataFrame()
    if list(table) != list(_COLUMNS):
        raise UsageError(
            f"{path} is missing or damaged: this is no folder of a finished `radprep train`."
        )
    return table


def split_of_run(path: Path) -> dict[str, Split]:
    """image_id -> split, from the splits.csv of a run. Raises UsageError where it is missing or
    damaged."""
    table = read_splits(path)
    named = dict(zip(table["image_id"], table["split"], strict=True))
    found = {image_id: name for image_id in named if (name := _named(str(named[image_id])))}
    if len(found) < len(named):
        raise UsageError(f"{path} is damaged: {len(named) - len(found)} images stand in no split.")
    return found


def parted_patients(samples: Iterable[Sample], split: Mapping[str, Split]) -> list[str]:
    """Groups of patients with images in more than one split."""
    sides = {
        (sample.person, split[sample.image_id]) for sample in samples if sample.image_id in split
    }
    return sorted(
        patient for patient, count in Counter(patient for patient, _ in sides).items() if count > 1
    )


def _named(text: str) -> Split | None:
    """The split that a text names: the test part of others is what is kept aside here."""
    part = split_in(text)
    return HOLDOUT if part == TEST else part


def _place(group: str, seed: int, validation: float, holdout: float) -> Split:
    """The hold-out comes first in [0, 1), so that another share of validation never moves a patient
    into or out of it."""
    place = int(key_of("split", seed, group)[:16], 16) / 16**16
    return HOLDOUT if place < holdout else VALIDATION if place < holdout + validation else TRAINING
