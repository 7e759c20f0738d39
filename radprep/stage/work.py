"""What a stage is to a run: the work on one study, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from radprep.dataset.commit import Attempt
from radprep.dataset.counts import count_files
from radprep.dataset.schema import FAILED, KEPT, Row
from radprep.image import png
from radprep.image.image import Pixels
from radprep.stage.stopwatch import Stopwatch

Job = TypeVar("Job", bound="StudyJob", contravariant=True)


class StudyJob(Protocol):
    """The work on one study."""

    @property
    def study_id(self) -> str:
        """Which study it is."""

    @property
    def weight(self) -> int:
        """About how much work it is, to begin with the largest."""


@dataclass(frozen=True)
class Outcome:
    """What became of one study: its files by status, the images written, and the seconds it took by
    stage of the work."""

    study_id: str
    kept: int = 0
    rejected: int = 0
    failed: int = 0
    images: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, study_id: str, rows: Iterable[Row], seconds: Mapping[str, float]) -> Outcome:
        """Count the files of a study's rows."""
        listed = list(rows)
        counts = count_files(listed)
        return cls(
            study_id,
            counts["kept"],
            counts["rejected"],
            counts["failed"],
            sum(row["status"] == KEPT for row in listed),
            seconds,
        )


class Stage(Protocol[Job]):
    """Work on one study that does not know how it is run. Stages are small and picklable: they hold
    paths, never pixels."""

    def do(self, job: Job) -> Outcome:
        """Do one study and commit it. What a file holds never makes it raise."""

    def fail(self, job: Job, code: str) -> Outcome:
        """Commit a study whose work could not be done: every undecided row of it failed, with this
        code."""


def stage_png(pixels: Pixels, attempt: Attempt, watch: Stopwatch) -> Path:
    """Write an image into the attempt at its study."""
    with watch.timing("encode"):
        data = png.encode(pixels)
    with watch.timing("write"):
        return attempt.stage(data)


def failure_codes(rows: Iterable[Row]) -> list[str]:
    """Codes of the failures in rows, each once."""
    return sorted({row["reason"] or "" for row in rows if row["status"] == FAILED})
