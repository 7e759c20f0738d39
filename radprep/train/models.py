"""From a model's name to its learner. The names stand in `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from radprep.errors import UsageError
from radprep.train.catalogue import CATALOGUE, names_in_words
from radprep.train.learner import Context, Learner, Maker
from radprep.train.parameters import checked


def _classic(name: str, parameters: Mapping[str, Any], context: Context) -> Learner:
    from radprep.train.classic.learner import ClassicLearner, ClassicParameters

    return ClassicLearner(checked(ClassicParameters, parameters), context)


def _torch(name: str, parameters: Mapping[str, Any], context: Context) -> Learner:
    require_torch(
        f"The model {name}"
        if name in MODELS
        else f"There is no model {name!r} of our own ({names_in_words()}); a backbone of timm"
    )
    from radprep.train.networks.learner import TorchLearner
    from radprep.train.networks.parameters import TorchParameters

    return TorchLearner(name, checked(TorchParameters, parameters), context)


_LEARNERS: dict[str, Maker] = {"classic": _classic, "networks": _torch}
"""How the models of a room are made into learners."""

MODELS: dict[str, Maker] = {model.name: _LEARNERS[model.room] for model in CATALOGUE}
"""Models by name. Any other name is taken for a backbone of timm."""


@dataclass(frozen=True)
class Description:
    """What documentation says of a model: its name, what it is in a sentence or two, and where it
    was published."""

    name: str
    sentence: str
    source: str


def describe_models() -> list[Description]:
    """A description of each model that has a name of ours, in the order of the catalogue."""
    return [Description(model.name, model.sentence, model.source) for model in CATALOGUE]


def make_learner(name: str, parameters: Mapping[str, Any], context: Context) -> Learner:
    """A learner by its name. Raises UsageError for a name or parameter that does not exist, or a
    library that is not installed."""
    return MODELS.get(name, _torch)(name, parameters, context)


def require_torch(what: str) -> None:
    """Raise UsageError where PyTorch is not installed."""
    if find_spec("torch") is None:
        raise UsageError(f"{what} needs PyTorch. Install it with `pip install 'radprep[torch]'`.")
