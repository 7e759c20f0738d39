"""Parameters that every model has, and how a person's values become checked ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from radprep.errors import UsageError
from radprep.steps.resize import Resize
from radprep.text.small_file import shown


class SizedParameters(BaseModel):
    """What every model's parameters have: the size that it sees images at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=341, ge=8, le=4096)
    """Width in pixels to which images are brought."""

    height: int = Field(default=512, ge=8, le=4096)
    """Height in pixels to which images are brought."""

    mode: Literal["pad", "stretch"] = "pad"
    """pad: proportions are kept. stretch: they are not."""

    @property
    def resize(self) -> Resize:
        """The step that brings an image to that size."""
        return Resize(width=self.width, height=self.height, mode=self.mode)


_SHOWN = 60

Parameters = TypeVar("Parameters", bound=BaseModel)


def checked(kind: type[Parameters], values: Mapping[str, Any]) -> Parameters:
    """A model's parameters from plain values. Raises UsageError with the first mistake in a
    sentence."""
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = shown(".".join(map(str, first["loc"])))[:_SHOWN]
        if first["type"] == "extra_forbidden":
            raise UsageError(
                f"There is no parameter {name!r}. There are: {', '.join(kind.model_fields)}."
            ) from None
        given = shown(repr(first["input"]))
        given = given if len(given) <= _SHOWN else f"{given[: _SHOWN - 3]}..."
        raise UsageError(f"{name}: {first['msg']} (it is {given}).") from None


def parse_parameters(texts: Sequence[str]) -> dict[str, Any]:
    """`NAME=VALUE` pairs of --set, the value written as in TOML; a bare word counts as a string.
    Raises UsageError."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {text!r} is not PARAMETER=VALUE, for example --set epochs=20.")
        try:
            found[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except (ValueError, RecursionError):
            found[name.strip()] = value.strip()
    return found
