"""The table of models: every model that has a name of ours stands here, and only here.

It imports no library, so that the help of `radprep train` and the documentation are made from it
on any machine. What a line names is imported when a model is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Model:
    """One line of the table.

    name: what `--model` takes. maker: the class or function that makes the model when it is called
    without arguments, as MODULE:NAME inside radprep.train; its first word is a room, which says
    what kind of model this is. sentence: what the model is, for somebody who chooses one. source:
    where it was published. bytes_a_pixel: memory that a training takes for each pixel of a batch,
    as `networks.memory` says.
    """

    name: str
    maker: str
    sentence: str
    source: str
    bytes_a_pixel: int = 0

    @property
    def room(self) -> str:
        """The room inside radprep.train that the maker stands in."""
        return self.maker.partition(".")[0]

    @property
    def module(self) -> str:
        """The full name of the maker's module."""
        return f"radprep.train.{self.maker.partition(':')[0]}"

    def load(self) -> Any:
        """The maker itself. This imports its module, and with it PyTorch where that needs it."""
        return getattr(import_module(self.module), self.maker.partition(":")[2])


CATALOGUE = (
    Model(
        "classic",
        "classic.learner:ClassicLearner",
        "Texture features of each film, then logistic regression or boosted trees, whichever does "
        "better inside the training part. It needs no PyTorch.",
        "Ojala, Pietikäinen and Mäenpää 2002 (local binary patterns); Haralick et al. 1973 "
        "(co-occurrence)",
    ),
    Model(
        "resnet18",
        "networks.models.backbone:resnet18",
        "A residual network of 18 layers, the usual baseline; timm's, with one channel.",
        "He et al. 2016",
        290,
    ),
    Model(
        "rx-lite",
        "networks.models.rx:rx_lite",
        "Four plain blocks of convolution, pooling and ReLU, then three dense layers.",
        "the wrist thesis (UPC and BSC, 2021), section 5.2",
        110,
    ),
    Model(
        "rx-large",
        "networks.models.rx:rx_large",
        "Eight plain blocks, padded, since without padding they leave nothing of 341 x 512; then "
        "three dense layers.",
        "the wrist thesis (UPC and BSC, 2021), section 5.2",
        85,
    ),
    Model(
        "mvcnn",
        "networks.models.rx:ViewPooling",
        "One answer for all views of a study, however many: the strongest response of any view to "
        "the blocks of rx-lite.",
        "Su et al. 2015; the wrist thesis (UPC and BSC, 2021), section 5.3",
        415,
    ),
    Model(
        "lenet",
        "networks.models.lenet:LeNet",
        "LeNet-5: two convolutions and three dense layers, small enough to try things with.",
        "LeCun et al. 1998",
        75,
    ),
)
"""The models in the order in which they are shown. A new model is one more line."""

NETWORKS_ROOM = "networks"


def names_in_words() -> str:
    """All names in a row, as a help or a message says them."""
    networks = [model.name for model in CATALOGUE if model.room == NETWORKS_ROOM]
    others = [model.name for model in CATALOGUE if model.room != NETWORKS_ROOM]
    return f"{', '.join(others)}, or with PyTorch {', '.join(networks)} or any backbone of timm"
