"""The pages of reference/ that are made from the code: commands, steps, presets, models, columns,
codes and the Python API.

`pages()` gives them as Markdown, and mkdocs asks `on_files` for them when it builds the site. They
are not committed, so they cannot go out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # docs/ is no package
from made_text import attribute_docs, docstring, escaped, first_sentence, paragraphs, table

FOOT = "\n*This page was made from the code.*\n"


def on_files(files: Any, config: Any) -> Any:
    """Add the pages to those that lie in docs/."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def pages() -> dict[str, str]:
    """Path under docs/ -> Markdown of every page that is made from the code."""
    made = {
        "reference/commands/index.md": commands_page(),
        **{f"reference/commands/{'-'.join(words)}.md": command_page(words) for words in commands()},
        "reference/steps.md": steps_page(),
        "reference/pipelines.md": pipelines_page(),
        "reference/models.md": models_page(),
        "reference/columns.md": columns_page(),
        "reference/codes.md": codes_page(),
        "reference/python-api.md": api_page(),
    }
    return {path: text + FOOT for path, text in made.items()}


# Commands: usage, arguments, options and examples, from their declarations.


def commands() -> dict[tuple[str, ...], Any]:
    """Words of each command -> the command, those of groups too."""
    import typer

    from radprep.cli import app

    return dict(_commands(typer.main.get_command(app), ()))


def _commands(group: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name), command


def commands_page() -> str:
    """Every command with its first sentence."""
    rows = [
        (f"[radprep {' '.join(words)}]({'-'.join(words)}.md)", escaped(first_sentence(one)))
        for words, one in ((words, command.help) for words, command in commands().items())
    ]
    return (
        "# Commands\n\n"
        "Every command answers `--help` with what stands here. Results go to the standard output, "
        "and progress goes to the standard error. [Codes](../codes.md#exit-codes) lists the exit "
        "codes.\n\n" + table(("command", "what it does"), rows)
    )


def command_page(words: tuple[str, ...]) -> str:
    """One command."""
    command = commands()[words]
    name = f"radprep {' '.join(words)}"
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    records = [
        _record(parameter.get_help_record(context))
        for parameter in command.params
        if parameter.get_help_record(context)
    ]
    arguments = [record for record in records if not record[0].startswith("`-")]
    options = [record for record in records if record[0].startswith("`-")]
    text = f"# {name}\n\n{paragraphs(command.help)}\n\n```text\n{usage}\n```\n"
    if arguments:
        text += "\n## Arguments\n\n" + table(("argument", "what it is", "default"), arguments)
    if options:
        text += "\n## Options\n\n" + table(("option", "what it does", "default"), options)
    return f"{text}\n## Examples\n\n```sh\n{examples(command.epilog)}\n```\n"


def _record(record: tuple[str, str]) -> tuple[str, str, str]:
    """An option as the help shows it, with the default and the bounds in a column of their own."""
    name, text = record
    found = re.search(
        r"\s*\[((?:env|default|required|x|\d)[^\[\]]*(?:\[[^\]]*\][^\[\]]*)?)\]", text
    )
    aside = found[1] if found else ""
    rest = text.replace(found[0], "", 1) if found else text
    more = re.search(r"\s*\[([x\d][^\]]*)\]$", rest)
    if more:
        rest, aside = rest.replace(more[0], ""), f"{aside}; {more[1]}"
    return f"`{name}`".replace("|", "\\|"), escaped(rest), escaped(aside.removeprefix("default: "))


def examples(epilog: str) -> str:
    """The commands after `Examples:`."""
    return textwrap.dedent(epilog.partition("Examples:\n")[2]).strip("\n")


# Steps and pipelines: from the fields of their models and the TOML files.


def steps_page() -> str:
    """Every step, its parameters and what it may say."""
    from radprep.review_marks import REVIEW_MARKS
    from radprep.steps import STEPS
    from radprep.steps.base import StudyStep

    text = (
        "# Steps\n\nA step changes images, or refuses them, or only notes what it sees. A pipeline "
        "names its steps and their parameters ([how to write one](../how-to/own-pipeline.md)). "
        "Steps are listed in the order in which pipelines use them.\n\n"
    )
    text += table(
        ("step", "what it does"),
        [(f"[{name}](#{name})", escaped(_summary(step))) for name, step in STEPS.items()],
    )
    for name, step in STEPS.items():
        kind = (
            "rows of a study, before any pixel is read"
            if issubclass(step, StudyStep)
            else "one image"
        )
        corrects = getattr(step, "corrects", None)
        text += f"\n## {name}\n\n{paragraphs(step.__doc__)}\n\n"
        text += f"- Version {step.version}. It sees {kind}.\n"
        if corrects:
            text += f"- A person may decide instead of it, with the field `{corrects}` of a "
            text += "[corrections file](../how-to/corrections.md).\n"
        marks = [mark for mark in REVIEW_MARKS if mark.startswith(f"{name}:")]
        if marks:
            text += (
                "- It may mark an image for review: " + ", ".join(f"`{m}`" for m in marks) + ".\n"
            )
        text += "\n" + (parameters_table(step) or "It has no parameters.\n")
    return text


