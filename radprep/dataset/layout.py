"""Where everything of a data set stands, and how the files of its studies are read."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.dataset.footer import read_value
from radprep.dataset.schema import Row
from radprep.errors import UsageError

UNASSIGNED = "unassigned"
"""The study of files whose study is unknown."""


FOOTER = frozenset({"key", "parts", "label", "stage", "made_from", "failed", "images"})
"""What a study's footer says: its key and the key's parts (stage.key_parts), label, stage, what the
data set is made from, codes of the failures that the stage has made, number of images and masks."""


REPORT = "report"
"""Folder of a data set with the page that shows it: given away and forgotten together with it."""


ARROW = ".arrow"
"""Suffix of small tables in Arrow's file format, which takes a tenth of the time of Parquet to
write and to read."""


_FOOTER = b"radprep"


_LOOKS = 3
"""A marker that another run replaces is in neither place for who looks at one after the other."""


def image_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's images, relative to the data set. Built from a label's slug and
    pseudonyms only."""
    top = f"images/{label}" if label else "unlabelled"
    return f"{top}/{study_id[:2]}/{study_id}"


def mask_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's masks, relative to the data set: under masks/, named as its images are
    there."""
    return f"masks/{label or 'unlabelled'}/{study_id[:2]}/{study_id}"


def mask_hash(row: Row) -> str | None:
    """Hash of the mask's pixels, as the stage that wrote the mask noted it in `decisions`; None
    where that cannot be read."""
    try:
        return str(json.loads(row["decisions"])["mask"]["pixel_hash"])
    except (TypeError, ValueError, KeyError):
        return None


def image_name(row: Row) -> str:
    """What the image of a kept row is called, relative to the data set."""
    return f"{image_folder(row['label'], row['study_id'])}/{row['image_id']}.png"


def mask_name(row: Row) -> str:
    """What the mask of a kept row is called, relative to the data set."""
    return f"{mask_folder(row['label'], row['study_id'])}/{row['image_id']}.png"


def marker_path(root: Path, study_id: str) -> Path:
    """The study's Parquet file, which says that the study is complete."""
    return root / "studies" / study_id[:2] / f"{study_id}.parquet"


def replaced_markers(root: Path, study_id: str) -> list[Path]:
    """Markers that stand aside while an attempt puts another in their place: their rows may be all
    that is known of absent sources. The file of an attempt that was killed stays. The newest
    first."""
    found = marker_path(root, study_id).parent.glob(f"{study_id}.*.replaced")
    return sorted(found, key=lambda path: path.name.split(".")[1], reverse=True)


def study_ids(root: Path, suffix: str = ".parquet") -> list[str]:
    """Ids of the complete studies, in order."""
    return sorted(
        name.removesuffix(suffix)
        for folder in _names_in(root / "studies")
        for name in _names_in(root / "studies" / folder)
        if name.endswith(suffix) and not name.startswith(".")
    )


def read_footer(root: Path, study_id: str) -> dict[str, Any] | None:
    """What the study was made from ({"key", "label", ...}); None where it is not complete."""
    try:
        footer: dict[str, Any] = json.loads(read_value(marker_path(root, study_id), _FOOTER))
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return None
    return footer


def read_rows(root: Path, study_id: str) -> list[Row]:
    """All rows of a complete study: kept, rejected and failed. Raises UsageError where its file is
    damaged."""
    rows: list[Row] = read_table(marker_path(root, study_id)).to_pylist()
    return rows


def last_rows(root: Path, study_id: str) -> list[Row]:
    """The rows of a study or, where it was being replaced when its run was killed, those it had
    before; empty where there are none."""
    for _ in range(_LOOKS):
        for path in (marker_path(root, study_id), *replaced_markers(root, study_id)):
            with contextlib.suppress(FileNotFoundError):
                rows: list[Row] = read_table(path).to_pylist()
                return rows
    return []


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


def image_tops(root: Path) -> list[str]:
    """The folders of a data set that may hold images and masks of any study: one for each label,
    and those without."""
    return [f"{top}/{name}" for top in ("images", "masks") for name in _names_in(root / top)] + [
        "unlabelled"
    ]


def study_files(root: Path, study_id: str, tops: Iterable[str] | None = None) -> Iterator[Path]:
    """Every image and mask of a study on disk, under whatever label. tops: `image_tops`, where they
    are known already."""
    for top in image_tops(root) if tops is None else tops:
        folder = f"{root}/{top}/{study_id[:2]}/{study_id}"
        for name in _names_in(folder):
            yield Path(folder, name)


def _names_in(folder: str | Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []
