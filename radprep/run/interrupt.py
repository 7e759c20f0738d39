"""Being asked to stop: once is a wish, twice is an order."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any

from radprep.errors import InterruptedRunError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_STDERR = 2

GRACE_S = 25.0
"""Seconds that the studies in hand may take after a run was asked to stop; SLURM kills 30 after it
has sent SIGTERM."""


class Interrupt:
    """While entered, Ctrl-C, SIGTERM and SIGUSR1 (SLURM's warning) set `asked`; the second Ctrl-C
    ends the run at once.

    Python lets the main thread alone take signals over. Entered in another thread, as a server or
    a notebook's widget may do it, this leaves them to whoever has them, and nobody asks.
    """

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self.asked = False
        self._grace_s = grace_s
        self._since = math.inf
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupt:
        """Take the signals over, where this thread may."""
        if threading.current_thread() is not threading.main_thread():
            return self
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def grace_left(self) -> float:
        """Seconds that the studies in hand still have; all of them where nobody has asked."""
        return max(0.0, self._grace_s - max(0.0, time.monotonic() - self._since))

    def check(self, *, patient: bool = True) -> None:
        """Raises InterruptedRunError where the studies in hand have had their time; they get none
        where there is nothing to be patient for."""
        if self.asked and (not patient or self.grace_left() <= 0):
            raise InterruptedRunError(
                "Stopped as asked; the studies in hand took too long and were given up. Run the "
                "same command again to go on from here."
            )

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            self._grace_s = 0.0
            raise InterruptedRunError(
                "Stopped at once, as asked twice. Run the same command again to go on from here."
            )
        if not self.asked:
            # to the process's own stderr: what stands for it in a notebook may have no number
            with contextlib.suppress(OSError):
                os.write(
                    _STDERR,
                    b"\nStopping: the studies in hand are finished first (Ctrl-C again stops at "
                    b"once).\n",
                )
            self._since = time.monotonic()
        self.asked = True
