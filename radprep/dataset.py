"""A data set on disk: its layout, how one study is committed to it, and its shared tables.

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
import errno
import json
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.errors import InterruptedRunError, UsageError
from radprep.footer import read_value
from radprep.schema import FORMAT_VERSION, Row, to_table

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
_ATTEMPT_MAX_AGE_S = 24 * 3600
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


def read_info(root: Path) -> dict[str, Any]:
    """The contents of dataset.json. Raises UsageError where the folder is no data set of ours, or
    of another format."""
    path = root / "dataset.json"
    try:
        info: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{root} is not a radprep data set: it has no dataset.json, which `radprep convert` "
            "writes once it has scanned the dump."
        ) from None
    except (OSError, ValueError):
        info = {}
    if (
        not isinstance(info, dict)
        or not {"format_version", "stage", "made_from", "parameters", "complete"} <= info.keys()
    ):
        raise UsageError(
            f"{path} is damaged. Remove it and run the command that made the data set again: it is "
            "rebuilt from the studies."
        )
    if info.get("format_version") != FORMAT_VERSION:
        raise UsageError(
            f"{root} has format {info.get('format_version')}; this version of radprep reads format "
            f"{FORMAT_VERSION}. Make it again with `radprep convert`."
        )
    return info


class Attempt:
    """One try at writing one study, in a folder of its own, so that tries never share a path.

    Use as a context: what was not committed is removed at the end.
    """

    def __init__(self, root: Path, study_id: str) -> None:
        self.root, self.study_id = root, study_id
        self.folder = root / ".tmp" / f"{study_id}-{uuid.uuid4().hex}"
        self._count = 0

    def __enter__(self) -> Attempt:
        """Make the attempt's folder."""
        with explain_disk_errors(self.root):
            # another run has removed the empty .tmp in this moment
            with contextlib.suppress(FileNotFoundError):
                self.folder.mkdir(parents=True)
            self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what is left of the attempt. Raises InterruptedRunError where somebody has removed
        it before its end, as one does who begins anew: what a worker of the run before does not
        find must not be recorded as a failure of the study."""
        if error is not None and not self.folder.exists():
            raise InterruptedRunError(
                f"{self.root} was removed or emptied during the run. Run the same command again."
            ) from error
        shutil.rmtree(self.folder, ignore_errors=True)

    def stage(self, data: bytes) -> Path:
        """Write one file's bytes into the attempt; `commit` gives it its name."""
        path = self._next_path()
        with explain_disk_errors(self.root):
            write_durably(path, data)
        return path

    def stage_existing(self, existing: Path) -> Path:
        """Take a committed file into the attempt, as a hard link where the file system has them,
        else as a copy."""
        path = self._next_path()
        with explain_disk_errors(self.root):
            try:
                os.link(existing, path)
            except OSError:
                shutil.copyfile(existing, path)
        return path

    def commit(
        self, rows: Iterable[Row], staged: Mapping[str, Path], footer: Mapping[str, Any]
    ) -> None:
        """Put the study in place: the old marker goes first, then the images come and what no
        longer belongs goes, then the new marker arrives. Killed at any point, the study is either
        complete or has no marker and is done again.

        staged: file name relative to the data set -> staged file.
        """
        marker = marker_path(self.root, self.study_id)
        new_marker = self.folder / "study.parquet"
        with explain_disk_errors(self.root):
            write_table(
                to_table(rows),
                new_marker,
                {_FOOTER: json.dumps({**footer, "images": len(staged)}, sort_keys=True)},
            )
            sync(new_marker)
            marker.parent.mkdir(parents=True, exist_ok=True)
            replaced = marker.with_suffix(f".{time.time_ns():020d}-{uuid.uuid4().hex}.replaced")
            with contextlib.suppress(FileNotFoundError):
                marker.replace(replaced)
                sync(marker.parent)
            folders = self._place(staged)
            for folder in folders:
                sync(folder)
            new_marker.replace(marker)
            sync(marker.parent)
            # its own only: another attempt may still need what it has set aside
            replaced.unlink(missing_ok=True)

    def _next_path(self) -> Path:
        self._count += 1
        return self.folder / f"{self._count:06d}"

    def _place(self, staged: Mapping[str, Path]) -> set[Path]:
        """Rename staged files to their names and remove the study's other ones; returns the folders
        that changed."""
        folders = set()
        for name, path in staged.items():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            folders.add(target.parent)
        wanted = {self.root / name for name in staged}
        for path in list(study_files(self.root, self.study_id)):
            if path not in wanted:
                path.unlink(missing_ok=True)  # the same study may be in another run's hands
                folders.add(path.parent)
        return {folder for folder in folders if not _removed_if_empty(folder)}


