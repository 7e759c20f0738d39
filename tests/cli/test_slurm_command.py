"""`radprep slurm` without a cluster: what it refuses, and what it prints."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.resources import text

runner = CliRunner()


@pytest.fixture(autouse=True)
def inputs(tmp_path, monkeypatch):
    """Run where there are a dump and a data set."""
    monkeypatch.chdir(tmp_path)
    for name in ("dump", "raw", "clean"):
        (tmp_path / name).mkdir()


def slurm(*words):
    return runner.invoke(app, ["slurm", *words])


def test_script_is_printed_with_the_commands_own_words():
    done = slurm("preprocess", "raw", "clean", "--pipeline", "wrist", "--array", "3", "--cpus", "2")
    assert done.exit_code == 0
    assert "preprocess raw clean --pipeline wrist --shard auto" in done.stdout
    assert "#SBATCH --array=1-3" in done.stdout


def test_every_job_is_told_where_the_private_tree_is():
    done = slurm("convert", "dump", "out", "--private", "my keys", "--key", "dump")
    for words in ("scan dump out --key dump", "convert dump out", "collate out"):
        [line] = [line for line in done.stdout.splitlines() if f" {words} " in line]
        assert "--private 'my keys'" in line


@pytest.mark.parametrize(
    "words",
    [
        ("preprocess", "raw", "clean", "--pipelin", "wrist"),
        ("preprocess", "raw"),
        ("preprocess", "raw", "clean"),
    ],
)
def test_mistakes_show_before_a_job_is_submitted(words):
    done = slurm(*words)
    assert done.exit_code == 2
    assert "#SBATCH" not in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "needs a command"),
        (("verify", "clean"), "give convert, preprocess or train"),
        (("preprocess", "nowhere", "out", "-p", "wrist"), "no nowhere"),
        (("preprocess", "raw", "out", "-p", "writs"), "writs"),
        (("convert", "dump", "out", "--labels", "none.csv"), "no none.csv"),
        (("convert", "dump", "out", "--private", "out/keys"), "--private DIR"),
        (("convert", "dump", "raw", "--workers", "4"), "use --cpus"),
        (("convert", "dump", "raw", "--shard=1/2"), "use --array"),
    ],
)
def test_what_cannot_be_submitted_is_said(words, sentence):
    done = slurm(*words)
    assert sentence in str(done.exception)


def test_submit_says_that_there_is_no_sbatch(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert "no sbatch" in str(slurm("convert", "dump", "raw", "--submit").exception)


def test_container_prints_the_definition():
    assert slurm("--container").stdout == text("containers/radprep.def")
    assert "Bootstrap" in text("containers/radprep.def")


def test_a_training_asks_for_the_memory_of_its_model():
    def asked(*words):
        lines = slurm(*words).stdout.splitlines()
        [size] = {line.rpartition("=")[2] for line in lines if "--mem-per-cpu" in line}
        return size

    net = ("train", "clean", "run", "--model", "resnet18")
    pytest.importorskip("torch")
    assert 2400 < int(asked(*net).removesuffix("M")) < 5000
    assert int(asked(*net, "--set", "batch=64").removesuffix("M")) > 4000
    assert asked("--cpus", "8", *net) == "1024M"
    assert asked("--mem-per-cpu", "7G", *net) == "7G"
    assert asked("preprocess", "raw", "out", "--pipeline", "wrist") == "1G"


def test_a_wrong_parameter_of_a_training_shows_before_it_is_submitted():
    done = slurm("train", "clean", "run", "--set", "tres=5")
    assert "no parameter 'tres'" in str(done.exception)


def test_the_scan_of_pictures_knows_their_layout():
    Path("table.csv").touch()
    flags = ("--layout", "table", "--table", "table.csv", "--patient-column", "who are you")
    done = slurm("convert", "dump", "out", *flags, "--label-column", "a", "--array", "2")
    [scan] = [line for line in done.stdout.splitlines() if " scan dump out" in line]
    for part in ("--layout table --table table.csv --path-column path", "'who are you'"):
        assert part in scan
    assert "--label-column" not in scan
    done = slurm("convert", "dump", "out", "--layout", "table", "--table", "none.csv")
    assert "no none.csv" in str(done.exception)
    assert "--layout" not in slurm("convert", "dump", "out").stdout
