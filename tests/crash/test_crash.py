"""Runs that are killed and resumed give the tree of an undisturbed run; `make crash` tries it at
least 200 times."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def drive(folder, *flags):
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.drive", str(folder), *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_killed_runs_resume_to_the_same_tree(tmp_path):
    result = drive(tmp_path, "--kills", "20", "--seed", "5", "--with-workers", "0.15")
    assert result["kills"] == 20
    assert result["different"] == []


def test_a_naive_commit_fails_the_same_test(tmp_path):
    assert drive(tmp_path, "--kills", "12", "--seed", "5", "--naive", "--keep")["different"]
