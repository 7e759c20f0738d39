"""The data sets that are merged into one: each is a *part*. Read and checked, and put into an order
that does not depend on how they were named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from radprep.dataset.checked import read_columns
from radprep.dataset.counts import FileCounts
from radprep.dataset.info import (
    Info,
    check_folders,
    is_complete,
    keys_of,
    read_complete,
    stages_up_to,
)
from radprep.dataset.layout import DataSet
from radprep.dataset.ways import MOST_PARTS, PartSaid
from radprep.errors import UsageError
from radprep.preprocess.preprocessing import source_name

TOLD_COLUMNS = ("boxes", "mask_file_name", "split")
"""Columns that a data set may lack as a whole: a merged one then has them of some films only."""

_COLUMNS = (
    *("study_id", "patient_id", "patient_without_issuer", "source_id", "instance_id"),
    *("image_id", "status", "reason", "delivery", "file_name", "pixel_hash", "perceptual_hash"),
    *TOLD_COLUMNS,
)


@dataclass(frozen=True)
class Part:
    """A data set that is merged. studies: ids of its studies; table: a few columns of all its
    rows; shift: its deliveries have the numbers behind this one in OUT."""

    data_set: DataSet
    info: Info
    studies: frozenset[str]
    table: pa.Table
    shift: int = 0

    def __str__(self) -> str:
        """Its path, as the person gave it."""
        return str(self.data_set)

    @property
    def keys(self) -> frozenset[str]:
        """Fingerprints of the keys behind its pseudonyms; empty where they are not known."""
        return keys_of(self.info)

    @property
    def name(self) -> str:
        """What every state of this data set is called, and of others made alike."""
        return source_name(self.info)

    def shares_key(self, other: Part) -> bool:
        """Whether equal ids mean equal things in both."""
        return not self.keys.isdisjoint(other.keys)

    @property
    def counts(self) -> FileCounts:
        """Its files by what became of them, its images and its studies."""
        counts = self.info["counts"]
        return {
            "files": counts["files"],
            "kept": counts["kept"],
            "rejected": counts["rejected"],
            "failed": counts["failed"],
            "images": counts["images"],
            "studies": counts["studies"],
        }

    def said(self) -> PartSaid:
        """What the merged data set says of it."""
        return {
            "name": self.name,
            "fingerprint": self.info["fingerprint"],
            "stages": list(stages_up_to(self.info)),
            "counts": self.counts,
            "labels": self.info["counts"]["named_labels"],
            "columns": {
                name: len(self.table) - self.table[name].null_count for name in TOLD_COLUMNS
            },
            "deliveries": self.shift,
        }


def read_parts(paths: Sequence[Path], out: Path) -> list[Part]:
    """The data sets to merge, in their order: by what they are called, then by their first study.
    So it stays the same when one of them grows, but where the new study comes first.

    Raises UsageError where one is no complete data set, has changed since its tables were made,
    lies in another one or in OUT, or is named twice.
    """
    if not 2 <= len(paths) <= MOST_PARTS:
        raise UsageError(
            f"{len(paths)} data sets cannot be merged: give 2 to {MOST_PARTS}, and OUT behind them."
        )
    for place, path in enumerate(paths):
        if not path.is_dir():
            raise UsageError(f"There is no folder {path}. Give data sets of radprep, and then OUT.")
        check_folders(path, out)
        for other in paths[:place]:
            _check_apart(other, path)
    return _in_order([_read(DataSet(path)) for path in paths])


def _read(data_set: DataSet) -> Part:
    info = read_complete(data_set)
    if not is_complete(data_set, info):
        raise UsageError(
            f"{data_set} has changed since its tables were made. Run `radprep {info['stage']}` "
            "again with the same input and flags, or `radprep collate`; then merge."
        )
    table = read_columns(data_set.within(data_set.instances), _COLUMNS)
    return Part(data_set, info, frozenset(data_set.study_ids()), table)


def _in_order(parts: Sequence[Part]) -> list[Part]:
    ordered = sorted(
        parts,
        key=lambda part: (part.name, min(part.studies, default=""), part.info["fingerprint"]),
    )
    found: list[Part] = []
    shift = 0
    for part in ordered:
        found.append(Part(part.data_set, part.info, part.studies, part.table, shift))
        shift += max((one["delivery"] for one in part.info["counts"]["deliveries"]), default=0)
    return found


def _check_apart(one: Path, other: Path) -> None:
    first, second = one.resolve(), other.resolve()
    if first == second:
        raise UsageError(f"{one} and {other} are the same folder. Name each data set once.")
    if first in second.parents or second in first.parents:
        raise UsageError(f"Of {one} and {other} one lies in the other. Give data sets that do not.")
