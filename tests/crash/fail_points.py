"""Fail points: every write, fsync, rename and removal of a process is a place where it may be
killed, before and after.

The functions of `os` are replaced from outside; radprep knows nothing of it.
"""

import io
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

_WRAPPED = ("fsync", "replace", "rename", "unlink", "link", "mkdir", "rmdir")


@dataclass(frozen=True)
class Kill:
    """Kill `who` (self, parent or group) when a process passes its fail point number `at`; once,
    which the file `flag` says."""

    at: int
    who: str
    flag: Path
    parent: int

    def strike(self):
        try:
            os.close(os.open(self.flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        target = {"self": os.getpid(), "parent": self.parent, "group": -self.parent}[self.who]
        os.kill(target, signal.SIGKILL)


class Points:
    """The fail points of this process."""

    def __init__(self, kill):
        self.kill, self.passed = kill, 0

    def here(self):
        self.passed += 1
        if self.passed == self.kill.at:
            self.kill.strike()


_installed = []


def install(kill):
    """Replace the functions, once a process; returns its points."""
    if _installed:
        return _installed[0]
    points = Points(kill)
    _installed.append(points)
    for name in _WRAPPED:
        setattr(os, name, _bracketed(points, getattr(os, name)))
    pq.ParquetWriter.write_table = _bracketed(points, pq.ParquetWriter.write_table)
    plain_open = io.open

    def open_torn(file, mode="r", *arguments, **named):
        return _Torn(points, file) if mode == "wb" else plain_open(file, mode, *arguments, **named)

    io.open = open_torn
    return points


def _bracketed(points, function):
    def bracketed(*arguments, **named):
        points.here()
        result = function(*arguments, **named)
        points.here()
        return result

    return bracketed


class _Torn(io.FileIO):
    """A file that is written in two halves, with a fail point between them."""

    def __init__(self, points, file):
        super().__init__(file, "wb")
        self._points = points

    def write(self, data):
        half = len(data) // 2
        super().write(data[:half])
        self._points.here()
        return half + super().write(data[half:])


@dataclass(frozen=True)
class FailingStage:
    """A stage whose workers have the fail points, too."""

    stage: object
    kill: Kill

    def do(self, job):
        install(self.kill)
        return self.stage.do(job)

    def fail(self, job, code):
        return self.stage.fail(job, code)


def naive_commit(attempt, rows, staged, footer):
    """What DESIGN forbids: the marker first, then the images, written in place."""
    import json

    from radprep.dataset.durable import write_table
    from radprep.dataset.schema import to_table

    marker = attempt.data_set.marker(attempt.study_id)
    marker.parent.mkdir(parents=True, exist_ok=True)
    write_table(
        to_table(rows),
        marker,
        {b"radprep": json.dumps({**footer, "images": len(staged)}, sort_keys=True)},
    )
    for name, path in staged.items():
        (attempt.data_set.file(name)).parent.mkdir(parents=True, exist_ok=True)
        with (attempt.data_set.file(name)).open("wb") as handle:
            handle.write(path.read_bytes())
    wanted = {attempt.data_set.file(name) for name in staged}
    for path in list(attempt.data_set.files_of(attempt.study_id)):
        if path not in wanted:
            path.unlink()
