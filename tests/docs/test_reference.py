"""The reference is made from the code: nothing that the code has may lack its text there."""

import pytest
import typer

import radprep
from radprep import reasons
from radprep.cli import app
from radprep.dataset.schema import arrow_schema
from radprep.preprocess.pipeline import load_pipeline, preset_names
from radprep.review_marks import REVIEW_MARKS
from radprep.stage.plan import REASONS
from radprep.steps import STEPS
from radprep.train.models import MODELS
from radprep.upkeep.verify_study import CODES
from tests.docs.pages import made_pages, module

MAKER = module("make_reference")
PAGES = made_pages()


def rows(page):
    """First cell -> the other cells, of every table of a page."""
    found = {}
    for line in PAGES[page].splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            first, *others = (cell.strip() for cell in line.strip("|").split(" | "))
            found[first] = others
    return found


@pytest.mark.parametrize("words", MAKER.commands(), ids=" ".join)
def test_every_command_has_a_page_with_all_it_takes_and_examples(words):
    text = PAGES[f"reference/commands/{'-'.join(words)}.md"]
    command = MAKER.commands()[words]
    assert text.startswith(f"# radprep {' '.join(words)}\n")
    assert " ".join(command.help.split())[:40] in " ".join(text.replace("\\", "").split())
    known = rows(f"reference/commands/{'-'.join(words)}.md")
    for parameter in command.params:
        if parameter.name == "help":
            continue
        cells = [cell for first, cell in known.items() if _names(parameter, first)]
        assert cells, parameter.name
        assert len(cells[0][0]) > 5, parameter.name
    assert f"radprep {' '.join(words)}" in text.partition("## Examples")[2]


def _names(parameter, cell):
    words = cell.strip("`").replace("\\", "").replace(",", "").split()
    if parameter.opts[0].startswith("-"):
        return parameter.opts[0] in words
    return words[0] == (parameter.metavar or parameter.name.upper()).strip("{}[]").split()[0]


def test_the_list_of_commands_is_whole():
    names = set(MAKER.commands())
    assert {(name,) for name in typer.main.get_command(app).commands} - names == {("pipeline",)}
    for words in names:
        assert f"[radprep {' '.join(words)}]({'-'.join(words)}.md)" in rows(
            "reference/commands/index.md"
        )


@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_a_section_with_its_parameters(name):
    section = PAGES["reference/steps.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert len(section) > 100
    for parameter in STEPS[name].model_fields:
        [line] = [one for one in section.splitlines() if one.startswith(f"| `{parameter}` |")]
        assert all(len(cell.strip()) > 2 for cell in line.strip("|").split(" | ")[1::2]), line


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_its_steps_and_its_file(name):
    section = PAGES["reference/pipelines.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    for step in load_pipeline(name).steps:
        assert f"(steps.md#{step.name})" in section
        assert f"[steps.{step.name}]" in section


def test_every_column_has_a_meaning():
    known = rows("reference/columns.md")
    for name in arrow_schema().names:
        assert len(known[f"`{name}`"][1]) > 5, name


@pytest.mark.parametrize(
    "table",
    [
        reasons.REJECTIONS,
        reasons.FAILURES,
        REVIEW_MARKS,
        reasons.EXIT_CODES,
        REASONS,
        CODES,
    ],
)
def test_every_code_has_a_meaning(table):
    known = rows("reference/codes.md")
    for code in table:
        assert len(known[f"`{code}`"][0]) > 5, code


def test_every_model_stands_there():
    for name in MODELS:
        assert f"`{name}`" in PAGES["reference/models.md"]


def test_every_public_name_of_the_package_stands_there():
    text = PAGES["reference/python-api.md"]
    for name in getattr(radprep, "__all__", ()):
        if callable(getattr(radprep, name)):
            section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
            is_error = name.endswith("Error")  # has no signature to show
            text_of_it = section if is_error else section.partition("```\n")[2]
            assert len(text_of_it.strip()) > 20, name


def test_so_do_the_attributes_and_methods_of_a_data_set():
    text = PAGES["reference/python-api.md"]
    for name in ("rows", "films", "read", "mask", "decisions", "torch"):
        assert f"\n### OpenDataSet.{name}\n" in text


def test_parameters_of_models_come_with_their_texts():
    known = rows("reference/models.md")
    assert known["`epochs`"] == [
        "whole number at least 1, at most 10000",
        "`30`",
        known["`epochs`"][2],
    ]
    assert len(known["`trees`"][2]) > 10
    assert known["`optimiser`"][0] == '`"adam"` or `"sgd"`'


def public(name: str, *, many: int = 2) -> int:
    """Say something.

    And more.

    Args:
        name: the one_name of it,
            in two lines.
        many: how many.

    >>> public("a")
    2
    """
    return many


def test_a_docstring_becomes_a_section(monkeypatch):
    monkeypatch.setattr(radprep, "__all__", ["public"], raising=False)
    monkeypatch.setattr(radprep, "public", public, raising=False)
    text = MAKER.api_page()
    assert (
        "## public\n\n```python\npublic(name: str, *, many: int = 2) -> int\n```\n\nSay something."
        in text
    )
    arguments = "- `name`: the one\\_name of it, in two lines.\n- `many`: how many."
    assert f"**Arguments**\n\n{arguments}" in text
    assert '```python\n>>> public("a")\n2\n```' in text


def test_text_cannot_become_markup():
    assert module("made_text").escaped("a|b <x> *** `a*b`") == "a\\|b &lt;x> \\*\\*\\* `a*b`"
