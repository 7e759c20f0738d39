"""Every command explains itself, and what it says is true."""

import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from radprep import __version__
from radprep.cli import app
from radprep.cli.whole_help import first_sentence

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


GROUPS = [(), ("pipeline",)]


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_a_list_of_commands_is_whole_on_80_columns(words):
    text = runner.invoke(app, [*words, "--help"], env={"COLUMNS": "80"}).stdout
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"\.\.\.$|…", text.partition("Commands:")[2], re.MULTILINE)
    listed = " ".join(text.partition("Commands:")[2].split())
    group = typer.main.get_command(app)
    for word in words:
        group = group.commands[word]
    for name, command in group.commands.items():
        sentence = first_sentence(command.help)
        assert sentence.endswith(".")
        assert f"{name} {sentence}" in listed


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_made_of_whole_sentences(words):
    command = COMMANDS[words]
    texts = [command.help, *(parameter.help for parameter in command.params)]
    for text in filter(None, texts):
        assert re.match(r"[A-Z`0-9]", text), text
        assert text.rstrip().endswith("."), text
    shown = runner.invoke(app, [*words, "--help"], env={"COLUMNS": "80"}).stdout
    # examples are lines to copy, which nothing may break
    assert max(map(len, shown.partition("Examples:")[0].splitlines())) <= 80
    together = "".join(shown.split())
    for parameter in command.params:
        if not getattr(parameter, "hidden", False):
            assert "".join(parameter.help.split()) in together, parameter.name


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
