"""How many workers, and how quiet each must be."""

from __future__ import annotations

import os

import joblib

from radprep.errors import UsageError


def worker_count(asked: int | None) -> int:
    """Workers to start: the flag, RADPREP_WORKERS, SLURM_CPUS_PER_TASK, or the cores this process may use (its affinity and
    cgroup), in this order. Raises UsageError for what is no positive number."""
    if asked is not None:
        if asked < 1:
            raise UsageError(f"--workers {asked} is not possible: give 1 or more.")
        return asked
    for name in ("RADPREP_WORKERS", "SLURM_CPUS_PER_TASK"):
        value = os.environ.get(name)
        if value:
            if not value.isdigit() or int(value) < 1:
                raise UsageError(f"{name}={value!r} is not a number of workers: set it to 1 or more, or give --workers.")
            return int(value)
    return int(joblib.cpu_count())


def limit_threads() -> None:
    """One thread for each library that would start more: the workers are the parallelism."""
    import cv2
    import pyarrow as pa

    cv2.setNumThreads(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
