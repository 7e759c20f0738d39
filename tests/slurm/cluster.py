"""A real SLURM of one node on this machine, for tests: munge, slurmctld and slurmd as root, without
systemd and cgroups. `.ci/run` installs Debian's packages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")
CPUS = 4
"""Advertised, whatever the machine has, so that four tasks of an array run at once."""

CONFIG = """
ClusterName=radprep
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
# a requeued job waits this long before it may start again
AuthInfo=cred_expire=5,socket={root}/munge.socket
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.pid
SlurmctldPort={port}
SlurmdPort={next_port}
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd.log
MpiDefault=none
# by process group: children whose parent died are found, too
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
ReturnToService=2
KillWait=5
MinJobAge=600
NodeName={host} CPUs={cpus} RealMemory=4096 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=1:00:00 State=UP \\
    PriorityTier=1 PreemptMode=REQUEUE GraceTime=5
PartitionName=high Nodes={host} MaxTime=1:00:00 State=UP PriorityTier=10 PreemptMode=OFF
"""


def missing() -> str | None:
    """Why a cluster cannot be started here; None where it can."""
    if os.geteuid() != 0:
        return "slurmd must be started by root"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return f"not installed: {', '.join(absent)}" if absent else None


@contextmanager
def running(root: Path) -> Iterator[None]:
    """A cluster whose files lie in `root` and whose configuration stands in SLURM_CONF, until the
    end of the block."""
    root.mkdir(parents=True)
    for name in ("state", "spool"):
        (root / name).mkdir()
    host, port = socket.gethostname().partition(".")[0], _free_port()
    (root / "slurm.conf").write_text(
        CONFIG.format(host=host, port=port, next_port=port + 1, root=root, cpus=CPUS),
        encoding="utf-8",
    )
    os.environ["SLURM_CONF"] = str(root / "slurm.conf")
    daemons = [
        _munge(root),
        subprocess.Popen(["slurmctld", "-D"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
        subprocess.Popen(
            ["slurmd", "-D", "-N", host], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ),
    ]
    try:
        wait_for(
            lambda: ask("sinfo", "-h", "-o", "%T", "-p", "main") == "idle", "the node to be idle"
        )
        yield
    finally:
        subprocess.run(["scancel", "--user=root"], check=False, capture_output=True)
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(20)
        del os.environ["SLURM_CONF"]


def _munge(root: Path) -> subprocess.Popen[bytes]:
    """A munge daemon of our own: own key, own socket."""
    key = root / "munge.key"
    key.touch(0o600)
    key.write_bytes(os.urandom(128))
    root.chmod(0o755)
    daemon = subprocess.Popen(
        [
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            f"--socket={root}/munge.socket",
            f"--pid-file={root}/munged.pid",
            f"--log-file={root}/munged.log",
            f"--seed-file={root}/munged.seed",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for((root / "munge.socket").exists, "munge")
    return daemon


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]) - 1


def ask(*words: str) -> str:
    """What a SLURM command prints; empty where it fails."""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def wait_for(happened, what: str, seconds: float = 90) -> None:
    """Wait until happened() is true. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


def state(job: str) -> str:
    """State of a job, or of an array's task (12_3): PENDING, RUNNING, COMPLETED, ..."""
    found = ask("scontrol", "--oneliner", "show", "job", job)
    return found.partition("JobState=")[2].split(" ")[0]


def states(job: str) -> set[str]:
    """States of all tasks of a job."""
    lines = ask("scontrol", "--oneliner", "show", "job", job).splitlines()
    return {line.partition("JobState=")[2].split(" ")[0] for line in lines}


def ended(job: str) -> bool:
    """Whether no task of a job will run any more."""
    return bool(states(job)) and not states(job) & {
        "PENDING",
        "RUNNING",
        "COMPLETING",
        "CONFIGURING",
        "SUSPENDED",
        "REQUEUED",
    }
