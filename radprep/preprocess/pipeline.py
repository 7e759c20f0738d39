"""A pipeline: a list of steps read from TOML, checked, and named by a digest."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from radprep.dataset.footer import MOST_NAME, is_name
from radprep.dataset.keys import key_of
from radprep.errors import UsageError
from radprep.resources import folder
from radprep.steps import STEPS
from radprep.steps.base import ImageStep, Step, StudyStep, entry_of
from radprep.text.small_file import parse_toml, read_small, shown

_MOST_BYTES = 1_000_000
_RANGE = {
    "exclusiveMinimum": "greater than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
_KINDS = {
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "string": ("a text", "texts"),
    "boolean": ("true or false (without quotes)", "true or false values"),
}


@dataclass(frozen=True)
class Pipeline:
    """A name, a sentence, and the steps in their order: study steps, which need no pixels, come
    first."""

    name: str
    summary: str
    steps: tuple[Step, ...]

    @property
    def study_steps(self) -> list[StudyStep]:
        """The steps that decide on rows."""
        return [step for step in self.steps if isinstance(step, StudyStep)]

    @property
    def image_steps(self) -> list[ImageStep]:
        """The steps that see images."""
        return [step for step in self.steps if isinstance(step, ImageStep)]

    @property
    def digest(self) -> str:
        """Names the steps, their versions and their parameters; the pipeline's own name does not
        count."""
        return key_of([step.entry for step in self.steps])

    def resolved(self) -> dict[str, Any]:
        """Everything that decides, defaults included, as JSON values."""
        return {
            "name": self.name,
            "digest": self.digest,
            "steps": [
                {
                    "name": step.name,
                    "version": step.version,
                    "parameters": step.model_dump(mode="json"),
                }
                for step in self.steps
            ],
        }


def resolved_entries(resolved: Mapping[str, Any]) -> tuple[str, ...]:
    """The entries that the steps of `Pipeline.resolved` leave in an image's history, whatever
    versions are installed here."""
    return tuple(
        entry_of(step["name"], step["version"], step["parameters"]) for step in resolved["steps"]
    )


def pipeline_of(resolved: Mapping[str, Any]) -> Pipeline:
    """The pipeline that `Pipeline.resolved` describes. Raises UsageError where this version of
    radprep has other steps."""
    name = str(resolved["name"])
    try:
        steps = tuple(
            STEPS[step["name"]](**step["parameters"])
            for step in resolved["steps"]
            if step["name"] in STEPS
            and step["parameters"].keys() <= STEPS[step["name"]].model_fields.keys()
        )
    except ValidationError as error:
        raise UsageError(
            f"The pipeline {name!r} has a step with a value that it does not take "
            f"({shown(str(error.errors()[0]['loc']))[:60]}). The data set or run that names it is "
            "damaged: make it again."
        ) from None
    pipeline = Pipeline(name, "", steps)
    if pipeline.digest != resolved["digest"]:
        raise UsageError(
            f"The pipeline {pipeline.name!r} was made by another version of radprep, whose steps "
            "decide otherwise. Use that version, or pre-process and train again."
        )
    return pipeline


def preset_names() -> list[str]:
    """Names of the pipelines that come with radprep."""
    return sorted(path.stem for path in folder("pipelines").glob("*.toml"))


def preset_path(name: str) -> Path:
    """The commented TOML file of a preset. Raises UsageError for a name that is none."""
    if name not in preset_names():
        raise UsageError(
            f"There is no pipeline {name!r}. Presets: {', '.join(preset_names())}; or give the "
            "path of a .toml file."
        )
    return folder("pipelines") / f"{name}.toml"


def load_pipeline(name_or_file: str, overrides: Sequence[str] = ()) -> Pipeline:
    """Read a preset by its name or a TOML file by its path, and apply `step.parameter=value`
    overrides.

    Raises UsageError that says where the mistake is, in the file or in which override, and what is
    allowed there.
    """
    is_file = name_or_file.endswith(".toml") or "/" in name_or_file
    if name_or_file not in preset_names() and name_or_file and Path(name_or_file).is_dir():
        raise UsageError(
            f"{name_or_file} is a folder. Give the path of a .toml file, or a preset: "
            f"{', '.join(preset_names())}."
        )
    path = Path(name_or_file) if is_file else preset_path(name_or_file)
    try:
        document = parse_toml(_text(path).encode())
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Presets: {', '.join(preset_names())}."
        ) from None
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from None
    return _pipeline(document, overrides, str(path))


def pipeline_json_schema() -> dict[str, Any]:
    """JSON schema of a pipeline file, made from the steps' own fields."""
    steps = {name: step.model_json_schema() for name, step in STEPS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "radprep pipeline",
        "type": "object",
        "required": ["name", "steps"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "summary": {"type": "string"},
            "steps": {"type": "object", "properties": steps, "additionalProperties": False},
        },
    }