def _removed_if_empty(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


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


def relabel_study(root: Path, study_id: str, label: str | None) -> None:
    """Give a complete study another label: its files move, its rows are rewritten, nothing is
    decoded. One that another run has in its hands is left to that run."""
    with contextlib.suppress(FileNotFoundError):
        _relabel(root, study_id, label)


def _relabel(root: Path, study_id: str, label: str | None) -> None:
    rows, footer = read_rows(root, study_id), read_footer(root, study_id)
    if footer is None:
        raise FileNotFoundError
    with Attempt(root, study_id) as attempt:
        staged = {}
        for row in rows:
            row["label"] = label
            for column, name in (("file_name", image_name), ("mask_file_name", mask_name)):
                if row[column]:
                    staged[name(row)] = attempt.stage_existing(root / row[column])
                    row[column] = name(row)
        attempt.commit(rows, staged, {**footer, "label": label})


def remove_study(root: Path, study_id: str) -> None:
    """Remove a study: its marker first, so that it never looks complete without its images."""
    for path in (*replaced_markers(root, study_id), marker_path(root, study_id)):
        path.unlink(missing_ok=True)
    for path in list(study_files(root, study_id)):
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()


@contextlib.contextmanager
def readable_for_group(root: Path) -> Iterator[None]:
    """The group may read whatever stands in a data set and whatever is created inside, by this
    process or by workers that it starts, whatever the umask. The private tree, which sets its own
    modes, stays as it is."""
    before = os.umask(0o077)
    os.umask(before & ~0o050)
    try:
        for folder, _, files in os.walk(root):
            _add_mode(Path(folder), 0o050)
            for name in files:
                _add_mode(Path(folder) / name, 0o040)
        yield
    finally:
        os.umask(before)


def _add_mode(path: Path, bits: int) -> None:
    mode = path.lstat().st_mode
    if mode & bits != bits and not path.is_symlink():
        with contextlib.suppress(PermissionError):  # another member of the group owns it
            path.chmod(stat.S_IMODE(mode) | bits)


def remove_old_attempts(root: Path) -> None:
    """Remove attempts, and files that did not get their name, that nobody has touched for a day:
    their process is dead."""
    for path in (*root.glob(".tmp/*"), *root.glob(".*.*"), *root.glob("studies/*/.*.*")):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ATTEMPT_MAX_AGE_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    with contextlib.suppress(OSError):
        (root / ".tmp").rmdir()


def remove_replaced(root: Path) -> None:
    """Remove what a killed commit left of the studies whose new marker had arrived already."""
    for path in root.glob("studies/*/*.replaced"):
        if path.with_name(f"{path.name.partition('.')[0]}.parquet").exists():
            path.unlink(missing_ok=True)


def write_table(table: pa.Table, path: Path, footer: Mapping[bytes, str] | None = None) -> None:
    """Write a small table lean: without statistics, dictionaries or a second copy of the schema (a
    quarter of the bytes)."""
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="none",
        use_dictionary=False,
        write_statistics=False,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        if footer:
            writer.add_key_value_metadata(footer)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON under its name at once, or not at all."""
    write_whole(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes under their name at once, or not at all."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with explain_disk_errors(path.parent):
        try:
            write_durably(temporary, data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_durably(path: Path, data: bytes) -> None:
    """Write bytes and wait until they are on the disk."""
    with path.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explain_disk_errors(root: Path) -> Iterator[None]:
    """Say in a sentence that a data set cannot be written: nobody is helped by failing every study
    for it."""
    try:
        yield
    except OSError as error:
        why = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EROFS: "it is read-only",
            errno.EACCES: "permission is denied",
            errno.ENOTDIR: "a part of the path is a file",
        }.get(error.errno or 0)
        if why is None:
            raise
        raise InterruptedRunError(
            f"{root} cannot be written: {why}. Nothing incomplete stands under a final name; mend "
            "that, then run the same command again to go on."
        ) from None
