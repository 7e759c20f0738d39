import joblib
import pytest

from radprep.errors import UsageError
from radprep.run.workers import worker_count


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("RADPREP_WORKERS", "SLURM_CPUS_PER_TASK"):
        monkeypatch.delenv(name, raising=False)


def test_flag_then_ours_then_slurm_then_cores(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    assert worker_count(None) == joblib.cpu_count()
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "7")
    assert worker_count(None) == 7
    monkeypatch.setenv("RADPREP_WORKERS", "5")
    assert worker_count(None) == 5
    assert worker_count(3) == 3


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_what_is_no_number_of_workers_is_refused(monkeypatch, value):
    monkeypatch.setenv("RADPREP_WORKERS", value)
    with pytest.raises(UsageError, match="RADPREP_WORKERS"):
        worker_count(None)


def test_more_workers_than_make_sense_are_taken_down_and_a_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    assert worker_count(8) == 8
    assert capsys.readouterr().err == ""
    assert worker_count(48) == 8
    assert capsys.readouterr().err == (
        "--workers 48 is too many for the 2 cores that this process may use: 8 workers do the "
        "work.\n"
    )


@pytest.mark.parametrize("name", ["RADPREP_WORKERS", "SLURM_CPUS_PER_TASK"])
def test_so_are_those_of_the_environment(monkeypatch, capsys, name):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 1)
    monkeypatch.setenv(name, "500")
    assert worker_count(None) == 4
    said = capsys.readouterr().err
    assert said.startswith(f"{name} 500 is too many for the 1 core that")
    assert said.count("\n") == 1
    assert worker_count(None, quiet=True) == 4
    assert capsys.readouterr().err == ""


def test_a_flag_below_one_is_refused():
    with pytest.raises(UsageError, match="--workers 0"):
        worker_count(0)
