"""Being asked to stop: once is a wish, twice is an order."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any

from radprep.errors import InterruptedRunError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


class Interrupt:
    """While entered, Ctrl-C, SIGTERM and SIGUSR1 (SLURM's warning) set `asked`; the second Ctrl-C ends the run at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupt:
        """Take the signals over."""
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise InterruptedRunError("Stopped at once, as asked twice. Run the same command again to go on from here.")
        if not self.asked:
            os.write(sys.stderr.fileno(), b"\nStopping: the studies in hand are finished first (Ctrl-C again stops at once).\n")
        self.asked = True
