"""How one study is committed to a data set, gets another label, or goes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from radprep.dataset.durable import explain_disk_errors, sync, write_durably, write_table
from radprep.dataset.layout import (
    _FOOTER,
    image_name,
    marker_path,
    mask_name,
    read_footer,
    read_rows,
    replaced_markers,
    study_files,
)
from radprep.dataset.schema import Row, to_table
from radprep.errors import InterruptedRunError

_ATTEMPT_MAX_AGE_S = 24 * 3600


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
