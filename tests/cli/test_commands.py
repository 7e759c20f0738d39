"""The smaller commands, and the whole job as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from generate import STUDIES
from typer.testing import CliRunner

from radprep.cli import app
from radprep.dataset.schema import arrow_schema
from radprep.errors import InterruptedRunError
from radprep.preprocess.pipeline import load_pipeline, preset_names
from tests.made import arm, make_dicom

runner = CliRunner()


def radprep(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "radprep", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_pipeline_list_names_every_preset_and_its_steps():
    text = runner.invoke(app, ["pipeline", "list"]).stdout
    for name in preset_names():
        assert name in text
        assert " > ".join(step.name for step in load_pipeline(name).steps) in text


def test_pipeline_show_gives_a_file_that_loads(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(runner.invoke(app, ["pipeline", "show", "wrist"]).stdout)
    assert load_pipeline(str(path)).digest == load_pipeline("wrist").digest


def test_pipeline_schema_is_json():
    assert (
        json.loads(runner.invoke(app, ["pipeline", "schema"]).stdout)["title"] == "radprep pipeline"
    )


def test_columns_lists_every_column_with_its_type_and_meaning():
    lines = runner.invoke(app, ["columns"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == arrow_schema().names
    assert "list<integer>" in next(line for line in lines if line.startswith("part_box"))
    assert all(len(line.split()) >= 3 for line in lines)


def test_doctor_shows_decoders_cores_and_where_it_would_write(tmp_path):
    text = runner.invoke(app, ["doctor", str(tmp_path / "raw")]).stdout
    for word in (
        "JPEG Lossless",
        "imagecodecs",
        "gdcm",
        "workers by default",
        str(tmp_path / "raw.private"),
        "writable",
        "GPU",
    ):
        assert word in text
    found = json.loads(runner.invoke(app, ["doctor", str(tmp_path / "raw"), "--json"]).stdout)
    assert len(found["decoders"]) >= 13
    assert found["pictures"]["jpeg"].startswith("imagecodecs.jpeg8 ")
    assert found["output"]["writable"] is True


def test_demo_does_what_its_samples_are_made_for(tmp_path):
    done = radprep("demo", tmp_path / "demo", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert "Where to look" in done.stdout
    assert (tmp_path / "demo" / "clean" / "report" / "index.html").is_file()
    clean = pd.read_parquet(tmp_path / "demo" / "clean" / "instances.parquet")
    paths = (
        pd.read_parquet(tmp_path / "demo" / "raw.private" / "identifiers.parquet")
        .set_index("source_id")
        .source_path
    )
    outcome = {paths[source]: set(found) for source, found in clean.groupby("source_id").status}
    for study in STUDIES:
        for instance in study.instances:
            # of two copies either may stay
            same = [instance.path, instance.copy_path] if instance.copy_path else [instance.path]
            assert instance.outcome in {status for path in same for status in outcome[path]}, (
                instance.path
            )


def test_results_on_stdout_and_talk_on_stderr(dump, tmp_path):
    done = radprep("convert", dump, tmp_path / "raw", "--json", "--max-failed", 1)
    assert json.loads(done.stdout)["counts"]["files"] == 7
    assert "convert: 4/4 studies" in done.stderr
    assert "\r" not in done.stdout + done.stderr


@pytest.mark.slow
def test_more_workers_than_make_sense_are_no_error(dump, tmp_path):
    many = ("--workers", 100_000)
    done = radprep("convert", dump, tmp_path / "raw", *many, "--max-failed", 1)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("--workers 100000 is too many for the ")
    assert done.stderr.count("workers do the work") == 1


def test_ctrl_c_where_no_run_has_taken_it_over_is_answered(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("radprep.dataset.schema.arrow_schema", interrupted)
    result = runner.invoke(app, ["columns"])
    assert isinstance(result.exception, InterruptedRunError)
    assert (
        str(result.exception)
        == "Stopped. Run the same command again to go on, a training with --resume."
    )


@pytest.mark.slow
def test_an_interrupted_run_ends_with_75_and_is_gone_on_with(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in range(300):
        (dump / f"{number}").write_bytes(make_dicom(arm(400, 300, seed=number), study=str(number)))
    command = [
        sys.executable,
        "-m",
        "radprep",
        "convert",
        str(dump),
        str(tmp_path / "raw"),
        "--workers",
        "2",
        "--json",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list((tmp_path / "raw" / "studies").glob("*/*.parquet")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 75, said
    assert "Run the same command again" in said
    assert "Traceback" not in said
    assert (
        json.loads((tmp_path / "raw" / "logs" / "status.json").read_text())["state"]
        == "interrupted"
    )
    summary = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert summary["run"]["unchanged"] > 0
    assert summary["counts"]["images"] == 300
