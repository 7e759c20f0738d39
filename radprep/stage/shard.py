"""A shard: the part of the studies that one run of several does."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass

from radprep.errors import UsageError


@dataclass(frozen=True)
class Shard:
    """Shard `number` of `count`, from 1. A study's shard is a hash of its id: it depends on nothing
    else, so any set of shards that covers 1 to n covers every study, and runs with another n may
    follow or overlap."""

    number: int = 1
    count: int = 1

    @property
    def is_all(self) -> bool:
        """There is only one."""
        return self.count == 1

    def holds(self, study_id: str) -> bool:
        """Whether a study is of this shard."""
        return self.is_all or zlib.crc32(study_id.encode()) % self.count == self.number - 1


WHOLE = Shard()
"""All studies."""


def parse_shard(text: str | None) -> Shard | None:
    """The shard that a person names as `3/20`, or as `auto`: the task of a SLURM job array. Raises
    UsageError for what is none."""
    if text is None:
        return None
    if text == "auto":
        return _shard_of_array()
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(
            f"--shard {text!r} is not possible: give i/n with i from 1 to n, such as 3/20, or auto "
            "in a SLURM job array."
        )
    return Shard(int(found[1]), int(found[2]))


def _shard_of_array() -> Shard:
    names = (
        "SLURM_ARRAY_TASK_ID",
        "SLURM_ARRAY_TASK_MIN",
        "SLURM_ARRAY_TASK_MAX",
        "SLURM_ARRAY_TASK_COUNT",
    )
    values = [os.environ.get(name, "") for name in names]
    if not all(value.isdigit() for value in values):
        raise UsageError(
            "--shard auto works inside a SLURM job array (sbatch --array=1-20), which sets "
            "SLURM_ARRAY_TASK_ID. Elsewhere give --shard i/n."
        )
    task, first, last, count = map(int, values)
    if last - first + 1 != count:
        raise UsageError(
            f"--shard auto needs an array without gaps; this one has {count} tasks from {first} to "
            f"{last}. Give --shard i/n, or submit the whole array again: what is finished is not "
            "done twice."
        )
    return Shard(task - first + 1, count)
