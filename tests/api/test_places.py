"""The API in a plain script, in a thread, and silent."""

import subprocess
import sys
import threading

import pytest

import radprep
from tests.made import private_key, tree_hash

SCRIPT = """
import radprep

print(radprep.convert({dump!r}, {out!r}, workers=2, study_timeout=600))
"""


@pytest.mark.slow
def test_a_script_needs_no_main_and_nothing_else_is_said(dump, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT.format(dump=str(dump), out=str(tmp_path / "raw")))
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith(f"<convert {tmp_path / 'raw'}: 7 files = ")
    assert done.stdout.count("\n") == 1  # no worker ran the script again
    assert done.stderr == ""


@pytest.mark.slow
def test_a_thread_may_call_it(dump, tmp_path):
    for name in ("here", "there"):
        private_key(tmp_path / name)
    radprep.convert(dump, tmp_path / "here", workers=1)
    results = []
    thread = threading.Thread(
        target=lambda: results.append(radprep.convert(dump, tmp_path / "there", workers=2))
    )
    thread.start()
    thread.join()
    assert results[0].did["done"] == 4
    assert tree_hash(tmp_path / "here") == tree_hash(tmp_path / "there")


@pytest.mark.slow
def test_progress_is_shown_when_asked_for(dump, tmp_path, capsys):
    radprep.convert(dump, tmp_path / "raw", workers=1, quiet=False)
    said = capsys.readouterr()
    assert "convert: 4/4 studies" in said.err
    assert said.out == ""
    radprep.preprocess(tmp_path / "raw", tmp_path / "clean", pipeline="wrist-thesis", workers=999)
    radprep.report(tmp_path / "clean")
    radprep.verify(tmp_path / "clean")
    assert capsys.readouterr() == ("", "")
