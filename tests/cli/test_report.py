"""`radprep report`, as a user calls it."""

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.errors import UsageError
from tests.made import convert, preprocess, rows

runner = CliRunner()


def report(*arguments):
    return runner.invoke(
        app, ["report", *map(str, arguments), "--workers", "1"], catch_exceptions=False
    )


def test_the_page_stands_in_the_data_set_and_verify_does_not_mind(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    preprocess(tmp_path / "raw", tmp_path / "clean")
    done = report(tmp_path / "clean", "--source", tmp_path / "raw", "--single-file")
    assert done.exit_code == 0
    page = tmp_path / "clean" / "report" / "index.html"
    assert f"open       {page}" in done.stdout
    assert f"mail       {page.with_name('report.html')}" in done.stdout
    assert "4 of 7 files" not in page.read_text(encoding="utf-8")
    assert "3 of 7 files" in page.read_text(encoding="utf-8")
    assert (
        runner.invoke(
            app, ["verify", str(tmp_path / "clean"), "--workers", "1"], catch_exceptions=False
        ).exit_code
        == 0
    )
    assert preprocess(tmp_path / "raw", tmp_path / "clean")["run"]["done"] == 0


def test_a_converted_data_set_has_a_page_too(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    assert report(tmp_path / "raw", "--out", tmp_path / "page").exit_code == 0
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "SECRET" not in text + "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "page").rglob("*.js")
    )
    assert "4 of 7 files" in text


def test_wrong_use_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        report(tmp_path / "gone")


def test_the_split_of_a_run_stands_on_the_page(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    run = tmp_path / "run"
    run.mkdir()
    images = rows(tmp_path / "raw")
    named = images[images.status == "kept"].image_id
    lines = [f"p,s,{image_id},1,validation,p" for image_id in named]
    (run / "splits.csv").write_text(
        "\n".join(["patient_id,study_id,image_id,label,split,patient_group", *lines, ""]),
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match=r"no config.toml"):
        report(tmp_path / "raw", "--run", run)
    (run / "config.toml").write_text(f'dataset = "{32 * "0"}"\n', encoding="utf-8")
    assert report(tmp_path / "raw", "--run", run).exit_code == 0
    text = (tmp_path / "raw" / "report" / "index.html").read_text(encoding="utf-8")
    assert "<td>validation</td>" in text
    assert "another state of this data set" in text
