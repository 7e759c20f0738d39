"""What a model is to the rest of the trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from radprep.train.data.samples import Sample


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


Maker = Callable[[str, Mapping[str, Any], Context], Learner]
