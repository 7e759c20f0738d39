"""Whoever has an older Python is told so in one sentence, before anything else can go wrong."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from radprep.needs_python import OLDEST, what_is_wrong

ROOT = Path(__file__).parent.parent
SENTENCE = re.compile(r"radprep needs Python 3\.11 or newer, and this is Python 3\.10\.13")


def test_packaging_says_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">={}.{}".format(*OLDEST)


def test_an_old_python_is_named_with_a_way_out():
    assert SENTENCE.match(what_is_wrong((3, 10, 13, "final", 0)))
    assert "make demo PYTHON=python3.12" in what_is_wrong((3, 10, 13))
    assert what_is_wrong((2, 7, 18))
    assert not what_is_wrong((3, 11, 0))
    assert not what_is_wrong((4, 0, 0))
    assert not what_is_wrong()


@pytest.fixture
def old_python(tmp_path):
    """A program that says of itself that it is Python 3.10."""
    path = tmp_path / "python3.10"
    as_old = "import sys, runpy; sys.version_info = (3, 10, 13); "
    path.write_text(
        f"#!/bin/sh\nfile=$1; shift\n"
        f'exec {sys.executable} -c "{as_old}'
        "runpy.run_path('$file', run_name='__main__')\" \"$@\"\n"
    )
    path.chmod(0o755)
    return path


def refused(*variables):
    """What `make demo` says where it must end with the sentence."""
    done = subprocess.run(
        ["make", "demo", *variables], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert SENTENCE.match(done.stderr)
    return done.stderr


def test_make_asks_before_it_makes_an_environment(old_python, tmp_path):
    refused(f"PYTHON={old_python}", f"VENV={tmp_path / 'venv'}")
    assert not (tmp_path / "venv").exists()


def test_make_does_not_go_on_with_an_environment_of_an_old_python(old_python, tmp_path):
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(old_python)
    said = refused(f"VENV={tmp_path / 'venv'}")
    assert f"Remove {tmp_path / 'venv'} first" in said


@pytest.mark.parametrize(
    ("argv", "error"),
    [(["-m"], SystemExit), (["script.py"], ImportError)],
    ids=["module", "import"],
)
def test_a_checkout_started_with_it_says_so(argv, error):
    code = f"""
import sys
sys.version_info, sys.argv = (3, 10, 13), {argv!r}
try:
    import radprep
except BaseException as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    name, _, text = done.stdout.partition(" ")
    assert name == error.__name__
    assert SENTENCE.match(text)
