"""The engine with a stage of its own: one that works, raises, dies once or dies always."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from radprep.dicom.budget import mapped_bytes
from radprep.errors import InterruptedRunError, RadprepError
from radprep.run import crew as crew_module
from radprep.run.crew import Crew
from radprep.run.engine import map_in_workers, run_stage
from radprep.run.interrupt import Interrupt
from radprep.stage.work import Outcome


@dataclass(frozen=True)
class Job:
    study_id: str
    how: str = "well"
    weight: int = 0


class Panic(BaseException):
    """As pyo3's PanicException: no Exception, and it cannot be pickled."""

    def __reduce__(self):
        raise TypeError


@dataclass(frozen=True)
class Recorder:
    """Leaves a file for each study: done or the code it failed with."""

    folder: Path

    def do(self, job):
        if job.how == "raises":
            raise ZeroDivisionError
        if job.how == "hangs":
            ctypes.PyDLL(None).sleep(60)  # holds the interpreter, as a codec might
        if job.how == "leaves":
            os._exit(0)
        if job.how in ("SystemExit", "KeyboardInterrupt", "panic"):
            raise {
                "SystemExit": SystemExit,
                "KeyboardInterrupt": KeyboardInterrupt,
                "panic": Panic,
            }[job.how]
        if job.how == "overflows":
            ctypes.string_at(0)
        if job.how == "disk full":
            raise RadprepError("the disk is full")
        if job.how == "dies" or (
            job.how == "dies once" and not (self.folder / f"{job.study_id}.tried").exists()
        ):
            (self.folder / f"{job.study_id}.tried").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self._end(job, "done")

    def fail(self, job, code):
        return self._end(job, code)

    def _end(self, job, code):
        (self.folder / job.study_id).write_text(code)
        return Outcome(job.study_id, kept=int(code == "done"), failed=int(code != "done"))


def run(folder, jobs, workers):
    outcomes = [outcome for _, outcome in run_stage(Recorder(folder), jobs, workers, Interrupt())]
    return sorted(one.study_id for one in outcomes), {
        path.name: path.read_text() for path in folder.iterdir() if path.suffix != ".tried"
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_done_once(tmp_path, workers):
    jobs = [Job(f"s{number:02d}") for number in range(20)]
    names, ends = run(tmp_path, jobs, workers)
    assert names == [job.study_id for job in jobs]
    assert set(ends.values()) == {"done"}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bug_on_one_study_costs_that_study(tmp_path, workers):
    _, ends = run(tmp_path, [Job("a"), Job("b", "raises"), Job("c")], workers)
    assert ends == {"a": "done", "b": "internal_error", "c": "done"}


def test_a_death_costs_its_study_and_one_that_dies_once_is_done(tmp_path):
    jobs = [Job("a", "dies"), Job("b", "dies once"), *(Job(f"s{number}") for number in range(12))]
    names, ends = run(tmp_path, jobs, 2)
    assert names == sorted(job.study_id for job in jobs)
    assert ends.pop("a") == "worker_died"
    assert set(ends.values()) == {"done"}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("dies", "worker_died"),
        ("leaves", "worker_died"),
        ("overflows", "worker_died"),
        ("SystemExit", "library_exit"),
        ("KeyboardInterrupt", "library_exit"),
        ("panic", "library_exit"),
    ],
)
def test_however_a_study_ends_its_process_the_others_are_done(tmp_path, how, code):
    _, ends = run(tmp_path, [Job("a"), Job("b", how), Job("c"), Job("d")], 1)
    assert ends == {"a": "done", "b": code, "c": "done", "d": "done"}


