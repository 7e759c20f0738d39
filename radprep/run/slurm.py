"""Batch scripts for SLURM, as text. Nothing here talks to a cluster: `radprep slurm --submit` gives
the text to bash.

The text is one shell script that hands two or three jobs to sbatch: for convert a scan, whose index
and key the shards need (afterok); an array whose tasks do a shard each; a last one that makes the
shared tables (afterany: what is missing it says).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from radprep.errors import UsageError

STOP_BEFORE_S = 60
"""Seconds before the time limit at which a job is asked to stop: it ends the studies in hand and
leaves the rest for a later one."""


@dataclass(frozen=True)
class Resources:
    """What a job asks for. time, mem_per_cpu: as sbatch takes them; extra: further options of
    sbatch, such as `--qos=long`; image: an Apptainer image to run in; program: the command to run,
    as words."""

    cpus: int = 1
    time: str = "24:00:00"
    array: int = 1
    partition: str | None = None
    mem_per_cpu: str = "1G"
    gpus: int = 0
    logs: str = "slurm-logs"
    extra: tuple[str, ...] = ()
    image: str | None = None
    program: tuple[str, ...] = ("radprep",)


@dataclass(frozen=True)
class Job:
    """One job: a name, the words after `radprep`, and what it waits for: `afterok:NAME` or
    `afterany:NAME`."""

    name: str
    words: tuple[str, ...]
    after: str | None = None
    resources: Resources = field(default_factory=Resources)


def jobs_of(
    command: str,
    words: Sequence[str],
    scan: Sequence[str],
    out: str,
    resources: Resources,
    private: Sequence[str] = (),
) -> list[Job]:
    """The jobs of `radprep COMMAND WORDS...`. scan: words for `radprep scan`, used for convert;
    out: the data set that is made; private: words that name its private tree, for the jobs that
    convert and its collation need besides."""
    if command == "train":
        return [Job("train", ("train", *words), None, replace(resources, array=1))]
    one = replace(resources, array=1)
    first = [Job("scan", ("scan", *scan, *private), None, one)] if command == "convert" else []
    work = Job(
        command,
        (command, *words, "--shard", "auto"),
        f"afterok:{first[0].name}" if first else None,
        resources,
    )
    return [
        *first,
        work,
        Job("collate", ("collate", out, *private), f"afterany:{command}", replace(one, cpus=1)),
    ]


def submission(jobs: Sequence[Job]) -> str:
    """A bash script that submits the jobs and prints their ids. Raises UsageError where a word
    cannot stand in a script."""
    logs = jobs[0].resources.logs
    parts = [
        "#!/usr/bin/env bash",
        "# Submits the jobs below: bash THIS-FILE. Submit it again to go on where they stopped.",
        "set -euo pipefail",
        f"mkdir -p {_quoted(logs)}",
        *(_sbatch_call(job) for job in jobs),
    ]
    return (
        "\n".join([*parts, *(f'echo "radprep {job.name}: job ${job.name}"' for job in jobs)]) + "\n"
    )


def _sbatch_call(job: Job) -> str:
    kind, _, before = (job.after or "").partition(":")
    dependency = f' --kill-on-invalid-dep=yes --dependency={kind}:"${before}"' if before else ""
    return (
        f"{job.name}=$(sbatch --parsable{dependency} "
        f"<<'RADPREP_SBATCH'\n{script(job)}RADPREP_SBATCH\n)"
    )


def script(job: Job) -> str:
    """The batch script of one job.

    `exec` and the `B:` of --signal belong together: the signal goes to the batch shell, which exec
    has replaced by radprep.
    """
    wanted = job.resources
    log = f"{wanted.logs}/%x-{'%A_%a' if _is_array(job) else '%j'}.out"
    options = [
        f"--job-name=radprep-{job.name}",
        f"--output={log}",
        "--open-mode=append",
        f"--cpus-per-task={wanted.cpus}",
        f"--mem-per-cpu={wanted.mem_per_cpu}",
        f"--time={wanted.time}",
        f"--signal=B:USR1@{STOP_BEFORE_S}",
        "--requeue",
        *([f"--array=1-{wanted.array}"] if _is_array(job) else []),
        *([f"--partition={wanted.partition}"] if wanted.partition else []),
        *([f"--gpus={wanted.gpus}"] if wanted.gpus else []),
        *wanted.extra,
    ]
    inside = ("apptainer", "exec", wanted.image, "radprep") if wanted.image else wanted.program
    lines = [
        "#!/bin/bash",
        *(f"#SBATCH {_quoted(option)}" for option in options),
        "exec " + " ".join(map(_quoted, (*inside, *job.words))),
    ]
    return "\n".join(lines) + "\n"


def _is_array(job: Job) -> bool:
    """Also an array of one: --shard auto reads the array's variables."""
    return "--shard" in job.words


def _quoted(word: str) -> str:
    if any(ord(letter) < ord(" ") for letter in word):
        raise UsageError(
            f"{word!r} holds a control character: it cannot stand in a batch script. Rename it."
        )
    return shlex.quote(word)
