"""What a person asks of an export, and what of it decides on its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.errors import UsageError

TRAINING, VALIDATION, HOLDOUT = PARTS = ("training", "validation", "holdout")
"""The parts of a split, as `radprep train` names them."""

_LEAST_SIDE, _MOST_SIDE = 16, 65_535
_MEGABYTE = 1_000_000
_OF_FORMAT = {"positive": "mura", "negative": "mura", "outlines": "yolo"}
"""Options that one format alone takes, and which one."""


@dataclass(frozen=True)
class ExportOptions:
    """What of a data set is exported, and in which form.

    part: one of PARTS, None for all films; run: folder of a training whose splits say where a film
    stands, None for the column `split`; label: name of the label that counts as the main one, None
    for that of the data set; max_side: longest side in pixels, None for no limit; jpeg: quality
    from 1 to 100, None for PNG; with_marked: also films in whose pixels text about a person may
    stand; shard_mb: megabytes of pixels that a shard may hold, before they are compressed.
    Of some formats alone: positive, negative: labels of the two classes, as in a training;
    outlines: the outlines of boxes instead of upright boxes. copy: no hard links to the data set;
    the bytes are the same.
    """

    part: str | None = None
    run: Path | None = None
    label: str | None = None
    max_side: int | None = None
    jpeg: int | None = None
    with_marked: bool = False
    shard_mb: int = 500
    positive: str | None = None
    negative: tuple[str, ...] = ()
    outlines: bool = False
    copy: bool = False

    @property
    def suffix(self) -> str:
        """Suffix of the files of images."""
        return ".png" if self.jpeg is None else ".jpg"

    @property
    def shard_bytes(self) -> int:
        """Bytes of pixels that a shard may hold."""
        return self.shard_mb * _MEGABYTE

    def check(self, of_format: Sequence[str]) -> None:
        """Raise UsageError where a value is none that is possible. of_format: those of _OF_FORMAT
        that the format takes."""
        for name, owner in _OF_FORMAT.items():
            if getattr(self, name) and name not in of_format:
                raise UsageError(f"--{name} belongs to --format {owner}. Leave it away.")
        if self.part is not None and self.part not in PARTS:
            raise UsageError(f"--part {self.part!r} is not possible: give {', '.join(PARTS)}.")
        if self.max_side is not None and not _LEAST_SIDE <= self.max_side <= _MOST_SIDE:
            raise UsageError(
                f"--max-side {self.max_side} is not possible: give {_LEAST_SIDE} to {_MOST_SIDE} "
                "pixels."
            )
        if self.jpeg is not None and not 1 <= self.jpeg <= 100:
            raise UsageError(f"--jpeg {self.jpeg} is not possible: give a quality of 1 to 100.")
        if not 1 <= self.shard_mb <= 100_000:
            raise UsageError(f"--shard-mb {self.shard_mb} is not possible: give 1 to 100,000.")

    def scaled(self, width: int, height: int) -> tuple[int, int]:
        """Width and height, in pixels, of what an image of this size becomes. Nothing is made
        larger."""
        longest = max(width, height)
        if self.max_side is None or longest <= self.max_side:
            return width, height
        share = self.max_side / longest
        return max(1, round(width * share)), max(1, round(height * share))

    def said(self, label: str | None) -> dict[str, Any]:
        """The options that decide on the bytes, as export.json has them: no path. label: name of
        the label that they come to."""
        return {
            "part": self.part,
            "by_run": self.run is not None,
            "label": label,
            "max_side": self.max_side,
            "jpeg": self.jpeg,
            "with_marked": self.with_marked,
            "shard_mb": self.shard_mb,
            "positive": self.positive,
            "negative": list(self.negative),
            "outlines": self.outlines,
        }