def test_studies_in_hand_have_a_grace_and_no_more(tmp_path):
    with Interrupt(grace_s=1.0) as interrupt:
        threading.Timer(2.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
        outcomes = run_stage(Recorder(tmp_path), [Job("a", "hangs"), Job("b")], 1, interrupt)
        with pytest.raises(InterruptedRunError, match="took too long"):
            list(outcomes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_over_its_time_limit_costs_its_study(tmp_path, workers):
    jobs = [Job("a", "hangs"), *(Job(f"s{number}") for number in range(4))]
    outcomes = list(run_stage(Recorder(tmp_path), jobs, workers, Interrupt(), time_limit_s=1.0))
    assert len(outcomes) == 5
    assert (tmp_path / "a").read_text() == "study_timeout"
    assert (tmp_path / "s3").read_text() == "done"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_ends_the_run(tmp_path, workers):
    with pytest.raises(RadprepError, match="disk is full"):
        run(tmp_path, [Job("a"), Job("b", "disk full"), Job("c")], workers)


@pytest.mark.parametrize("workers", [1, 2])
def test_once_asked_to_stop_no_more_jobs_are_taken(tmp_path, workers):
    interrupt, done = Interrupt(), []
    for _, outcome in run_stage(
        Recorder(tmp_path), [Job(f"s{number:03d}") for number in range(200)], workers, interrupt
    ):
        done.append(outcome.study_id)
        interrupt.asked = True
    assert 1 <= len(done) < 50
    assert sorted(done) == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_function_is_mapped_over_arguments(workers):
    assert sorted(map_in_workers(max, [(1, 2), (5, 3)], workers, Interrupt())) == [2, 5]


WORKING = """
import os, sys, time
from radprep.run.crew import Crew
from radprep.run.interrupt import Interrupt

def work(folder):
    open(f"{folder}/{os.getpid()}", "w").close()
    time.sleep(60)

list(Crew(2, Interrupt(), 100.0).work(work, iter([sys.argv[1], sys.argv[1]])))
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    """Even in the middle of a study: the next run must not find them still writing."""
    run = subprocess.Popen([sys.executable, "-c", WORKING, str(tmp_path)])
    until_true(lambda: len(list(tmp_path.iterdir())) == 2)
    run.kill()
    run.wait()
    until_true(
        lambda: not any(Path("/proc", worker.name).exists() for worker in tmp_path.iterdir()), 10
    )


def until_true(happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_workers_stand_where_their_run_stands(tmp_path, monkeypatch):
    """They are kept between runs, and a notebook may have gone to another folder meanwhile."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        with Interrupt() as interrupt:
            found = list(map_in_workers(os.path.realpath, [(".",), (".",)], 2, interrupt))
        assert found == 2 * [os.path.realpath(tmp_path / name)]


def sleep_long(folder):
    (Path(folder) / str(os.getpid())).touch()
    ctypes.PyDLL(None).sleep(60)


def test_what_is_made_again_anyway_is_not_waited_for_when_somebody_asks_to_stop(tmp_path):
    interrupt = Interrupt()

    def ask():
        until_true(lambda: any(tmp_path.iterdir()))
        interrupt.asked, interrupt._since = True, time.monotonic()

    threading.Thread(target=ask).start()
    began = time.monotonic()
    assert list(map_in_workers(sleep_long, [(tmp_path,)] * 3, 2, interrupt)) == []
    assert time.monotonic() - began < 50  # its worker sleeps for 60 s, and a study has 25
    until_true(lambda: not any(Path("/proc", one.name).exists() for one in tmp_path.iterdir()), 10)


@pytest.mark.slow
def test_a_function_that_takes_too_long_is_given_up(tmp_path):
    found = map_in_workers(
        sleep_long, [(tmp_path,)] * 2, 2, Interrupt(), lambda folder: "given up", 1.0
    )
    assert list(found) == ["given up"] * 2


def limit_here(_):
    return resource.getrlimit(resource.RLIMIT_AS)[0], mapped_bytes()


def test_workers_have_their_share_of_the_memory(monkeypatch):
    monkeypatch.setattr(crew_module, "memory_of_worker", lambda workers: workers << 30)
    crew = Crew(2, Interrupt(), 60.0)
    for one in (crew, crew.alone()):  # alone, a study gets no more than beside another
        limit, mapped = one.do(limit_here, None)
        assert (2 << 30) < limit < (2 << 30) + mapped
    crew.dismiss()
