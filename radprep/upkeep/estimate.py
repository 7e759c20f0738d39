"""What converting a dump will take: time and room on the disk, from a few of its films that were
tried."""

from __future__ import annotations

import datetime
import shutil
import statistics
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radprep.convert.options import ConvertOptions
from radprep.convert.trial import Trial
from radprep.dicom.facts import IMAGE, FileFacts
from radprep.dicom.files import FoundFile
from radprep.upkeep.table import Table

FILMS_TRIED = 4
"""Of each transfer syntax: films of one syntax take about the same time for each pixel."""

_SECONDS_A_FILM = 0.006
"""What each film takes besides, however small it is: its header, its rows and writing its PNG.
Measured with `radprep convert --profile` on 1500 films of 80 by 60 pixels."""

_LEAST, _MOST = 0.8, 1.5
"""The range around the cheapest and the dearest film tried: a run shares its disk and its memory
with others, and commits studies besides."""


class Workload:
    """Counts what convert would have to do, by transfer syntax, and picks films to try."""

    def __init__(self) -> None:
        self.films = 0
        self.pixels: Counter[str] = Counter()
        self._picked: dict[str, list[tuple[int, bytes, FoundFile]]] = defaultdict(list)

    def add(self, facts: FileFacts) -> None:
        """Count one file, if convert takes films of its modality."""
        if facts.kind != IMAGE or facts.Modality not in ConvertOptions.modalities:
            return
        syntax = facts.TransferSyntaxUID or ""
        self.films += 1
        self.pixels[syntax] += sum(width * height for width, height in facts.sizes)
        if facts.file is not None:
            # by a hash of the name, so that it is the same pick in whatever order files come
            name = facts.file.path
            picked = sorted(
                [*self._picked[syntax], (zlib.crc32(name), name, facts.file)],
                key=lambda one: one[:2],
            )
            self._picked[syntax] = picked[:FILMS_TRIED]

    def to_try(self) -> Iterator[tuple[str, FoundFile]]:
        """Transfer syntax and file of the films to try: one of each syntax first, then another."""
        for number in range(FILMS_TRIED):
            for syntax, _ in self.pixels.most_common():
                yield from (
                    (syntax, file) for _, _, file in self._picked[syntax][number : number + 1]
                )


@dataclass(frozen=True)
class Place:
    """How and where it will be done. workers: that share the work; out: the data set that will be
    made, or nothing."""

    workers: int
    out: Path | None = None

    def free(self) -> int | None:
        """Bytes that are free on the disk where OUT will stand."""
        if self.out is None:
            return None
        absolute = self.out.absolute()
        existing = next(path for path in (absolute, *absolute.parents) if path.exists())
        return shutil.disk_usage(existing).free


def estimate_table(
    work: Workload, tried: Mapping[str, Sequence[Trial]], place: Place
) -> Table | None:
    """What convert will take: about, at least and at most. None where no film could be tried.

    tried: transfer syntax -> its films; a syntax without any counts as all others together.
    """
    if not any(tried.values()):
        return None
    of_pixels = _range(work, tried, lambda trial: trial.seconds / max(1, trial.pixels))
    size = _range(work, tried, lambda trial: trial.png_bytes / max(1, trial.pixels))
    seconds = [one + _SECONDS_A_FILM * work.films for one in of_pixels]
    wall = [round(one / place.workers) for one in seconds]
    free = place.free()
    rows = [
        ("films", work.films, work.films, work.films),
        ("core_seconds", *map(round, seconds)),
        (f"seconds_of_{place.workers}_workers", *wall),
        ("png_bytes", *map(round, size)),
    ]
    if free is not None:
        rows.append(("free_bytes", free, free, free))
    number = sum(map(len, tried.values()))
    note = (
        f"An estimate from {number} of its films, converted in memory: {_time(wall[0])} with "
        f"{place.workers} worker{'s' if place.workers > 1 else ''} ({_time(wall[1])} to "
        f"{_time(wall[2])}), and {_bytes(size[0])} of PNG ({_bytes(size[1])} to {_bytes(size[2])})."
    )
    if free is not None:
        fits = "" if size[2] < free else " That may not be enough."
        note += f" {_bytes(free)} are free where OUT will stand.{fits}"
    return Table(
        "estimate", "Estimate of convert", "about", rows, ("name", "count", "least", "most"), note
    )


def _range(
    work: Workload, tried: Mapping[str, Sequence[Trial]], cost: Callable[[Trial], float]
) -> tuple[float, float, float]:
    """About, at least and at most: of what each pixel costs, over all of them."""
    everything = [cost(trial) for trials in tried.values() for trial in trials]
    about = least = most = 0.0
    for syntax, pixels in work.pixels.items():
        costs = [cost(trial) for trial in tried.get(syntax, ())] or everything
        about += pixels * statistics.median(costs)
        least += pixels * min(costs) * _LEAST
        most += pixels * max(costs) * _MOST
    return about, least, most


def _time(seconds: float) -> str:
    return str(datetime.timedelta(seconds=max(1, round(seconds))))


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
