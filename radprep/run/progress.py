"""What a run shows while it works: a live bar on a terminal, plain lines in a batch log, and logs/
in the data set.

Nothing here carries a tag value, a path or a name: studies are named by their pseudonyms.
"""

from __future__ import annotations

import datetime
import json
import sys
import threading
import time
import uuid
from collections import Counter
from types import TracebackType
from typing import Any, TextIO

from radprep.dataset.durable import explain_disk_errors, write_json
from radprep.dataset.layout import DataSet
from radprep.run.listener import Listener
from radprep.stage.shard import WHOLE, Shard
from radprep.stage.work import Outcome

LINE_EVERY_S = 30.0
STATUS_EVERY_S = 5.0
LOOK_EVERY_S = 0.5
_BAR_WIDTH = 20
"""Leaves room for the figures beside it on a terminal of 80 columns."""


class Progress:
    """Counts outcomes and shows them on stderr. Use as a context.

    total: things to do; unit: what they are called ("studies", "headers"); effort: about how much
    work all of them are, in any unit, which the time left is told from (the largest come first).

    It looks by itself how far the workers are, so that a study of many films does not seem to stand
    still: what they tell within a study counts until that study is done, which counts as a whole.
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
        self._listener = Listener() if unit == "studies" and total and not quiet else None
        self._ended, self._turn = threading.Event(), threading.RLock()
        self._watch = threading.Thread(target=self._look_again_and_again, daemon=True)

    def __enter__(self) -> Progress:
        """Show the bar where there is a terminal and something to do."""
        if sys.stderr.isatty() and not self.quiet and self.total:
            self._start_bar()
        if self.total and not self.quiet:
            self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away, or say the last line."""
        self._ended.set()
        if self._watch.is_alive():
            self._watch.join()
        self._hear()
        if self._bar is not None:
            self._bar.stop()
        elif self.total:
            self._say(self.line())

    def step(self, outcome: Outcome | None = None, effort: int = 1, number: int = 1) -> None:
        """So many more are done, one if nobody says otherwise. effort: their share of the
        whole's."""
        with self._turn:
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
            self.show()

    def show(self) -> None:
        """Bring the bar up to date or, without one, say a line if it is time for one."""
        with self._turn:
            self._hear()
            if self._bar is not None:
                self._bar.update(self._task, completed=self._effort_now, state=self._state())
            elif time.monotonic() - self._said >= LINE_EVERY_S:
                self._say(self.line())

    def _look_again_and_again(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self.show()

    def _hear(self) -> None:
        if self._listener:
            self._listener.hear()

    @property
    def _films(self) -> int:
        """Films that the workers have told of."""
        return self._listener.films if self._listener else 0

    @property
    def _effort_now(self) -> int:
        """The work done, that in unfinished studies too. A study that was tried twice has told
        twice of some of it, so there is never more than all."""
        told = self._listener.effort if self._listener else 0
        return min(self._effort, max(self._effort_done, told))

    @property
    def files(self) -> dict[str, int]:
        """Files of the studies done, by status."""
        return {"kept": self.kept, "rejected": self.rejected, "failed": self.failed}

    def line(self) -> str:
        """The state as one line of text."""
        files = (
            f", files: {self.kept} kept, {self.rejected} rejected, {self.failed} failed"
            if self.unit == "studies"
            else ""
        )
        return f"{self.title}: {self._state()}{files}"

    def seconds_left(self, seconds: float) -> float:
        """Seconds that the rest takes if the work done took so many."""
        return seconds * (self._effort - self._effort_now) / max(1, self._effort_now)

    def _state(self) -> str:
        """How many are done of all, how fast it goes, and how long it will still take."""
        seconds = time.monotonic() - self._started
        rate = (self._films or self.done) / max(seconds, 1e-9)
        pace = f"{rate:.1f} films/s" if self._films else f"{rate:.1f}/s"
        share = f" ({self._effort_now / self._effort:.0%})" if self._films else ""
        is_under_way = self._effort_now > 0 and self.done < self.total
        left = f", {duration(self.seconds_left(seconds))} left" if is_under_way else ""
        return f"{self.done}/{self.total} {self.unit}{share}, {pace}{left}"

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=_BAR_WIDTH),
            TextColumn("{task.fields[state]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task(self.title, total=self._effort, state=self._state())
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
