"""`radprep inspect`, as a process of its own where the terminal matters."""

import csv
import io
import json
import os
import pty
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.errors import UsageError
from tests.made import make_dicom

runner = CliRunner()


def radprep(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "radprep", "inspect", *map(str, arguments)],
        capture_output=True,
        check=False,
        **options,
    )


@pytest.fixture
def hostile(tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    for number, text in enumerate(["\x1b]0;owned\x07\x1b[2J", "[red]x[/red]", "MUÑECA"]):
        (folder / f"{number}").write_bytes(
            make_dicom(study=str(number), BodyPartExamined=text, Manufacturer="Dr. GARCIA")
        )
    return folder


def test_redirected_it_is_plain_text(dump):
    done = radprep(dump, "-w", 1, text=True)
    assert (done.returncode, "inspect: 7/7 headers" in done.stderr) == (0, True)
    assert done.stdout.startswith("Overview")
    assert (
        "RODILLA                          1  knee       1.00  BodyPartExamined  drop" in done.stdout
    )
    assert not {"\x1b", "\r", "─"} & set(done.stdout)


def test_on_a_terminal_it_is_tables_and_no_hostile_escape(hostile):
    main, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "radprep", "inspect", str(hostile), "-w", "1"],
        stdout=other,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(other)
    shown = b""
    while chunk := _read(main):
        shown += chunk
    assert process.wait() == 0
    os.close(main)
    text = shown.decode()
    assert "─" in text
    assert "[red]x[/red]" in text
    assert r"\x1b]0;owned\x07\x1b[2J" in text
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text
    assert "GARCIA" not in text


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux ends a pseudo-terminal so
        return b""


def test_json_and_csv_say_the_same(dump):
    found = json.loads(runner.invoke(app, ["inspect", str(dump), "--json", "-w", "1"]).stdout)
    rows = list(
        csv.DictReader(
            io.StringIO(runner.invoke(app, ["inspect", str(dump), "--csv", "-w", "1"]).stdout)
        )
    )
    assert {row["name"]: int(row["count"]) for row in rows if row["section"] == "kind"} == found[
        "kind"
    ]
    assert {row["section"] for row in rows} == {
        name for name, value in found.items() if value and name not in ("source", "pipeline")
    }
    assert [row["filter"] for row in rows if row["section"] == "body_parts"] == [
        row["filter"] for row in found["body_parts"]
    ]


def test_top_shortens_the_texts_alone(dump):
    text = runner.invoke(app, ["inspect", str(dump), "--top", "1", "-w", "1"]).stdout
    assert "1 more texts (1 files)" in text
    assert "MONOCHROME1" in text


def test_a_terminal_with_fewer_letters(hostile):
    done = radprep(
        hostile, "-w", 1, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert done.returncode == 0, done.stderr
    assert rb"MU\xd1ECA" in done.stdout


def test_an_empty_folder_ends_with_2_and_a_sentence(tmp_path):
    done = radprep(tmp_path, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("radprep: There is no file under")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--json", "--csv"], "one of them"),
        (["--label-map", "a=b"], "needs --labels"),
        (["--pipeline", "nonsense"], "no pipeline 'nonsense'"),
        (["--workers", "0"], "--workers 0"),
        (["--labels", "gone.csv"], "cannot be read"),
    ],
)
def test_wrong_use_is_a_sentence(dump, flags, said):
    with pytest.raises(UsageError, match=said):
        runner.invoke(app, ["inspect", str(dump), *flags], catch_exceptions=False)


def test_help_says_that_texts_are_shown_as_typed():
    assert "as people typed them" in " ".join(
        runner.invoke(app, ["inspect", "--help"]).stdout.split()
    )
