"""How many workers, and how quiet each must be."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from functools import cache

import joblib

from radprep.dicom.budget import mapped_bytes
from radprep.errors import UsageError
from radprep.run.memory import memory_of_worker

MOST_WORKERS_A_CORE = 4
"""A worker that waits for a disk leaves its core to another one; beyond so many, none gains."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_KEPT_BLOCK, _KEPT_BYTES = 32 << 20, 1 << 28


def worker_count(asked: int | None, *, quiet: bool = False) -> int:
    """Workers to start: the flag, RADPREP_WORKERS, SLURM_CPUS_PER_TASK, or the cores this process
    may use (its affinity and cgroup), in this order.

    More than MOST_WORKERS_A_CORE for each core are taken down to that many, since further ones
    would only take memory; a line on stderr says so, unless `quiet`. Raises UsageError for what is
    no positive number.
    """
    if asked is not None:
        return _sensible(asked, "--workers", quiet=quiet)
    for name in ("RADPREP_WORKERS", "SLURM_CPUS_PER_TASK"):
        value = os.environ.get(name)
        if value:
            if not value.isdecimal():
                raise UsageError(
                    f"{name}={value!r} is not a number of workers: set it to 1 or more, or give "
                    "--workers."
                )
            return _sensible(int(value), name, quiet=quiet)
    return int(joblib.cpu_count())


def _sensible(workers: int, name: str, *, quiet: bool) -> int:
    if workers < 1:
        raise UsageError(f"{name} {workers} is not possible: give 1 or more.")
    cores = int(joblib.cpu_count())
    most = MOST_WORKERS_A_CORE * cores
    if workers <= most:
        return workers
    if not quiet:
        print(
            f"{name} {workers} is too many for the {cores} {'core' if cores == 1 else 'cores'} "
            f"that this process may use: {most} workers do the work.",
            file=sys.stderr,
            flush=True,
        )
    return most


def limit_process(memory: int | None = None) -> None:
    """Keep a process that does studies within bounds: of memory, and to one thread for each library
    that would start more (the workers are the parallelism).

    memory: bytes that it may take beyond what it has mapped at the start; without, a share of the
    machine or job as if each core had a worker. A file that asks for more gets a MemoryError, which
    costs that file only.
    """
    import cv2
    import pyarrow as pa

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _mapped_at_start() + (memory or memory_of_worker(int(joblib.cpu_count())))
    limits = [limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    _keep_freed_memory()
    cv2.setNumThreads(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


@contextlib.contextmanager
def limited_process() -> Iterator[None]:
    """Within it this process, which does studies by itself, is limited as a worker is; afterwards
    it may use its memory again."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit_process(memory_of_worker(1))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@cache
def _mapped_at_start() -> int:
    """Address space of this process before its first study: code and stacks, most of which is no
    memory. Remembered, so that a process that is limited again and again gets no more."""
    return mapped_bytes()


def _keep_freed_memory() -> None:
    """Let malloc use the memory of one film for the next: by default it gives large blocks back,
    and a quarter of the time of converting uncompressed films went into being given them again,
    page by page. The peak stays the same. Not every C library has mallopt."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
