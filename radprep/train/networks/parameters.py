"""Parameters of the torch models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from radprep.train.networks.feed.augment import Augmentation
from radprep.train.parameters import SizedParameters


class TorchParameters(SizedParameters, Augmentation):
    """How a network is trained. The defaults are the wrist thesis' where it names them (sections
    4.4 and 6.2): 341 x 512, padded, Adam, batches of 32, crops of 90-100 %, flips."""

    epochs: int = Field(default=30, ge=1, le=10000)
    """Most passes over the training part."""

    batch: int = Field(default=32, ge=1, le=4096)
    """Units of a step: images, or studies where a model looks at studies."""

    optimiser: Literal["adam", "sgd"] = "adam"
    """What moves the weights."""

    rate: float = Field(default=1e-3, gt=0)
    """Learning rate to begin with."""

    momentum: float = Field(default=0.9, ge=0, lt=1)
    """Of SGD."""

    decay: float = Field(default=0.0, ge=0)
    """Weight decay."""

    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    """Of the learning rate. cosine: with warm restarts. plateau: a tenth where the validation loss
    does not fall."""

    restart: int = Field(default=10, ge=1)
    """cosine: epochs from one start to the next. plateau: epochs of waiting."""

    patience: int = Field(default=10, ge=1)
    """Epochs without a better model after which the training ends."""

    clip: float = Field(default=1.0, gt=0)
    """Largest norm of a step's gradient."""

    amp: Literal["auto", "off"] = "auto"
    """auto: learn in bfloat16 where the processor computes in it. Predictions are always in
    float32."""

    sampling: Literal["quota", "weighted", "all"] = "quota"
    """What an epoch shows: as many of each class as the rarer has; the thesis' weights of Equation
    4.3; or everything."""

    normalise: tuple[float, float] | None = None
    """Mean and standard deviation of grey values in 0..1; the thesis has 0.34587 and 0.22898. None:
    those of the training part."""

    freeze: bool = False
    """Learn the last layers only. Needs weights to begin from."""

    tensorboard: bool = False
    """Write the history for TensorBoard, too."""
