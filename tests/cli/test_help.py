"""Every command explains itself, and what it says is true."""

import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from radprep import __version__
from radprep.cli import app

runner = CliRunner()


def commands(group=None, path=()):
    """(words of the command, the command) for every command, those of groups too."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


def options_of(command):
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_has_a_purpose_options_with_help_and_examples_at_the_end(words):
    command = COMMANDS[words]
    assert len(command.help) > 20
    for parameter in command.params:
        assert getattr(parameter, "help", None), parameter.name
    text = runner.invoke(app, [*words, "--help"]).stdout
    assert re.search(r"Examples:\n(\s+(radprep|--).*\n)+\s*$", text), text


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_examples_use_options_that_exist(words):
    command = COMMANDS[words]
    known = options_of(command)
    if words == ("slurm",):  # it hands on what it does not know
        known |= options_of(COMMANDS["convert",]) | options_of(COMMANDS["preprocess",])
    examples = re.findall(r"^\s+radprep (.*)$", command.epilog, re.MULTILINE)
    assert examples
    for example in examples:
        assert example.split()[: len(words)] == list(words)
        assert set(re.findall(r"(?<=\s)--[a-z-]+", example)) <= known


def test_version():
    assert runner.invoke(app, ["--version"]).stdout == f"radprep {__version__}\n"


def test_wrong_options_end_with_code_2():
    assert runner.invoke(app, ["convert"]).exit_code == 2
    assert runner.invoke(app, ["convert", "a", "b", "--nonsense"]).exit_code == 2


@pytest.mark.parametrize(
    ("code", "expected", "said"),
    [
        ("raise UsageError('Do this.')", 2, "radprep: Do this."),
        ("raise KeyError('GARCIA^PERE')", 1, "bug in radprep (KeyError"),
    ],
)
def test_errors_are_sentences_without_a_traceback(code, expected, said):
    script = f"""
import radprep.cli
from radprep.errors import UsageError
def broken(**_): {code}
radprep.cli.app = broken
radprep.cli.run()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == expected
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "GARCIA" not in done.stderr
