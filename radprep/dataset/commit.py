"""How one study is committed to a data set, gets another label, or goes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType

from radprep.dataset.durable import explain_disk_errors, leftovers, sync, write_durably, write_table
from radprep.dataset.folders import move_in, remove_empty
from radprep.dataset.footer import FOOTER_NAME, Footer
from radprep.dataset.keys import key_of
from radprep.dataset.labels import LabelsOf, digest_of_rows
from radprep.dataset.layout import DataSet
from radprep.dataset.names import image_name, mask_name
from radprep.dataset.schema import KEPT, Row, remove_image, to_table
from radprep.errors import InterruptedRunError

_ATTEMPT_MAX_AGE_S = 24 * 3600


class Attempt:
    """One try at writing one study, in a folder of its own, so that tries never share a path.

    Use as a context: what was not committed is removed at the end.
    """

    def __init__(self, data_set: DataSet, study_id: str) -> None:
        self.data_set = data_set
        self.study_id = study_id
        self.folder = data_set.within(data_set.attempts) / f"{study_id}-{uuid.uuid4().hex}"
        self._count = 0

    def __enter__(self) -> Attempt:
        """Make the attempt's folder."""
        with explain_disk_errors(self.data_set):
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
                f"{self.data_set} was removed or emptied during the run. Run the same command "
                "again."
            ) from error
        shutil.rmtree(self.folder, ignore_errors=True)

    def stage(self, data: bytes) -> Path:
        """Write one file's bytes into the attempt; `commit` gives it its name."""
        path = self._next_path()
        with explain_disk_errors(self.data_set):
            write_durably(path, data)
        return path

    def stage_existing(self, existing: Path, *, copy: bool = False) -> Path:
        """Take a committed file into the attempt, as a hard link where the file system has them,
        else, or where it is asked for, as a copy."""
        path = self._next_path()
        with explain_disk_errors(self.data_set):
            if copy or not _linked(existing, path):
                shutil.copyfile(existing, path)
                sync(path)
        return path

    def commit(self, rows: Iterable[Row], staged: Mapping[str, Path], footer: Footer) -> None:
        """Put the study in place: the old marker goes first, then the images come and what no
        longer belongs goes, then the new marker arrives. Killed at any point, the study is either
        complete or has no marker and is done again.

        staged: file name relative to the data set -> staged file; footer: its number of images and
        the digest of its labels are found here. A row that is not kept loses what stood for its
        image, whoever made it.
        """
        rows = list(rows)
        for row in rows:
            if row["status"] != KEPT:
                remove_image(row)
        marker = self.data_set.within(self.data_set.marker(self.study_id))
        new_marker = self.folder / "study.parquet"
        with explain_disk_errors(self.data_set):
            found = {"images": len(staged), "labels": digest_of_rows(rows)}
            text = json.dumps({**footer, **found}, sort_keys=True)
            write_table(to_table(rows), new_marker, {FOOTER_NAME: text})
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
        folders, left = set(), set()
        for name, path in staged.items():
            # a link that stands in the file's own place is replaced, not followed
            target = self.data_set.root / name
            self.data_set.within(target.parent)
            move_in(path, target)
            folders.add(target.parent)
        wanted = {self.data_set.root / name for name in staged}
        for path in list(self.data_set.files_of(self.study_id)):
            if path not in wanted:
                path.unlink(missing_ok=True)  # the same study may be in another run's hands
                left.add(path.parent)
        for folder in left - folders:
            remove_empty(self.data_set.root, folder)
        return folders | {folder for folder in left if folder.exists()}


def relabel_study(data_set: DataSet, study_id: str, labels_of: LabelsOf) -> None:
    """Give the images of a complete study other labels: their files move, its rows are rewritten,
    nothing is decoded. One that another run has in its hands is left to that run."""
    with contextlib.suppress(FileNotFoundError):
        _relabel(data_set, study_id, labels_of)