def _summary(step: Any) -> str:
    return getattr(step, "summary", "") or first_sentence(inspect.getdoc(step) or "")


def parameters_table(model: Any) -> str:
    """Parameters of a pydantic model: type, default, bounds and docstring. Empty where it has
    none."""
    schema, said = model.model_json_schema()["properties"], attribute_docs(model)
    rows = [
        (
            f"`{name}`",
            _kind(field),
            f"`{_toml(field['default'])}`" if field.get("default") is not None else "",
            escaped(field.get("description") or said.get(name, "")),
        )
        for name, field in schema.items()
    ]
    return table(("parameter", "values", "default", "what it is"), rows) if rows else ""


_BOUNDS = {
    "exclusiveMinimum": "greater than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
_KINDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
}


def _kind(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if "enum" in field:
        return " or ".join(f"`{_toml(value)}`" for value in field["enum"])
    if field.get("type") == "array":
        inside = field.get("items") or (field.get("prefixItems") or [{}])[0]
        return f"list of: {_kind(inside)}"
    if field.get("type") == "null":
        return "nothing"
    bounds = [f"{words} {field[bound]:g}" for bound, words in _BOUNDS.items() if bound in field]
    return " ".join([_KINDS.get(field.get("type", ""), "value"), ", ".join(bounds)]).strip()


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)


def pipelines_page() -> str:
    """Every preset: its sentence, its steps, its file."""
    from radprep.preprocess.pipeline import load_pipeline, preset_names, preset_path

    text = (
        "# Pipelines\n\nThese presets come with radprep. `radprep preprocess --pipeline NAME` "
        "uses one, and `radprep pipeline show NAME` prints it. [Steps](steps.md) describes the "
        "steps, and [Your own pipeline](../how-to/own-pipeline.md) shows how to change one.\n"
    )
    for name in preset_names():
        pipeline = load_pipeline(name)
        names = ", ".join(f"[{step.name}](steps.md#{step.name})" for step in pipeline.steps)
        source = preset_path(name).read_text(encoding="utf-8").strip()
        text += f"\n## {name}\n\n{escaped(pipeline.summary)}\n\nSteps: {names}.\n\n"
        text += f"```toml\n{source}\n```\n"
    return text


# Models of classifiers.


def models_page() -> str:
    """Every model that `radprep train --model` knows, and the parameters of `--set`."""
    from radprep.train import models
    from radprep.train.classic.learner import ClassicParameters
    from radprep.train.networks.parameters import TorchParameters

    describe = getattr(models, "describe_models", None)
    text = (
        "# Models\n\n`radprep train --model NAME` takes one of these names. All but `classic` need "
        "the extra `torch`, which `pip install 'radprep[torch]'` installs.\n\n"
    )
    if describe is None:
        text += "".join(f"- `{name}`\n" for name in models.MODELS)
        text += "\nAny other name is taken for a backbone of the library timm.\n"
    else:
        text += described(describe())
    text += "\n## Parameters of `classic`\n\nEach is set with `--set NAME=VALUE`.\n\n"
    text += parameters_table(ClassicParameters)
    text += "\n## Parameters of the networks\n\nEach is set with `--set NAME=VALUE`.\n\n"
    return text + parameters_table(TorchParameters)


def described(models: Any) -> str:
    """What describe_models() says: names with a text, or with several facts each."""
    if isinstance(models, str):
        return models + "\n"
    pairs = models.items() if isinstance(models, Mapping) else models
    rows = []
    for one in pairs:
        name, fact = one if isinstance(one, tuple) and len(one) == 2 else (one.name, one)
        rows.append((f"`{name}`", escaped(" ".join(_facts(fact)))))
    return table(("model", "what it is"), rows)


def _facts(fact: Any) -> Iterable[str]:
    if isinstance(fact, str):
        return [fact]
    if isinstance(fact, Mapping):
        return [str(value) for value in fact.values()]
    return [
        f"Source: {value}." if name == "source" else str(value)
        for name, value in vars(fact).items()
        if name != "name" and value
    ]


# Columns and codes.


def columns_page() -> str:
    """Every column of a data set, as `radprep columns` prints it: name, type, meaning."""
    from typer.testing import CliRunner

    from radprep.cli import app
    from radprep.dataset.schema import FORMAT_VERSION

    printed = CliRunner().invoke(app, ["columns"]).stdout.splitlines()
    columns = [line.split(maxsplit=2) for line in printed]
    rows = [(f"`{name}`", kind, escaped(meaning)) for name, kind, meaning in columns]
    theirs = [row for row in rows if row[2].startswith("DICOM, VR")]
    return (
        "# Columns\n\nThese are the columns of `instances.parquet` and of every file in "
        f"`studies/`, in this order (data set format {FORMAT_VERSION}). `radprep columns` prints "
        "them. A row is an image, or a file that gave none.\n\n## Columns of radprep\n\n"
        + table(("column", "type", "meaning"), [row for row in rows if row not in theirs])
        + "\n## Columns of DICOM\n\nThese keep the keyword of their DICOM attribute. "
        "[De-identification](../explanation/de-identification.md) says in which form each leaves "
        "the hospital. VR is DICOM's type of a value.\n\n"
        + table(("column", "type", "meaning"), theirs)
    )


