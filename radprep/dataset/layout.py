"""Where everything of a data set stands.

::

    images/<label>/<ab>/<study_id>/<image_id>.png   a study with a label
    unlabelled/<ab>/<study_id>/<image_id>.png       a study without one
    masks/<label>/<ab>/<study_id>/<image_id>.png    where a step made masks; masks/unlabelled/...
    studies/<ab>/<study_id>.parquet                 written last: the completion marker; its footer
                                                    holds the study's key
    instances.parquet   dataset.json                derived from studies/, rebuilt at will
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.dataset.footer import read_value
from radprep.dataset.schema import Row
from radprep.errors import UsageError

UNASSIGNED = "unassigned"
"""The study of files whose study is unknown."""

FOOTER_NAME = b"radprep"
"""Name under which a study's footer stands among the metadata of its Parquet file."""

ARROW = ".arrow"
"""Suffix of small tables in Arrow's file format, which takes a tenth of the time of Parquet to
write and to read."""

_LOOKS = 3
"""A marker that another run replaces is in neither place for who looks at one after the other."""


class Footer(TypedDict):
    """What a study's file says of the study, besides its rows.

    key: names what the study was made from, or None where the next run is to try it again; parts:
    digests that the key is made of, to say what has changed; made_from: the same entry of
    dataset.json; failed: codes of the failures that the stage has made; images: number of images
    and masks.
    """

    key: str | None
    parts: dict[str, str]
    label: str | None
    stage: str
    made_from: dict[str, Any]
    failed: list[str]
    images: int


@dataclass(frozen=True)
class DataSet:
    """A data set on disk, by its folder. It owns every name in that folder; nothing is read until a
    method is asked. It prints as its path, and may be opened wherever a path may."""

    root: Path

    def __str__(self) -> str:
        """Its path, as the person gave it."""
        return str(self.root)

    def __fspath__(self) -> str:
        """Its path."""
        return str(self.root)

    @property
    def info_file(self) -> Path:
        """dataset.json: how the data set was made (see `info.Info`)."""
        return self.root / "dataset.json"

    @property
    def instances(self) -> Path:
        """instances.parquet: the rows of all studies."""
        return self.root / "instances.parquet"

    @property
    def corrections(self) -> Path:
        """corrections.csv: what a person decided instead of the steps."""
        return self.root / "corrections.csv"

    @property
    def logs(self) -> Path:
        """Folder of the run logs and of the state of each run."""
        return self.root / "logs"

    @property
    def attempts(self) -> Path:
        """Folder of studies that are being written."""
        return self.root / ".tmp"

    @property
    def report(self) -> Path:
        """Folder of the page: it is given away and forgotten together with the data set."""
        return self.root / "report"

    @property
    def exists(self) -> bool:
        """Whether the folder says that it is a data set."""
        return self.info_file.is_file()

    def file(self, name: str) -> Path:
        """The file that a row names: an image or a mask."""
        return self.root / name

    def marker(self, study_id: str) -> Path:
        """The study's Parquet file, which says that the study is complete."""
        return self.root / "studies" / study_id[:2] / f"{study_id}.parquet"

    def replaced_markers(self, study_id: str) -> list[Path]:
        """Markers that stand aside while an attempt puts another in their place: their rows may be
        all that is known of absent sources. The file of an attempt that was killed stays. The
        newest first."""
        found = self.marker(study_id).parent.glob(f"{study_id}.*.replaced")
        return sorted(found, key=lambda path: path.name.split(".")[1], reverse=True)

    def all_replaced_markers(self) -> Iterator[Path]:
        """Those of every study."""
        yield from self.root.glob("studies/*/*.replaced")

    def study_ids(self) -> list[str]:
        """Ids of the complete studies, in order."""
        return names_of_studies(self.root, ".parquet")

    def footer(self, study_id: str) -> Footer | None:
        """What the study was made from; None where it is not complete."""
        try:
            footer: Footer = json.loads(read_value(self.marker(study_id), FOOTER_NAME))
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None
        return footer

    def label_of(self, study_id: str) -> str | None:
        """The label of a complete study; None where it has none, or is not complete."""
        footer = self.footer(study_id)
        return footer["label"] if footer else None

    def rows(self, study_id: str) -> list[Row]:
        """All rows of a complete study: kept, rejected and failed. Raises UsageError where its file
        is damaged."""
        rows: list[Row] = read_table(self.marker(study_id)).to_pylist()
        return rows

    def last_rows(self, study_id: str) -> list[Row]:
        """The rows of a study or, where it was being replaced when its run was killed, those it had
        before; empty where there are none."""
        for _ in range(_LOOKS):
            for path in (self.marker(study_id), *self.replaced_markers(study_id)):
                with contextlib.suppress(FileNotFoundError):
                    rows: list[Row] = read_table(path).to_pylist()
                    return rows
        return []

    def image_tops(self) -> list[str]:
        """The folders that may hold images and masks of any study: one for each label, and those
        without."""
        tops = [
            f"{top}/{name}" for top in ("images", "masks") for name in names_in(self.root / top)
        ]
        return [*tops, "unlabelled"]

    def files_of(self, study_id: str, tops: Iterable[str] | None = None) -> Iterator[Path]:
        """Every image and mask of a study on disk, under whatever label. tops: `image_tops`, where
        they are known already."""
        for top in self.image_tops() if tops is None else tops:
            folder = f"{self.root}/{top}/{study_id[:2]}/{study_id}"
            for name in names_in(folder):
                yield Path(folder, name)


def image_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's images, relative to the data set. Built from a label's slug and
    pseudonyms only."""
    top = f"images/{label}" if label else "unlabelled"
    return f"{top}/{study_id[:2]}/{study_id}"


def mask_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's masks, relative to the data set: under masks/, named as its images are
    there."""
    return f"masks/{label or 'unlabelled'}/{study_id[:2]}/{study_id}"


def image_name(row: Row) -> str:
    """What the image of a kept row is called, relative to the data set."""
    return f"{image_folder(row['label'], row['study_id'])}/{row['image_id']}.png"


def mask_name(row: Row) -> str:
    """What the mask of a kept row is called, relative to the data set."""
    return f"{mask_folder(row['label'], row['study_id'])}/{row['image_id']}.png"


def mask_hash(row: Row) -> str | None:
    """Hash of the mask's pixels, as the stage that wrote the mask noted it in `decisions`; None
    where that cannot be read."""
    try:
        return str(json.loads(row["decisions"])["mask"]["pixel_hash"])
    except (TypeError, ValueError, KeyError):
        return None


def read_table(path: Path) -> pa.Table:
    """A small table of ours, Parquet or Arrow. Raises UsageError where the file is damaged,
    FileNotFoundError."""
    try:
        if path.suffix == ARROW:
            table = pa.ipc.open_file(path.read_bytes()).read_all()
            table.validate(full=True)  # Arrow believes what the file says of its own buffers
            return table
        with pq.ParquetFile(path) as file:
            return file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise UsageError(
            f"{path} is damaged. Remove it and run the command that made it again: it makes again "
            "what is missing."
        ) from None


def names_of_studies(root: Path, suffix: str) -> list[str]:
    """Ids of the studies that have a file with this suffix under root/studies, in order."""
    studies = root / "studies"
    return sorted(
        name.removesuffix(suffix)
        for folder in names_in(studies)
        for name in names_in(studies / folder)
        if name.endswith(suffix) and not name.startswith(".")
    )


def names_in(folder: str | Path) -> list[str]:
    """What stands in a folder, in no order; nothing where there is no such folder."""
    try:
        return [entry.name for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
