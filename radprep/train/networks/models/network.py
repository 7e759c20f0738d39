"""What the trainer asks of a network, besides that it is a torch module."""

from __future__ import annotations

from typing import Protocol, cast

from torch import nn


class Network(Protocol):
    """A torch module that says two things of itself. Our networks have both as attributes.

    A network takes normalised images, float32, shape (n, 1, h, w), and gives logits, shape (n, 1).
    A network of studies takes the number of images of each study besides, and gives a logit a
    study, shape (len(counts), 1).
    """

    @property
    def classifier(self) -> nn.Module:
        """The last layers: the part that is learnt with `--freeze`, and that may be missing in a
        file of weights."""

    @property
    def of_studies(self) -> bool:
        """Whether one answer is for all images of a study."""


class Backbone:
    """How a network of timm is seen as a `Network`. It is a view: the module stays as timm made it,
    with timm's names of weights."""

    of_studies = False

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    @property
    def classifier(self) -> nn.Module:
        """The last layers, as timm names them."""
        found: nn.Module = self._module.get_classifier()  # type: ignore[operator]
        return found


def as_network(module: nn.Module) -> Network:
    """A torch module as a `Network`: one of ours as it is, one of timm through `Backbone`."""
    if hasattr(module, "get_classifier"):
        return Backbone(module)
    return cast(Network, module)