def _relabel(data_set: DataSet, study_id: str, labels_of: LabelsOf) -> None:
    rows, footer = data_set.rows(study_id), data_set.footer(study_id)
    if footer is None:
        raise FileNotFoundError
    with Attempt(data_set, study_id) as attempt:
        staged = {}
        for row in rows:
            labels_of(row["source_id"]).write(row)
            if row["file_name"]:
                existing = data_set.file(row["file_name"])
                row["file_name"] = image_name(row)
                staged[row["file_name"]] = attempt.stage_existing(existing)
            if row["mask_file_name"]:
                existing = data_set.file(row["mask_file_name"])
                row["mask_file_name"] = mask_name(row)
                staged[row["mask_file_name"]] = attempt.stage_existing(existing)
        attempt.commit(rows, staged, footer)


def remove_study(data_set: DataSet, study_id: str) -> None:
    """Remove a study: its marker first, so that it never looks complete without its images."""
    for path in (*data_set.replaced_markers(study_id), data_set.marker(study_id)):
        data_set.within(path.parent)
        path.unlink(missing_ok=True)
    for path in list(data_set.files_of(study_id)):
        path.unlink(missing_ok=True)
        remove_empty(data_set.root, path.parent)


def remove_sources(data_set: DataSet, study_id: str, sources: Collection[str]) -> None:
    """Remove from a complete study the rows and images of some sources; the study goes where
    nothing is left. Its key changes: the stage that made it, and stages after it, do it again."""
    before, footer = data_set.rows(study_id), data_set.footer(study_id)
    rows = [row for row in before if row["source_id"] not in sources]
    if not rows or footer is None:
        remove_study(data_set, study_id)
        return
    for row in rows:
        if any(source in (row["detail"] or "") for source in sources):
            row["detail"] = "of a source that was removed"
    left = sorted({row["source_id"] for row in rows})
    footer["key"] = key_of("without removed sources", footer["key"], left)
    names = {name for row in rows for name in (row["file_name"], row["mask_file_name"]) if name}
    with Attempt(data_set, study_id) as attempt:
        staged = {
            name: attempt.stage_existing(data_set.file(name))
            for name in sorted(names)
            if data_set.file(name).exists()
        }
        attempt.commit(rows, staged, footer)


def remove_attempts_of(data_set: DataSet, study_id: str, before: Path | None = None) -> None:
    """Remove what killed runs have left of a study that they were writing. before: only what is
    older than this file, so that a run which knows the file goes on."""
    newest = before.stat().st_mtime_ns if before else None
    for folder in data_set.attempts.glob(f"{study_id}-*"):
        with contextlib.suppress(OSError):
            if newest is None or folder.stat().st_mtime_ns < newest:
                shutil.rmtree(folder)


def remove_old_attempts(data_set: DataSet) -> None:
    """Remove attempts that nobody has touched for a day: their process is dead."""
    for folder in data_set.attempts.glob("*"):
        with contextlib.suppress(OSError):
            if _is_old(folder):
                shutil.rmtree(folder)
    with contextlib.suppress(OSError):
        data_set.attempts.rmdir()


def remove_old_leftovers(root: Path) -> None:
    """Remove files that did not get their name and that nobody has touched for a day, from a data
    set or a private tree."""
    for path in leftovers(root):
        with contextlib.suppress(OSError):
            if _is_old(path):
                path.unlink()


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _ATTEMPT_MAX_AGE_S


def remove_replaced(data_set: DataSet) -> None:
    """Remove what a killed commit left of the studies whose new marker had arrived already."""
    for path in data_set.all_replaced_markers():
        if path.with_name(f"{path.name.partition('.')[0]}.parquet").exists():
            path.unlink(missing_ok=True)


def _linked(existing: Path, path: Path) -> bool:
    """Give a file another name; whether that was possible."""
    try:
        os.link(existing, path)
    except OSError:
        return False
    return True
