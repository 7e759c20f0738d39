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
    _require_torch_for(name)
    from radprep.train.networks.learner import TorchLearner
    from radprep.train.networks.parameters import TorchParameters

    return TorchLearner(name, checked(TorchParameters, parameters), context)


def _require_torch_for(name: str) -> None:
    require_torch(
        f"The model {name}"
        if name in MODELS
        else f"There is no model {name!r} of our own ({names_in_words()}); a backbone of timm"
    )


_LEARNERS: dict[str, Maker] = {"classic": _classic, "networks": _torch}
"""How the models of a room are made into learners."""

MODELS: dict[str, Maker] = {model.name: _LEARNERS[model.room] for model in CATALOGUE}
"""Models by name. Any other name is taken for a backbone of timm."""


_OF_A_WORKER_MB = 512
"""Megabytes of a process that reads whole films and resizes them, or takes their features."""


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


def check_parameters(name: str, parameters: Mapping[str, Any]) -> None:
    """Raise UsageError for parameters that a model does not have or take, before any data is
    touched. What only the network itself can say, such as a size that leaves it nothing, is said by
    `make_learner`."""
    if MODELS.get(name, _torch) is _classic:
        from radprep.train.classic.learner import ClassicParameters

        checked(ClassicParameters, parameters)
        return
    _require_torch_for(name)
    from radprep.train.networks.parameters import TorchParameters

    checked(TorchParameters, parameters)


def memory_of(name: str, parameters: Mapping[str, Any], *, workers: int, gpu: bool) -> int:
    """Bytes of memory that a training takes, all its processes together. Raises UsageError for
    parameters that the model does not have."""
    from radprep.train.networks.memory import MEGABYTE
    from radprep.train.networks.memory import memory_of as memory_of_network
    from radprep.train.networks.parameters import TorchParameters

    of_workers = _OF_A_WORKER_MB * MEGABYTE * workers
    if MODELS.get(name, _torch) is _classic:
        return of_workers
    sized = checked(TorchParameters, parameters)
    return of_workers + memory_of_network(name, sized, gpu=gpu)


def require_torch(what: str) -> None:
    """Raise UsageError where PyTorch is not installed."""
    if find_spec("torch") is None:
        raise UsageError(f"{what} needs PyTorch. Install it with `pip install 'radprep[torch]'`.")
