"""A pipeline: a list of steps read from TOML, checked, and named by a digest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from radprep.errors import UsageError
from radprep.hashes import key_of
from radprep.resources import folder
from radprep.steps import STEPS
from radprep.steps.base import ImageStep, Step, StudyStep, entry_of


@dataclass(frozen=True)
class Pipeline:
    """A name, a sentence, and the steps in their order: study steps, which need no pixels, come first."""

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
        """Names the steps, their versions and their parameters; the pipeline's own name does not count."""
        return key_of([step.entry for step in self.steps])

    def resolved(self) -> dict[str, Any]:
        """Everything that decides, defaults included, as JSON values."""
        return {"name": self.name, "digest": self.digest,
                "steps": [{"name": step.name, "version": step.version, "parameters": step.model_dump(mode="json")} for step in self.steps]}


def resolved_entries(resolved: Mapping[str, Any]) -> tuple[str, ...]:
    """The entries that the steps of `Pipeline.resolved` leave in an image's history, whatever versions are installed here."""
    return tuple(entry_of(step["name"], step["version"], step["parameters"]) for step in resolved["steps"])


def preset_names() -> list[str]:
    """Names of the pipelines that come with radprep."""
    return sorted(path.stem for path in folder("pipelines").glob("*.toml"))


def preset_path(name: str) -> Path:
    """The commented TOML file of a preset. Raises UsageError for a name that is none."""
    if name not in preset_names():
        raise UsageError(f"There is no pipeline {name!r}. Presets: {', '.join(preset_names())}; or give the path of a .toml file.")
    return folder("pipelines") / f"{name}.toml"


def load_pipeline(name_or_file: str, overrides: Sequence[str] = ()) -> Pipeline:
    """Read a preset by its name or a TOML file by its path, and apply `step.parameter=value` overrides.

    Raises UsageError that names the known steps or parameters where one is unknown.
    """
    is_file = name_or_file.endswith(".toml") or "/" in name_or_file
    path = Path(name_or_file) if is_file else preset_path(name_or_file)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Presets: {', '.join(preset_names())}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from None
    return _pipeline(document, overrides, str(path))


def pipeline_json_schema() -> dict[str, Any]:
    """JSON schema of a pipeline file, made from the steps' own fields."""
    steps = {name: step.model_json_schema() for name, step in STEPS.items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "radprep pipeline", "type": "object",
            "required": ["name", "steps"], "additionalProperties": False,
            "properties": {"name": {"type": "string"}, "summary": {"type": "string"},
                           "steps": {"type": "object", "properties": steps, "additionalProperties": False}}}


def _pipeline(document: Mapping[str, Any], overrides: Sequence[str], where: str) -> Pipeline:
    unknown = sorted(document.keys() - {"name", "summary", "steps"})
    if unknown:
        raise UsageError(f"{where}: unknown entry {unknown[0]!r}. A pipeline has: name, summary and one [steps.NAME] table for each step.")
    tables = document.get("steps")
    if not isinstance(tables, dict) or not tables or not all(isinstance(table, dict) for table in tables.values()):
        raise UsageError(f"{where} has no steps. Write one [steps.NAME] table for each; NAME is one of: {', '.join(STEPS)}.")
    merged = {name: dict(table) for name, table in tables.items()}
    for override in overrides:
        step, parameter, value = _override(override)
        if step not in merged:
            raise UsageError(f"--set {override}: the pipeline has no step {step!r}. Its steps are: {', '.join(merged)}.")
        merged[step][parameter] = value
    steps = tuple(_step(name, table, where) for name, table in merged.items())
    kinds = [isinstance(step, StudyStep) for step in steps]
    if kinds != sorted(kinds, reverse=True):
        late = steps[kinds.index(True, kinds.index(False))].name
        raise UsageError(f"{where}: {late} decides on whole studies before any pixel is read; put it before the image steps.")
    return Pipeline(str(document.get("name") or "unnamed"), str(document.get("summary") or ""), steps)


def _step(name: str, parameters: Mapping[str, Any], where: str) -> Step:
    if name not in STEPS:
        raise UsageError(f"{where}: unknown step {name!r}. Steps are: {', '.join(STEPS)}.")
    try:
        return STEPS[name](**parameters)
    except ValidationError as error:
        first = error.errors()[0]
        parameter = ".".join(str(part) for part in first["loc"]) or "parameters"
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{where}: {name} has no parameter {parameter!r}. Its parameters are: "
                             f"{', '.join(STEPS[name].model_fields) or 'none'}.") from None
        raise UsageError(f"{where}: {name}.{parameter}: {first['msg']}.") from None


def _override(text: str) -> tuple[str, str, Any]:
    """`step.parameter=value`, the value written as in TOML; a bare word counts as a string."""
    target, equals, value = text.partition("=")
    step, dot, parameter = target.strip().partition(".")
    if not equals or not dot or not parameter:
        raise UsageError(f"--set {text!r} is not STEP.PARAMETER=VALUE, for example --set colour_inversion.threshold=90.")
    try:
        return step, parameter, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return step, parameter, value.strip()
