"""The tutorial does what it says: its commands run in order, and each shown line comes."""

import os
import re
import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, ROOT

TEXT = (DOCS / "tutorial" / "index.md").read_text(encoding="utf-8")


def commands(text):
    """(command, lines shown, exit code) of each `$` line in the console blocks. A command goes on
    behind a backslash at the end of a line."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = re.sub(r"\\\n\s*", "", part).splitlines()
            code = re.fullmatch(r"\[exit code (\d+)\]", shown[-1]) if shown else None
            found.append((command, shown[:-1] if code else shown, int(code[1]) if code else 0))
    return found


def missing(shown, output):
    """The first shown line that the output does not have behind those before it; None if it has
    all. `...` stands for any text, or for any lines where it is a line of its own."""
    lines = iter(output.splitlines())
    for line in shown:
        if line != "...":
            pattern = ".*".join(map(re.escape, line.rstrip().split("...")))
            if not any(re.fullmatch(pattern, one.rstrip()) for one in lines):
                return line
    return None


def test_lines_are_held_against_the_output_in_order():
    assert missing(["a ...", "...", "c"], "a 1\nb\nc") is None
    assert missing(["c", "a 1"], "a 1\nb\nc") == "a 1"
    assert missing(["b"], "a b") == "b"


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(tmp_path):
    (tmp_path / "data_samples").symlink_to(ROOT / "data_samples")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, arguments in (("radprep", "-m radprep"), ("python", "")):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        script.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RADPREP_WORKERS": "2",
    }
    found = commands(TEXT)
    assert len(found) >= 12
    for command, shown, code in found:
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == code, f"{command}\n{done.stdout}"
        lost = missing(shown, done.stdout)
        assert lost is None, f"{command}\ndoes not say: {lost}\nbut:\n{done.stdout}"
    for name in ("film.png", "runs/first/card.md", "answer/studies.csv"):
        assert (tmp_path / "tutorial" / name).is_file(), name
