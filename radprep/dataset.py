"""A data set on disk: its layout, how one study is committed to it, and its shared tables.

::

    images/<label>/<ab>/<study_id>/<image_id>.png   unlabelled/<ab>/<study_id>/<image_id>.png
    studies/<ab>/<study_id>.parquet                 written last: the completion marker; its footer holds the study's key
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
from radprep.schema import FORMAT_VERSION, Row, arrow_schema, to_table

UNASSIGNED = "unassigned"
"""The study of files whose study is unknown."""

_FOOTER = b"radprep"
_ATTEMPT_MAX_AGE_S = 24 * 3600


def image_folder(label: str | None, study_id: str) -> str:
    """Folder of a study's images, relative to the data set. Built from a label's slug and pseudonyms only."""
    top = f"images/{label}" if label else "unlabelled"
    return f"{top}/{study_id[:2]}/{study_id}"


def marker_path(root: Path, study_id: str) -> Path:
    """The study's Parquet file, which says that the study is complete."""
    return root / "studies" / study_id[:2] / f"{study_id}.parquet"


def study_ids(root: Path) -> list[str]:
    """Ids of the complete studies, in order."""
    return sorted(path.stem for path in root.glob("studies/*/*.parquet"))


def read_footer(root: Path, study_id: str) -> dict[str, Any] | None:
    """What the study was made from ({"key", "label", ...}); None where it is not complete."""
    try:
        metadata = pq.read_metadata(marker_path(root, study_id)).metadata or {}
        footer: dict[str, Any] = json.loads(metadata[_FOOTER])
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return None
    return footer


def read_rows(root: Path, study_id: str) -> list[Row]:
    """All rows of a complete study: kept, rejected and failed. Raises UsageError where its file is damaged."""
    rows: list[Row] = read_table(marker_path(root, study_id)).to_pylist()
    return rows


def read_table(path: Path) -> pa.Table:
    """A small table of ours. Raises UsageError where the file is damaged."""
    try:
        return pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise UsageError(f"{path} is damaged. Remove it and run the command that made it again: it makes again what is missing.") from None