def _text(path: Path) -> str:
    """The text of a UTF-8 file, with or without the byte order mark that Windows editors put in
    front."""
    data = read_small(path, _MOST_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(
            f"{path} is not UTF-8 text. If it is a pipeline, save it as UTF-8 in your editor."
        )
    return text


def _pipeline(document: Mapping[str, Any], overrides: Sequence[str], where: str) -> Pipeline:
    merged = _tables(document, where)
    origins: dict[tuple[str, str], str] = {}
    for override in overrides:
        step, parameter, value = _override(override)
        if step not in merged:
            raise UsageError(
                f"--set {override}: the pipeline has no step {step!r}. Its steps are: "
                f"{', '.join(merged)}."
            )
        merged[step][parameter] = value
        origins[step, parameter] = f"--set {override}"
    steps = tuple(_step(name, table, where, origins) for name, table in merged.items())
    kinds = [isinstance(step, StudyStep) for step in steps]
    if kinds != sorted(kinds, reverse=True):
        late = steps[kinds.index(True, kinds.index(False))].name
        raise UsageError(
            f"{where}: {late} decides on whole studies before any pixel is read; put it before the "
            "image steps."
        )
    return Pipeline(
        str(document.get("name") or "unnamed"), str(document.get("summary") or ""), steps
    )


def _tables(document: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """The [steps.NAME] tables of a pipeline file, copied."""
    if not document:
        raise UsageError(
            f"{where} is empty. A pipeline needs a name and one [steps.NAME] table for each step; "
            f"NAME is one of: {', '.join(STEPS)}. `radprep pipeline show wrist` prints one to "
            "start from."
        )
    unknown = sorted(document.keys() - {"name", "summary", "steps"})
    if unknown:
        raise UsageError(
            f"{where}: unknown entry {unknown[0]!r}. A pipeline has: name, summary and one "
            "[steps.NAME] table for each step."
        )
    for entry in ("name", "summary"):
        if not isinstance(document.get(entry, ""), str):
            raise UsageError(f"{where}: {entry} must be a text (it is {_shown(document[entry])}).")
    if not is_name(document.get("name", "")):
        raise UsageError(
            f"{where}: name must be a text of at most {MOST_NAME} characters on one line."
        )
    tables = document.get("steps")
    if (
        not isinstance(tables, dict)
        or not tables
        or not all(isinstance(table, dict) for table in tables.values())
    ):
        raise UsageError(
            f"{where} has no steps. Write one [steps.NAME] table for each; NAME is one of: "
            f"{', '.join(STEPS)}."
        )
    return {name: dict(table) for name, table in tables.items()}


def _step(
    name: str, parameters: Mapping[str, Any], where: str, origins: Mapping[tuple[str, str], str]
) -> Step:
    """A step with its parameters. `origins` has the override that a parameter comes from; the
    others are the file's, `where`."""
    if name not in STEPS:
        raise UsageError(f"{where}: unknown step {name!r}. Steps are: {', '.join(STEPS)}.")
    try:
        return STEPS[name](**parameters)
    except ValidationError as error:
        first = error.errors()[0]
        parameter = str(first["loc"][0]) if first["loc"] else ""
        origin = origins.get((name, parameter))
        raise UsageError(
            f"{origin or where}: "
            f"{_mistake(name, parameter, first, parameters.get(parameter), origin is not None)}"
        ) from None


def _mistake(name: str, parameter: str, error: ErrorDetails, value: Any, from_set: bool) -> str:
    """A sentence on a parameter that is refused: what it must be, from the step's own schema, and
    what it is."""
    if error["type"] == "extra_forbidden":
        return (
            f"{name} has no parameter {parameter!r}. Its parameters are: "
            f"{', '.join(STEPS[name].model_fields) or 'none'}."
        )
    if error["type"] == "value_error":
        return f"{name}.{parameter}: {error['ctx']['error']}."
    schema = STEPS[name].model_json_schema()["properties"].get(parameter, {})
    example = json.dumps(schema.get("examples", [schema.get("default")])[0])
    such_as = f", such as {example}" if schema.get("type") == "array" else ""
    quoting = (
        f" Between single quotes the shell leaves it whole: --set '{name}.{parameter}={example}'."
        if from_set and such_as
        else ""
    )
    return (
        f"{name}.{parameter} must be {_wanted(schema)}{such_as} (it is {_shown(value)}).{quoting}"
    )


def _wanted(schema: Mapping[str, Any]) -> str:
    """What a value must be, in words, from its JSON schema."""
    kind = schema.get("type", "")
    if "enum" in schema:
        return f"one of: {', '.join(map(json.dumps, schema['enum']))}"
    if kind == "array":
        return f"a list of {_KINDS.get(schema.get('items', {}).get('type', ''), ('', 'values'))[1]}"
    bounds = " and ".join(
        f"{words} {schema[bound]:g}" for bound, words in _RANGE.items() if bound in schema
    )
    return f"{_KINDS.get(kind, ('another value', ''))[0]} {bounds}".rstrip()


def _shown(value: Any) -> str:
    """A value as TOML writes it, cut where it is long."""
    if value == []:
        return "empty"
    if isinstance(value, dict):
        return "a table"
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"the text {text}" if isinstance(value, str) else text


def _override(text: str) -> tuple[str, str, Any]:
    """`step.parameter=value`, the value written as in TOML; a bare word counts as a string."""
    target, equals, value = text.partition("=")
    step, dot, parameter = target.strip().partition(".")
    if not equals or not dot or not parameter:
        raise UsageError(
            f"--set {text!r} is not STEP.PARAMETER=VALUE, for example --set "
            "colour_inversion.threshold=90."
        )
    try:
        return step, parameter, tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        return step, parameter, value.strip()
