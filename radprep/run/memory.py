"""How much memory a worker may take: a share of what this machine, container or job has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

LEAST_FOR_A_WORKER = 1 << 30
"""Bytes that every worker gets, however little there is: with less, a large film cannot be done."""
MOST_FOR_A_WORKER = 16 << 30

_MEBI = 1 << 20
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def memory_of_worker(workers: int) -> int:
    """Bytes that each of so many workers may take. The process that leads them counts as one."""
    share = memory_available() // (max(1, workers) + 1)
    return max(LEAST_FOR_A_WORKER, min(MOST_FOR_A_WORKER, share))


def memory_available(environment: Mapping[str, str] = os.environ) -> int:
    """Bytes that this job may use, all its processes together: the least of the machine's memory,
    the limits of its control groups (containers and SLURM set them), and what SLURM says."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([machine, *_limits_of_cgroups(), *_limits_of_slurm(environment)])


def _limits_of_cgroups() -> Iterator[int]:
    """Limits of the control groups that this process is in, and of those around them: version 2 has
    one tree, version 1 one for memory."""
    yield from _limits(_CGROUPS, PurePosixPath("/"), "memory.max")
    for line in _text(_OWN_CGROUPS).splitlines():
        _, kinds, path = (*line.split(":", 2), "", "")[:3]
        group = PurePosixPath(path)
        if not kinds:
            yield from _limits(_CGROUPS, group, "memory.max")
        elif "memory" in kinds.split(","):
            yield from _limits(_CGROUPS / "memory", group, "memory.limit_in_bytes")


def _limits(tree: Path, group: PurePosixPath, name: str) -> Iterator[int]:
    for folder in (group, *group.parents):
        value = _text(tree / str(folder).lstrip("/") / name).strip()
        if value.isdecimal() and int(value):  # `max` is none
            yield int(value)


def _limits_of_slurm(environment: Mapping[str, str]) -> Iterator[int]:
    """SLURM counts in MiB, for the node or for each of its cores; 0 is all there is."""

    def number(name: str) -> int:
        """A variable of SLURM; 0 where it is not set or no number."""
        value = environment.get(name, "")
        return int(value) if value.isdecimal() else 0

    if number("SLURM_MEM_PER_NODE"):
        yield number("SLURM_MEM_PER_NODE") * _MEBI
    cores = number("SLURM_CPUS_ON_NODE") or number("SLURM_CPUS_PER_TASK") or 1
    if number("SLURM_MEM_PER_CPU"):
        yield number("SLURM_MEM_PER_CPU") * cores * _MEBI


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
