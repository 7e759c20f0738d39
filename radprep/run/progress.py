"""What a run shows while it works: a live bar on a terminal, plain lines in a batch log, and logs/ in the data set.

Nothing here carries a tag value, a path or a name: studies are named by their pseudonyms.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from radprep.dataset import write_json
from radprep.stage import Outcome

LINE_EVERY_S = 30.0
STATUS_EVERY_S = 5.0


class Progress:
    """Counts outcomes and shows them on stderr. Use as a context.

    total: things to do; unit: what they are called ("studies", "headers").
    """

    def __init__(self, title: str, total: int, unit: str = "studies", *, quiet: bool = False) -> None:
        self.title, self.total, self.unit, self.quiet = title, total, unit, quiet
        self.done = self.kept = self.rejected = self.failed = 0
        self._started = self._said = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        """Show the bar where there is a terminal and something to do."""
        if sys.stderr.isatty() and not self.quiet and self.total:
            self._start_bar()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away, or say the last line."""
        if self._bar is not None:
            self._bar.stop()
        elif self.total:
            self._say(self.line())

    def step(self, outcome: Outcome | None = None) -> None:
        """One more is done."""
        self.done += 1
        if outcome is not None:
            self.kept, self.rejected, self.failed = self.kept + outcome.kept, self.rejected + outcome.rejected, self.failed + outcome.failed
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, counts=self._counts())
        elif time.monotonic() - self._said >= LINE_EVERY_S:
            self._say(self.line())

    def line(self) -> str:
        """The state as one line of text."""
        seconds = time.monotonic() - self._started
        rate = self.done / seconds if seconds > 0 else 0.0
        left = f", {_duration((self.total - self.done) / rate)} left" if 0 < self.done < self.total else ""
        return f"{self.title}: {self.done}/{self.total} {self.unit}, {rate:.1f}/s{left}{self._counts()}"

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
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(self.unit),
                                 TimeRemainingColumn(), TextColumn("{task.fields[counts]}"), console=Console(stderr=True))
        self._task = self._bar.add_task(self.title, total=self.total, counts="")
        self._bar.start()


class RunLog:
    """logs/run-<start>-<process>.jsonl, one JSON object a line, and logs/status.json, refreshed while the run lasts."""

    def __init__(self, out: Path, stage: str, total: int) -> None:
        self._status = out / "logs" / "status.json"
        self._status.parent.mkdir(parents=True, exist_ok=True)
        stamp = _now().replace(":", "").replace("-", "")
        self._handle: TextIO = (out / "logs" / f"run-{stamp}-{os.getpid()}.jsonl").open("a", encoding="utf-8")
        self._state: dict[str, Any] = {"stage": stage, "started": _now(), "total": total, "done": 0, "kept": 0, "rejected": 0, "failed": 0}
        self._refreshed = 0.0
        self.event("started", stage=stage, studies=total)

    def event(self, kind: str, **values: Any) -> None:
        """Write one line."""
        self._handle.write(json.dumps({"time": _now(), "event": kind, **values}) + "\n")
        self._handle.flush()

    def study(self, outcome: Outcome) -> None:
        """Write what became of a study."""
        self.event("study", study_id=outcome.study_id, kept=outcome.kept, rejected=outcome.rejected, failed=outcome.failed,
                   images=outcome.images)
        self._state["done"] += 1
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


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
