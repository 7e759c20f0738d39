"""Studies on a Dask cluster of two workers on this machine."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from radprep.convert.conversion import Conversion
from radprep.convert.options import ConvertOptions
from radprep.errors import InterruptedRunError, UsageError
from radprep.run.dask_cluster import run_on_dask
from radprep.run.interrupt import Interrupt
from radprep.run.runner import RunOptions, run_conversion
from radprep.stage.work import Outcome
from tests.made import arm, make_dicom, tree_hash

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as started:
        yield started


@dataclass(frozen=True)
class FakeStage:
    """A stage whose study `kill` ends its process, and whose study `exit` asks it to end."""

    folder: Path

    def do(self, job):
        if job == "kill":
            with (self.folder / "tries").open("a") as tries:
                tries.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        if job == "slow":
            time.sleep(20)
        if job == "exit":
            raise SystemExit(3)
        return Outcome(job, kept=1)

    def fail(self, job, code):
        return Outcome(f"{job}: {code}", failed=1)


def ends(cluster, folder, jobs, **options):
    with Interrupt() as interrupt:
        found = run_on_dask(
            FakeStage(folder), jobs, cluster.scheduler_address, interrupt, 60, **options
        )
        return {job: outcome.study_id for job, outcome in found}


def test_every_study_is_done_once(cluster, tmp_path):
    jobs = [str(number) for number in range(30)]
    assert ends(cluster, tmp_path, jobs) == {job: job for job in jobs}


def test_a_worker_that_dies_costs_no_study_but_the_one_that_killed_it(cluster, tmp_path):
    jobs = ["1", "2", "kill", *map(str, range(3, 30))]
    assert ends(cluster, tmp_path, jobs) == {
        job: "kill: worker_died" if job == "kill" else job for job in jobs
    }
    assert (tmp_path / "tries").read_text() == "xxx"


def test_a_library_that_asks_to_end_costs_its_study(cluster, tmp_path):
    assert ends(cluster, tmp_path, ["1", "exit", "2"]) == {
        "1": "1",
        "exit": "exit: library_exit",
        "2": "2",
    }


def test_the_tree_is_that_of_a_run_without_dask(cluster, tmp_path, key_file):
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in range(12):
        (dump / f"{number}").write_bytes(
            make_dicom(arm(seed=number), study=str(number), instance="1")
        )
    for name, dask in (("plain", None), ("dask", cluster.scheduler_address)):
        run_conversion(
            Conversion.prepare(dump, tmp_path / name, ConvertOptions(), key_file=key_file),
            RunOptions(quiet=True, dask=dask),
        )
    assert tree_hash(tmp_path / "plain") == tree_hash(tmp_path / "dask")


def told(started, folder, jobs, meanwhile, grace_s=20):
    """What a run says that ends early: after the first study, `meanwhile` is done to the cluster or
    to the interrupt."""
    with Interrupt(grace_s) as interrupt:
        outcomes = run_on_dask(FakeStage(folder), jobs, started.scheduler_address, interrupt, 60)
        next(outcomes)
        meanwhile(interrupt)
        with pytest.raises(InterruptedRunError) as stopped:
            list(outcomes)
    return str(stopped.value)


@pytest.fixture
def small_cluster():
    """One worker process, for a test that ends it."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as started:
        yield started


def test_a_lost_scheduler_is_said(small_cluster, monkeypatch, tmp_path):
    monkeypatch.setattr("radprep.run.dask_cluster._CONNECT_S", 1)
    message = told(small_cluster, tmp_path, ["1", "slow", "slow"], lambda _: small_cluster.close())
    assert (
        message
        == "The Dask scheduler was lost. What was finished is safe; run the same command again to "
        "go on from here."
    )


def test_a_cluster_without_workers_is_waited_for_a_while(small_cluster, monkeypatch, tmp_path):
    monkeypatch.setattr("radprep.run.dask_cluster._WITHOUT_WORKERS_S", 1)
    message = told(small_cluster, tmp_path, ["1", "slow", "slow"], lambda _: small_cluster.scale(0))
    assert message.startswith(
        "The Dask cluster has had no worker for a minute. What was finished is safe"
    )


def test_a_study_that_takes_too_long_is_given_up_when_asked_to_stop(small_cluster, tmp_path):
    message = told(
        small_cluster,
        tmp_path,
        ["1", "slow", "slow"],
        lambda _: os.kill(os.getpid(), signal.SIGTERM),
        grace_s=1,
    )
    assert message.startswith(
        "Stopped as asked; the studies in hand took too long and were given up."
    )


def test_the_scheduler_gets_its_setting_back(small_cluster, tmp_path):
    before = small_cluster.scheduler.allowed_failures
    assert ends(small_cluster, tmp_path, ["1"]) == {"1": "1"}
    assert small_cluster.scheduler.allowed_failures == before > 0


def test_an_address_without_a_scheduler_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr("radprep.run.dask_cluster._CONNECT_S", 1)
    with Interrupt() as interrupt, pytest.raises(UsageError, match="no Dask scheduler at tcp"):
        list(run_on_dask(FakeStage(tmp_path), ["1"], "tcp://127.0.0.1:9", interrupt, 60))


def test_workers_of_several_threads_are_refused(tmp_path):
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, dashboard_address=":0"
        ) as started,
        Interrupt() as interrupt,
        pytest.raises(UsageError, match="several threads"),
    ):
        list(run_on_dask(FakeStage(tmp_path), ["1"], started.scheduler_address, interrupt, 60))
