"""Jobs of `radprep slurm` on a real SLURM: whatever happens to them, the tree is that of a run
without one."""

import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.made import arm, make_dicom
from tests.slurm import cluster
from tests.slurm.cluster import ask, ended, states, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(cluster.missing() is not None, reason=f"no SLURM: {cluster.missing()}"),
]

STUDIES = 240


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with cluster.running(tmp_path_factory.mktemp("slurm") / "root"):
        yield


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dump")
    rng = np.random.default_rng(0)
    for number in range(STUDIES):
        pixels = arm(700, 500, number) + rng.integers(0, 30, (700, 500)).astype(np.uint16)
        (folder / f"{number:04d}.dcm").write_bytes(
            make_dicom(pixels, study=str(number + 1), instance="1", BodyPartExamined="WRIST")
        )
    return folder


@pytest.fixture(scope="module")
def raw(dump, tmp_path_factory):
    """The dump converted without SLURM."""
    out = tmp_path_factory.mktemp("plain") / "raw"
    radprep("convert", dump, out, "--workers", "2")
    return out


@pytest.fixture(scope="module")
def wanted(raw):
    """The tree of a pre-processing without SLURM."""
    out = raw.parent / "clean"
    radprep("preprocess", raw, out, "--pipeline", "wrist", "--workers", "2")
    return tree(out)


def radprep(*words):
    return subprocess.run(
        [sys.executable, "-m", "radprep", *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
    )


def submit(tmp_path, *words):
    """Submit a command as an array of four; gives the job ids by name."""
    done = radprep(
        "slurm",
        *words,
        "--array",
        4,
        "--cpus",
        1,
        "--mem-per-cpu",
        300,
        "--time",
        10,
        "--logs",
        tmp_path / "jobs",
        "--submit",
    )
    return dict(re.findall(r"radprep (\w+): job (\d+)", done.stdout))


def tree(out):
    """Path -> hash of every file of a data set but its logs."""
    found = {
        path.relative_to(out): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file()
    }
    return {
        str(name): digest for name, digest in found.items() if name.parts[0] not in ("logs", ".tmp")
    }


def some_done(out, count=12):
    """Whether some studies stand on the disk, so that the jobs are in the middle of their work."""
    return lambda: sum(1 for _ in out.glob("studies/*/*.parquet")) >= count


def finish(jobs):
    wait_for(lambda: ended(jobs["collate"]), "the last job", 180)


def test_array_of_four_with_a_scan(slurm, dump, raw, tmp_path):
    key = raw.with_name("raw.private") / "key"
    jobs = submit(tmp_path, "convert", dump, tmp_path / "raw", "--key", key)
    finish(jobs)
    assert [states(jobs[name]) for name in ("scan", "convert", "collate")] == [{"COMPLETED"}] * 3
    assert tree(tmp_path / "raw") == tree(raw)


def test_requeued_task(slurm, raw, wanted, tmp_path):
    jobs = submit(tmp_path, "preprocess", raw, tmp_path / "clean", "--pipeline", "wrist")
    wait_for(some_done(tmp_path / "clean"), "some studies")
    ask("scontrol", "requeue", f"{jobs['preprocess']}_2")
    finish(jobs)
    assert "Restarts=1" in ask("scontrol", "show", "job", f"{jobs['preprocess']}_2")
    assert tree(tmp_path / "clean") == wanted


def test_preempted_tasks(slurm, raw, wanted, tmp_path):
    jobs = submit(tmp_path, "preprocess", raw, tmp_path / "clean", "--pipeline", "wrist")
    wait_for(some_done(tmp_path / "clean"), "some studies")
    ask(
        "sbatch",
        "--partition=high",
        f"--cpus-per-task={cluster.CPUS}",
        "--output=/dev/null",
        "--wrap",
        "exec sleep 3",
    )
    finish(jobs)
    # a task that ended within the grace is not requeued
    finish(submit(tmp_path, "preprocess", raw, tmp_path / "clean", "--pipeline", "wrist"))
    assert tree(tmp_path / "clean") == wanted


def test_killed_task_is_done_by_submitting_again(slurm, raw, wanted, tmp_path):
    words = ("preprocess", raw, tmp_path / "clean", "--pipeline", "wrist")
    jobs = submit(tmp_path, *words)
    wait_for(some_done(tmp_path / "clean"), "some studies")
    ask("scancel", "--signal=KILL", "--full", f"{jobs['preprocess']}_3")
    finish(jobs)
    assert "FAILED" in states(jobs["preprocess"]) | states(jobs["collate"])
    finish(submit(tmp_path, *words))
    assert tree(tmp_path / "clean") == wanted


def test_signal_that_announces_the_time_limit_ends_cleanly(slurm, raw, wanted, tmp_path):
    """SLURM checks time limits twice a minute, so the signal is sent by hand, as --signal=B:USR1@60
    sends it."""
    words = ("preprocess", raw, tmp_path / "clean", "--pipeline", "wrist")
    jobs = submit(tmp_path, *words)
    wait_for(some_done(tmp_path / "clean"), "some studies")
    ask("scancel", "--signal=USR1", "--batch", jobs["preprocess"])
    finish(jobs)
    logs = "".join(path.read_text() for path in (tmp_path / "jobs").glob("radprep-preprocess-*"))
    assert "FAILED" in states(jobs["preprocess"])
    assert "Stopped as asked" in logs
    assert "Traceback" not in logs
    finish(submit(tmp_path, *words))
    assert tree(tmp_path / "clean") == wanted