def read_info(root: Path) -> dict[str, Any]:
    """The contents of dataset.json. Raises UsageError where the folder is no data set of ours, or of another format."""
    path = root / "dataset.json"
    try:
        info: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{root} is not a radprep data set: it has no dataset.json. Make one with `radprep convert`.") from None
    except (OSError, ValueError):
        info = {}
    if not isinstance(info, dict) or not {"format_version", "stage", "made_from", "parameters", "complete"} <= info.keys():
        raise UsageError(f"{path} is damaged. Remove it and run the command that made the data set again: it is rebuilt from the studies.")
    if info.get("format_version") != FORMAT_VERSION:
        raise UsageError(f"{root} has format {info.get('format_version')}; this version of radprep reads format {FORMAT_VERSION}. "
                         "Make it again with `radprep convert`.")
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
            self.folder.mkdir(parents=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove what is left of the attempt."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def stage(self, data: bytes) -> Path:
        """Write one file's bytes into the attempt; `commit` gives it its name."""
        path = self._next_path()
        with explain_disk_errors(self.root):
            write_durably(path, data)
        return path

    def stage_existing(self, existing: Path) -> Path:
        """Take a committed file into the attempt, as a hard link where the file system has them, else as a copy."""
        path = self._next_path()
        with explain_disk_errors(self.root):
            try:
                os.link(existing, path)
            except OSError:
                shutil.copyfile(existing, path)
        return path

    def commit(self, rows: Iterable[Row], staged: Mapping[str, Path], footer: Mapping[str, Any]) -> None:
        """Put the study in place: the old marker goes first, then the images come and what no longer belongs goes, then the
        new marker arrives. Killed at any point, the study is either complete or has no marker and is done again.

        staged: file name relative to the data set -> staged file.
        """
        marker = marker_path(self.root, self.study_id)
        new_marker = self.folder / "study.parquet"
        with explain_disk_errors(self.root):
            write_table(to_table(rows), new_marker, {_FOOTER: json.dumps({**footer, "images": len(staged)}, sort_keys=True)})
            sync(new_marker)
            marker.parent.mkdir(parents=True, exist_ok=True)
            if marker.exists():
                marker.unlink()
                sync(marker.parent)
            folders = self._place(staged)
            for folder in folders:
                sync(folder)
            new_marker.replace(marker)
            sync(marker.parent)

    def _next_path(self) -> Path:
        self._count += 1
        return self.folder / f"{self._count:06d}"

    def _place(self, staged: Mapping[str, Path]) -> set[Path]:
        """Rename staged files to their names and remove the study's other ones; returns the folders that changed."""
        folders = set()
        for name, path in staged.items():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            folders.add(target.parent)
        wanted = {self.root / name for name in staged}
        for path in list(study_files(self.root, self.study_id)):
            if path not in wanted:
                path.unlink()
                folders.add(path.parent)
        for folder in [folder for folder in folders if not any(folder.iterdir())]:
            folder.rmdir()
            folders.remove(folder)
        return folders


def study_files(root: Path, study_id: str) -> Iterator[Path]:
    """Every image and mask of a study on disk, under whatever label."""
    for folder in (*root.glob(f"images/*/{study_id[:2]}/{study_id}"), *root.glob(f"masks/*/{study_id[:2]}/{study_id}"),
                   root / "unlabelled" / study_id[:2] / study_id):
        if folder.is_dir():
            yield from folder.iterdir()


def relabel_study(root: Path, study_id: str, label: str | None, footer: Mapping[str, Any]) -> None:
    """Give a complete study another label: its files move, its rows are rewritten, nothing is decoded."""
    rows = read_rows(root, study_id)
    with Attempt(root, study_id) as attempt:
        staged = {}
        for row in rows:
            row["label"] = label
            if row["file_name"]:
                existing = root / row["file_name"]
                row["file_name"] = f"{image_folder(label, study_id)}/{existing.name}"
                staged[row["file_name"]] = attempt.stage_existing(existing)
        attempt.commit(rows, staged, {**footer, "label": label})


def remove_study(root: Path, study_id: str) -> None:
    """Remove a study: its marker first, so that it never looks complete without its images."""
    marker_path(root, study_id).unlink(missing_ok=True)
    for path in list(study_files(root, study_id)):
        path.unlink()
        with contextlib.suppress(OSError):
            path.parent.rmdir()


@contextlib.contextmanager
def readable_for_group(root: Path) -> Iterator[None]:
    """The group may read whatever stands in a data set and whatever is created inside, by this process or by workers that it
    starts, whatever the umask. The private tree, which sets its own modes, stays as it is."""
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
    """Remove attempts that nobody has touched for a day: their process is dead."""
    for folder in (root / ".tmp").glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ATTEMPT_MAX_AGE_S:
                shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        (root / ".tmp").rmdir()


def write_table(table: pa.Table, path: Path, footer: Mapping[bytes, str] | None = None) -> None:
    """Write a small table lean: without statistics, dictionaries or a second copy of the schema (a quarter of the bytes)."""
    with pq.ParquetWriter(path, table.schema, compression="none", use_dictionary=False, write_statistics=False,
                          store_schema=False) as writer:
        writer.write_table(table)
        if footer:
            writer.add_key_value_metadata(footer)


def collate_tables(root: Path, name: str, schema: pa.Schema, paths: Iterable[Path]) -> None:
    """Join small Parquet files into root/name, one after the other, in the order given."""
    temporary = root / f".{name}.{uuid.uuid4().hex}"
    with explain_disk_errors(root):
        try:
            with pq.ParquetWriter(temporary, schema, compression="zstd", store_schema=False) as writer:
                waiting: list[pa.Table] = []
                for path in paths:
                    waiting.append(read_table(path).replace_schema_metadata(None))
                    if sum(table.num_rows for table in waiting) >= 10_000:
                        writer.write_table(pa.concat_tables(waiting))
                        waiting = []
                writer.write_table(pa.concat_tables(waiting or [schema.empty_table()]))
            sync(temporary)
            temporary.replace(root / name)
        finally:
            temporary.unlink(missing_ok=True)


def collate_instances(root: Path) -> None:
    """Rebuild instances.parquet from the complete studies."""
    collate_tables(root, "instances.parquet", arrow_schema(), (marker_path(root, study_id) for study_id in study_ids(root)))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON under its name at once, or not at all."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with explain_disk_errors(path.parent):
        write_durably(temporary, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
        temporary.replace(path)


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
    """Say in a sentence that a data set cannot be written: nobody is helped by failing every study for it."""
    try:
        yield
    except OSError as error:
        why = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up", errno.EROFS: "it is read-only",
               errno.EACCES: "permission is denied", errno.ENOTDIR: "a part of the path is a file"}.get(error.errno or 0)
        if why is None:
            raise
        raise InterruptedRunError(f"{root} cannot be written: {why}. Nothing incomplete stands under a final name; "
                           "mend that, then run the same command again to go on.") from None