def codes_page() -> str:
    """Every code, what it means and what to do."""
    from radprep import reasons
    from radprep.review_marks import REVIEW_MARKS
    from radprep.stage.plan import REASONS
    from radprep.upkeep.verify_study import CODES

    def meanings(codes: Mapping[Any, reasons.Meaning], name: str) -> str:
        rows = [(f"`{code}`", escaped(one.what), escaped(one.do)) for code, one in codes.items()]
        return table((name, "what it means", "what to do"), rows)

    return (
        "# Codes\n\nCodes are stable: what a data set says today can be read with this page in "
        "years.\n\n## Exit codes\n\n"
        + meanings(reasons.EXIT_CODES, "exit code")
        + "\n## Reasons of rejections\n\nA row with the status `rejected` was refused by a "
        "decision. The column `reason` holds the code, `step` says who decided, and `detail` holds "
        "the value that decided.\n\n"
        + meanings(reasons.REJECTIONS, "reason")
        + "\n## Codes of failures\n\nA row with the status `failed` met a fault. The column "
        "`reason` holds the code.\n\n"
        + meanings(reasons.FAILURES, "code")
        + "\n## Marks for review\n\nA marked image is kept, but a step was not sure. The column "
        "`review` lists the marks.\n\n"
        + meanings(REVIEW_MARKS, "mark")
        + "\n## Why a study is done again\n\nThe summary of a run and `--dry-run` name these "
        "reasons.\n\n"
        + table(("reason", "meaning"), [(f"`{c}`", escaped(t)) for c, t in REASONS.items()])
        + "\n## Findings of verify\n\n`radprep verify` prints these codes. The remedy is `redo` "
        "(the study is done again), `remove` (the file or folder goes), `rebuild` (the shared "
        "tables are made again) or `by hand`. A `note` is no fault of the data set, and fails "
        "nothing.\n\n"
        + table(
            ("finding", "meaning", "remedy"),
            [(f"`{code}`", escaped(text), remedy) for code, (remedy, text) in CODES.items()],
        )
    )


# The Python API: whatever `radprep.__all__` names.


def api_page() -> str:
    """The public names of the package, with signatures and docstrings."""
    import radprep

    names = sorted(getattr(radprep, "__all__", ()), key=lambda name: _rank(getattr(radprep, name)))
    text = "# Python API\n\nThese names stand in the package `radprep`.\n"
    for name in names:
        one = getattr(radprep, name)
        if callable(one):
            is_error = inspect.isclass(one) and issubclass(one, Exception)
            shown = "" if is_error else _signature(name, one)
            members = _members(one) if inspect.isclass(one) and not is_error else ""
            text += f"\n## {name}\n\n{shown}{docstring(one)}\n{members}"
    return text


def _rank(one: Any) -> tuple[bool, bool, bool]:
    """Functions first, then what they give back, then errors; `open` before the others."""
    is_class = inspect.isclass(one)
    is_error = is_class and issubclass(one, Exception)
    return is_error, is_class, getattr(one, "__name__", "") != "open"


def _members(one: type) -> str:
    text = ""
    for name, member in inspect.getmembers(one):
        if name.startswith("_") or not (inspect.isfunction(member) or is_property(member)):
            continue
        if not docstring(member) or not member_of_ours(member):
            continue
        shown = _signature(name, member) if inspect.isfunction(member) else ""
        text += f"\n### {one.__name__}.{name}\n\n{shown}{docstring(member)}\n"
    return text


def is_property(member: Any) -> bool:
    """Whether a member is read as an attribute."""
    return isinstance(member, property | cached_property)


def member_of_ours(member: Any) -> bool:
    """Whether a method or property is written here, not inherited from a library."""
    function = member.fget if isinstance(member, property) else getattr(member, "func", member)
    return str(getattr(function, "__module__", "")).startswith("radprep")


def _signature(name: str, one: Any) -> str:
    try:
        signature = inspect.signature(one)
    except (TypeError, ValueError):
        return ""
    own = [part for part in signature.parameters.values() if part.name != "self"]
    line = name + _plain(str(signature.replace(parameters=own)))
    if len(line) > 90:
        parts, starred = [], False
        for part in own:
            if part.kind is part.KEYWORD_ONLY and not starred:
                parts, starred = [*parts, "*"], True
            parts.append(_plain(str(part)))
        inside = ",\n    ".join(parts)
        line = f"{name}(\n    {inside},\n)" + line.rpartition(")")[2]
    return f"```python\n{line}\n```\n\n"


def _plain(text: str) -> str:
    """A signature without the quotes around annotations that wait to be read."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)
