"""Where everything of a data set stands.

::

    images/<label>/<ab>/<study_id>/<image_id>.png   an image with a main label
    unlabelled/<ab>/<study_id>/<image_id>.png       an image without one
    masks/<label>/<ab>/<study_id>/<image_id>.png    where a step made masks; masks/unlabelled/...
    studies/<ab>/<study_id>.parquet                 written last: the completion marker; its footer
                                                    holds the study's key
    instances.parquet   dataset.json                derived from studies/, rebuilt at will
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from radprep.dataset.checked import damaged, open_parquet, read_study
from radprep.dataset.footer import Footer, read_footer
from radprep.dataset.names import is_study_id
from radprep.dataset.schema import Row
from radprep.errors import UsageError
from radprep.text.small_file import opened

ARROW = ".arrow"
"""Suffix of small tables in Arrow's file format, which takes a tenth of the time of Parquet to
write and to read."""

_MOST_ARROW_BYTES = 2**31

_TOPS = ("images", "unlabelled", "masks", "studies", "logs", "report", ".tmp")

_LOOKS = 3
"""A marker that another run replaces is in neither place for who looks at one after the other."""


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
        """The file that a row names: an image or a mask. Raises UsageError where it leads out of
        the data set."""
        return self.within(self.root / name)

    def check_tops(self) -> None:
        """Raise UsageError where one of the folders or tables on the top floor leads out of the
        data set: a run would write there."""
        for name in (*_TOPS, self.instances.name, self.corrections.name):
            self.within(self.root / name)

    def within(self, path: Path) -> Path:
        """The same path, of something in the data set. Raises UsageError where a link on the way
        leads out of it: nothing is read or written through such a link."""
        if leads_outside(self.root, path):
            raise UsageError(
                f"{path} leads out of the data set over a link, which is not followed. Remove the "
                "link, or put what it leads to in its place."
            )
        return path

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
        """What the study was made from; None where it is not complete, or where its footer is not
        one of ours."""
        marker = self.marker(study_id)
        return None if leads_outside(self.root, marker) else read_footer(marker)

    def has_labels(self, study_id: str) -> bool:
        """Whether a study is complete and an image of it has a label."""
        footer = self.footer(study_id)
        return bool(footer and footer["labels"])

    def rows(self, study_id: str) -> list[Row]:
        """All rows of a complete study: kept, rejected and failed. Raises UsageError where its file
        is damaged, or a row is not what it must be."""
        return read_study(self.within(self.marker(study_id)), study_id)

    def last_rows(self, study_id: str) -> list[Row]:
        """The rows of a study or, where it was being replaced when its run was killed, those it had
        before; empty where there are none."""
        for _ in range(_LOOKS):
            for path in (self.marker(study_id), *self.replaced_markers(study_id)):
                with contextlib.suppress(FileNotFoundError):
                    return read_study(self.within(path), study_id)
        return []

    def image_tops(self) -> list[str]:
        """The folders that may hold images and masks of any study: one for each label, and those
        without."""
        tops = [
            f"{top}/{name}" for top in ("images", "masks") for name in names_in(self.root / top)
        ]
        return [*tops, "unlabelled"]

    def studies_with_images(self) -> set[str]:
        """Ids of the studies that have a folder of images or masks, complete or not."""
        return {
            study_id
            for top in self.image_tops()
            for below in folders_in(self.root / top)
            for study_id in folders_in(self.root / top / below)
            if is_study_id(study_id) and study_id[:2] == below
        }

    def files_of(self, study_id: str, tops: Iterable[str] | None = None) -> Iterator[Path]:
        """Every image and mask of a study on disk, under whatever label. tops: `image_tops`, where
        they are known already. Raises UsageError where one of them leads out of the data set."""
        for top in self.image_tops() if tops is None else tops:
            folder = f"{self.root}/{top}/{study_id[:2]}/{study_id}"
            names = names_in(folder)
            if names:
                self.within(Path(folder))
            for name in names:
                yield Path(folder, name)


def read_table(path: Path) -> pa.Table:
    """A small table of ours, Parquet or Arrow, its rows not looked at. Raises UsageError where the
    file is damaged, FileNotFoundError."""
    if path.suffix != ARROW:
        with open_parquet(path) as file:
            return file.read(use_threads=False)
    try:
        with opened(path, _MOST_ARROW_BYTES) as handle:
            table = pa.ipc.open_file(handle.read()).read_all()
        table.validate(full=True)  # Arrow believes what the file says of its own buffers
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError):
        raise UsageError(damaged(path)) from None
    return table


def leads_outside(root: Path, path: Path) -> bool:
    """Whether a path in a folder leads out of it over a link. One that does not exist leads
    nowhere."""
    here = os.fspath(root)
    for part in path.relative_to(root).parts:
        here = f"{here}/{part}"  # asked of every image: a Path would take longer than the question
        try:
            is_link = stat.S_ISLNK(os.lstat(here).st_mode)
        except OSError:
            return False
        if is_link:
            target = os.path.realpath(path)
            return not Path(target).is_relative_to(os.path.realpath(root))
    return False


def names_of_studies(root: Path, suffix: str) -> list[str]:
    """Ids of the studies that have a file with this suffix under root/studies, in order. A file
    whose name is no id of a study is none, wherever it stands."""
    studies = root / "studies"
    return sorted(
        study_id
        for folder in names_in(studies)
        for name in names_in(studies / folder)
        if name.endswith(suffix)
        and is_study_id(study_id := name.removesuffix(suffix))
        and study_id[:2] == folder
    )


def folders_in(folder: Path) -> list[str]:
    """The folders in a folder, in no order; links are left out, and so is what a link leads to."""
    if folder.is_symlink():
        return []
    try:
        return [entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def names_in(folder: str | Path) -> list[str]:
    """What stands in a folder, in no order; nothing where there is no such folder."""
    try:
        return [entry.name for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
