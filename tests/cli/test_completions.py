"""What a shell completes, asked as the shell asks."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.cli.completions import body_parts, models, pipelines


def completed(*words):
    """The words that bash would offer for the last one."""
    done = CliRunner().invoke(
        app,
        [],
        prog_name="radprep",
        env={
            "_RADPREP_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(["radprep", *words]),
            "COMP_CWORD": str(len(words)),
        },
    )
    return done.stdout.split()


def test_pipelines_models_and_body_parts():
    assert list(pipelines("wri")) == ["wrist", "wrist-thesis"]
    assert "classic" in dict(models("c"))
    assert list(body_parts("wri")) == ["wrist"]
    assert list(body_parts("wrist,elb")) == ["wrist,elbow"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("conv",), ["convert"]),
        (("preprocess", "raw", "clean", "--pipeline", "wri"), ["wrist", "wrist-thesis"]),
        (("inspect", "DUMP", "--pipeline", "elb"), ["elbow"]),
        (("convert", "DUMP", "raw", "--only", "wrist,elb"), ["wrist,elbow"]),
        (("train", "clean", "run", "--model", "class"), ["classic"]),
        (("pipeline", "show", "mu"), ["mura"]),
        (("report", "clean", "--repl"), ["--replace"]),
    ],
)
def test_a_shell_is_offered_names(words, offered):
    assert completed(*words) == offered


def test_the_script_for_a_shell_can_be_shown():
    script = subprocess.run(  # the shell is the one that has called it
        ["bash", "-c", f"{sys.executable} -m radprep --show-completion; true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "complete -o default -F _radprep_completion radprep" in script.stdout
