"""--profile of convert and preprocess."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from radprep.api.results import StageResult
from radprep.cli import app
from radprep.cli.summary import profile_text
from radprep.preprocess.pipeline import load_pipeline

runner = CliRunner()


def run(*words):
    result = runner.invoke(app, [*map(str, words), "--max-failed", "1"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.parametrize("workers", [1, 2])
def test_the_json_holds_the_seconds_of_every_stage(dump, tmp_path, workers):
    converted = json.loads(
        run("convert", dump, tmp_path / "raw", "--json", "--profile", "--workers", workers).stdout
    )
    assert converted["profile"]["seconds"].keys() == {
        "read",
        "header",
        "decode",
        "lut",
        "text",
        "hash",
        "encode",
        "write",
        "commit",
    }
    assert converted["profile"]["images"] == converted["counts"]["images"]
    words = (
        "preprocess",
        tmp_path / "raw",
        tmp_path / "clean",
        "--pipeline",
        "wrist",
        "--json",
        "--profile",
        "--workers",
        workers,
    )
    profile = json.loads(run(*words).stdout)["profile"]
    steps = {step.name for step in load_pipeline("wrist").image_steps}
    assert profile["seconds"].keys() == steps | {
        "rows",
        "read",
        "decode",
        "hash",
        "render",
        "encode",
        "write",
        "commit",
    }
    assert all(seconds > 0 for seconds in profile["seconds"].values())
    # nothing was left to do
    assert json.loads(run(*words).stdout)["profile"] == {"images": 0, "seconds": {}}


def test_the_table_stands_on_stderr_and_only_where_it_is_asked_for(dump, tmp_path):
    asked = run("convert", dump, tmp_path / "raw", "--profile")
    assert "ms/image" in asked.stderr
    assert "ms/image" not in asked.stdout
    again = run("convert", dump, tmp_path / "other")
    assert "ms/image" not in again.output
    assert "profile" not in json.loads(run("convert", dump, tmp_path / "third", "--json").stdout)


def test_the_table_is_milliseconds_an_image_and_shares_the_longest_first():
    text = profile_text(
        StageResult(Path("raw"), "convert", images=10, seconds={"decode": 1.0, "encode": 3.0})
    )
    assert [line.split() for line in text.splitlines()[1:]] == [
        ["encode", "300.00", "75.0%"],
        ["decode", "100.00", "25.0%"],
        ["all", "stages", "400.00"],
    ]
    assert profile_text(StageResult(Path("raw"), "convert")).splitlines()[1].split() == [
        "all",
        "stages",
        "0.00",
    ]
