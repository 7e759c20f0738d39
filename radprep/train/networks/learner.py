"""The torch models as a `Learner`: cache, network, loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from radprep.errors import UsageError
from radprep.train.data.samples import Sample
from radprep.train.learner import Context
from radprep.train.networks.checkpoint import load_weights, read_tensors
from radprep.train.networks.events import require_tensorboard
from radprep.train.networks.feed.batches import Normalisation, Units
from radprep.train.networks.feed.image_cache import ImageCache
from radprep.train.networks.loop import BEST, Loop, Notes, image_probabilities
from radprep.train.networks.models import freeze, is_of_studies, make_network
from radprep.train.networks.parameters import TorchParameters


class TorchLearner:
    """A network by its name; see `Learner`. Raises UsageError for an unknown name, an impossible
    size, or weights that do not fit."""

    def __init__(self, name: str, parameters: TorchParameters, context: Context) -> None:
        self.parameters = parameters
        self._name, self._context = name, context
        if parameters.tensorboard:
            require_tensorboard()
        self.network = make_network(name, parameters.width, parameters.height, context.seed)
        if context.weights:
            load_weights(self.network, context.weights)
        if parameters.freeze:
            freeze(self.network)
        self.network.to("cuda" if torch.cuda.is_available() else "cpu")
        self.normalisation = (
            Normalisation(*parameters.normalise)
            if parameters.normalise
            else Normalisation(0.5, 0.5)
        )

    def fit(self, training: Sequence[Sample], validation: Sequence[Sample], folder: Path) -> None:
        """Learn from the training part, keep the epoch that does best on the validation part.
        Raises UsageError, InterruptedRunError."""
        if len({sample.label for sample in training}) < 2:
            raise UsageError("The training part needs images of both classes.")
        cache = self._cache(training)
        if not self.parameters.normalise:
            self.normalisation = Normalisation.of(cache)
        notes: Notes = {
            "model": self._name,
            "mean": self.normalisation.mean,
            "deviation": self.normalisation.deviation,
        }
        loop = Loop(self.network, self.parameters, self._context.seed, folder, notes)
        loop.run(
            self._units(training, cache),
            self.units(validation),
            resume=self._context.resume,
            quiet=self._context.quiet,
        )
        self.load(folder)

    def load(self, folder: Path) -> None:
        """Take back the best network of `fit`. Raises UsageError."""
        tensors, notes = read_tensors(folder / BEST)
        try:
            self.network.load_state_dict(tensors)
            self.normalisation = Normalisation(float(notes["mean"]), float(notes["deviation"]))
        except (RuntimeError, KeyError, TypeError, ValueError):
            raise UsageError(
                f"{folder / BEST} is not of the model {self._name} with these parameters. Train "
                "again."
            ) from None

    def predict(self, samples: Sequence[Sample]) -> NDArray[np.float64]:
        """Probability of the positive class, shape (len(samples),)."""
        return image_probabilities(self.network, self.units(samples), self.parameters.batch)

    def units(self, samples: Sequence[Sample]) -> Units:
        """The samples as the network takes them: images, or studies."""
        return self._units(samples, self._cache(samples))

    def _units(self, samples: Sequence[Sample], cache: ImageCache) -> Units:
        return Units.of(samples, cache, self.normalisation, by_study=is_of_studies(self.network))

    def _cache(self, samples: Sequence[Sample]) -> ImageCache:
        return ImageCache(samples, self.parameters.resize, self._context)
