"""What a model is to the rest of the trainer, and the table of models by name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from radprep.errors import UsageError
from radprep.steps.resize import Resize
from radprep.train.samples import Sample


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


@dataclass(frozen=True)
class Context:
    """Where and how a learner works. Nothing here may change what it learns, but the seed.

    cache: folder for what may be made again, shared by runs; fingerprint: of the data set, part of
    a cache's name; seed: of everything random; resume: go on where the run folder stopped; workers:
    processes for what is done image by image; weights: file to begin from, checked before anything
    is learnt.
    """

    cache: Path
    fingerprint: str
    seed: int = 0
    resume: bool = False
    workers: int = 1
    weights: Path | None = None
    quiet: bool = False


class Learner(Protocol):
    """A classifier: made with parameters, fitted once or loaded, then asked. The same seed and
    samples give the same answers."""

    @property
    def parameters(self) -> BaseModel:
        """Every parameter, defaults included."""

    def fit(self, training: Sequence[Sample], validation: Sequence[Sample], folder: Path) -> None:
        """Learn from `training`; choose by `validation` only what cannot be chosen otherwise.
        Writes the model and history.csv into the existing folder, which then is enough for
        `load`."""

    def load(self, folder: Path) -> None:
        """Take back what `fit` wrote. Raises UsageError where it is missing or damaged. Never
        unpickles."""

    def predict(self, samples: Sequence[Sample]) -> NDArray[np.float64]:
        """Probability of the positive class, float64, shape (len(samples),). A model of whole
        studies gives a study's value to each of its images."""


Parameters = TypeVar("Parameters", bound=BaseModel)
Maker = Callable[[str, Mapping[str, Any], Context], Learner]


def _classic(name: str, parameters: Mapping[str, Any], context: Context) -> Learner:
    from radprep.train.classic import ClassicLearner, ClassicParameters

    return ClassicLearner(checked(ClassicParameters, parameters), context)


def _torch(name: str, parameters: Mapping[str, Any], context: Context) -> Learner:
    require_torch(
        f"The model {name}"
        if name in MODELS
        else f"{name!r} is none of {', '.join(MODELS)}; a backbone of timm"
    )
    from radprep.train.torch_learner import TorchLearner
    from radprep.train.torch_parameters import TorchParameters

    return TorchLearner(name, checked(TorchParameters, parameters), context)


MODELS: dict[str, Maker] = {
    "classic": _classic,
    **dict.fromkeys(("resnet18", "rx-lite", "rx-large", "mvcnn", "lenet"), _torch),
}
"""Models by name. Any other name is taken for a backbone of timm."""


def make_learner(name: str, parameters: Mapping[str, Any], context: Context) -> Learner:
    """A learner by its name. Raises UsageError for a name or parameter that does not exist, or a
    library that is not installed."""
    return MODELS.get(name, _torch)(name, parameters, context)


def require_torch(what: str) -> None:
    """Raise UsageError where PyTorch is not installed."""
    if find_spec("torch") is None:
        raise UsageError(f"{what} needs PyTorch. Install it with `pip install 'radprep[torch]'`.")


def checked(kind: type[Parameters], values: Mapping[str, Any]) -> Parameters:
    """A model's parameters from plain values. Raises UsageError with the first mistake in a
    sentence."""
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise UsageError(
                f"There is no parameter {name!r}. There are: {', '.join(kind.model_fields)}."
            ) from None
        raise UsageError(f"{name}: {first['msg']} (it is {first['input']!r}).") from None


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
        except tomllib.TOMLDecodeError:
            found[name.strip()] = value.strip()
    return found
