"""`radprep report`, as a user calls it."""

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.errors import UsageError
from tests.made import convert, preprocess

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
