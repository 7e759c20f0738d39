"""How far the runs of a data set are, from the status files that they refresh in its logs/."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.text.small_file import parse_json, read_small

STATES = ("running", "done", "interrupted", "stopped")
_SHARD = re.compile("[1-9][0-9]{0,5}/[1-9][0-9]{0,5}")
_MOST = 2**53

SILENT_S = 120.0
"""A run that has not finished a study for so long may be dead, or has a large one in hand."""


@dataclass(frozen=True)
class RunState:
    """One run, or one shard. state: running, done, interrupted or stopped; heard_s: seconds since
    its last sign; left_s: seconds that it still needs at its pace, None where nobody can say."""

    shard: str
    state: str
    done: int
    total: int
    kept: int
    rejected: int
    failed: int
    seconds: float
    heard_s: float
    left_s: float | None


@dataclass(frozen=True)
class Status:
    """A data set: its stage, whether its shared tables stand, how many studies were planned, were
    left undone by `--limit` and stand on the disk, its last runs, and its fingerprint, where its
    shared tables stand."""

    stage: str
    complete: bool
    planned: int
    left: int
    studies: int
    runs: list[RunState]
    fingerprint: str | None = None


def read_status(root: Path) -> Status:
    """Raises UsageError where the folder is no data set, not even one that was begun."""
    data_set = DataSet(root)
    info = read_info(data_set)
    runs = [
        state for path in sorted(data_set.logs.glob("status*.json")) if (state := _state_of(path))
    ]
    planned, left = info.get("studies_planned", 0), info.get("studies_left", 0)
    return Status(
        info["stage"],
        info["complete"],
        planned,
        left,
        len(data_set.study_ids()),
        sorted(runs, key=lambda run: tuple(map(int, run.shard.split("/")[::-1]))),
        info.get("fingerprint") if info["complete"] else None,
    )


def _state_of(path: Path) -> RunState | None:
    try:
        read: dict[str, Any] = parse_json(read_small(path))
        if not _is_ours(read):
            return None
        started, updated = (
            datetime.datetime.fromisoformat(read[name]) for name in ("started", "updated")
        )
        seconds = (updated - started).total_seconds()
        going, done = read["state"] == "running", read["effort_done"]
        left = seconds * (read["effort"] - done) / done if going and done else None
        return RunState(
            read["shard"],
            read["state"],
            read["done"],
            read["total"],
            read["kept"],
            read["rejected"],
            read["failed"],
            seconds,
            (datetime.datetime.now(datetime.UTC) - updated).total_seconds(),
            left,
        )
    # an older version's, or one that somebody has put there
    except (OSError, ValueError, KeyError, TypeError, OverflowError, UsageError):
        return None


def _is_ours(read: Any) -> bool:
    """Whether a status file says what ours do: it is printed, and its numbers are divided."""
    return (
        isinstance(read, dict)
        and isinstance(read["shard"], str)
        and _SHARD.fullmatch(read["shard"]) is not None
        and read["state"] in STATES
        and all(
            isinstance(read[name], (int, float)) and 0 <= read[name] < _MOST
            for name in ("done", "total", "kept", "rejected", "failed", "effort", "effort_done")
        )
    )
