"""What a run shows while it works: a live bar on a terminal, plain lines in a batch log, and logs/
in the data set.

Nothing here carries a tag value, a path or a name: studies are named by their pseudonyms.
"""

from __future__ import annotations

import datetime
import json
import sys
import time
import uuid
from collections import Counter
from types import TracebackType
from typing import Any, TextIO

from radprep.dataset.durable import explain_disk_errors, write_json
from radprep.dataset.layout import DataSet
from radprep.stage.shard import WHOLE, Shard
from radprep.stage.work import Outcome

LINE_EVERY_S = 30.0
STATUS_EVERY_S = 5.0


class Progress:
    """Counts outcomes and shows them on stderr. Use as a context.

    total: things to do; unit: what they are called ("studies", "headers"); effort: about how much
    work all of them are, in any unit, which the time left is told from (the largest come first).
    """

    def __init__(
        self,
        title: str,
        total: int,
        unit: str = "studies",
        *,
        effort: int | None = None,
        quiet: bool = False,
    ) -> None:
        self.title, self.total, self.unit, self.quiet = title, total, unit, quiet
        self._effort, self._effort_done = effort or total, 0
        self.done = self.kept = self.rejected = self.failed = self.images = 0
        self.seconds: Counter[str] = Counter()
        self._started = self._said = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        """Show the bar where there is a terminal and something to do."""
        if sys.stderr.isatty() and not self.quiet and self.total:
            self._start_bar()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away, or say the last line."""
        if self._bar is not None:
            self._bar.stop()
        elif self.total:
            self._say(self.line())

    def step(self, outcome: Outcome | None = None, effort: int = 1, number: int = 1) -> None:
        """So many more are done, one if nobody says otherwise. effort: their share of the
        whole's."""
        self.done += number
        self._effort_done += effort
        if outcome is not None:
            self.kept, self.rejected, self.failed = (
                self.kept + outcome.kept,
                self.rejected + outcome.rejected,
                self.failed + outcome.failed,
            )
            self.images += outcome.images
            self.seconds.update(outcome.seconds)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._effort_done, counts=self._state())
        elif time.monotonic() - self._said >= LINE_EVERY_S:
            self._say(self.line())

    @property
    def files(self) -> dict[str, int]:
        """Files of the studies done, by status."""
        return {"kept": self.kept, "rejected": self.rejected, "failed": self.failed}

    def line(self) -> str:
        """The state as one line of text."""
        seconds = time.monotonic() - self._started
        rate = self.done / seconds if seconds > 0 else 0.0
        left = (
            f", {duration(self.seconds_left(seconds))} left" if 0 < self.done < self.total else ""
        )
        return (
            f"{self.title}: {self.done}/{self.total} {self.unit}, "
            f"{rate:.1f}/s{left}{self._counts()}"
        )

    def seconds_left(self, seconds: float) -> float:
        """Seconds that the rest takes if the work done took so many."""
        return seconds * (self._effort - self._effort_done) / max(1, self._effort_done)

    def _state(self) -> str:
        return f"{self.done}/{self.total} {self.unit}{self._counts()}"

    def _counts(self) -> str:
        if self.unit != "studies":
            return ""
        return f", files: {self.kept} kept, {self.rejected} rejected, {self.failed} failed"

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task(self.title, total=self._effort, counts=self._state())
        self._bar.start()


class RunLog:
    """logs/run-<start>-<random>.jsonl, one JSON object a line, and logs/status.json
    (status-3-of-20.json for a shard), refreshed while the run lasts. effort: about how much work
    all studies are."""

    def __init__(
        self, out: DataSet, stage: str, total: int, shard: Shard = WHOLE, effort: int | None = None
    ) -> None:
        name = "" if shard.is_all else f"-{shard.number}-of-{shard.count}"
        self._status = out.logs / f"status{name}.json"
        self._out = out
        with explain_disk_errors(out):
            self._status.parent.mkdir(parents=True, exist_ok=True)
        stamp = _now().replace(":", "").replace("-", "")
        log = out.logs / f"run-{stamp}-{uuid.uuid4().hex[:8]}.jsonl"
        self._handle: TextIO = log.open("a", encoding="utf-8")
        self._state: dict[str, Any] = {
            "stage": stage,
            "shard": f"{shard.number}/{shard.count}",
            "started": _now(),
            "total": total,
            "done": 0,
            "kept": 0,
            "rejected": 0,
            "failed": 0,
            "effort": effort or total,
            "effort_done": 0,
        }
        self._refreshed = 0.0
        self.event("started", stage=stage, studies=total)

    def event(self, kind: str, **values: Any) -> None:
        """Write one line."""
        with explain_disk_errors(self._out):
            self._handle.write(json.dumps({"time": _now(), "event": kind, **values}) + "\n")
            self._handle.flush()

    def study(self, outcome: Outcome, effort: int = 1) -> None:
        """Write what became of a study. effort: its share of the whole's."""
        self.event(
            "study",
            study_id=outcome.study_id,
            kept=outcome.kept,
            rejected=outcome.rejected,
            failed=outcome.failed,
            images=outcome.images,
        )
        self._state["done"] += 1
        self._state["effort_done"] += effort
        for name in ("kept", "rejected", "failed"):
            self._state[name] += getattr(outcome, name)
        if time.monotonic() - self._refreshed > STATUS_EVERY_S:
            self._write_status("running")

    def close(self, how: str) -> None:
        """Write the end: done, interrupted or stopped by an error."""
        self.event(how)
        self._write_status(how)
        self._handle.close()

    def _write_status(self, state: str) -> None:
        self._refreshed = time.monotonic()
        write_json(self._status, {**self._state, "state": state, "updated": _now()})


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Seconds as h:mm:ss."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
