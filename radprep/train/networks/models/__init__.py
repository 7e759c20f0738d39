"""The networks. A module holds one network, or a family that shares its blocks.

A network may import PyTorch and the other modules here, nothing else of radprep but its errors.
To add one: a module with a class that has what `Network` asks for, a test module of the same name,
and a line in `radprep/train/catalogue.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from radprep.errors import UsageError
from radprep.train.catalogue import CATALOGUE, NETWORKS_ROOM
from radprep.train.networks.models.backbone import make_backbone
from radprep.train.networks.models.network import as_network

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    model.name: model.load() for model in CATALOGUE if model.room == NETWORKS_ROOM
}
"""The networks of the catalogue by name. Any other name is one of timm's."""


def make_network(name: str, width: int, height: int, seed: int) -> nn.Module:
    """A network with random weights that follow from the seed. Raises UsageError for an unknown
    name, or where nothing of an image of this size would be left."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = NETWORKS[name]() if name in NETWORKS else make_backbone(name, (height, width))
    network.eval()
    try:
        with torch.no_grad():
            answer(network, torch.zeros(1, 1, height, width), [1])
    except (RuntimeError, AssertionError, ValueError):
        raise UsageError(
            f"The model {name} cannot take images of {width} x {height} pixels. Choose another "
            "size with --set width=PIXELS --set height=PIXELS."
        ) from None
    return network


def is_of_studies(network: nn.Module) -> bool:
    """Whether one answer is for all images of a study."""
    return as_network(network).of_studies


def answer(network: nn.Module, images: torch.Tensor, counts: Sequence[int]) -> torch.Tensor:
    """Logits of units, shape (len(counts),). images: shape (sum(counts), 1, h, w), unit after
    unit."""
    logits: torch.Tensor = network(images, counts) if is_of_studies(network) else network(images)
    return logits.squeeze(1)


def head_of(network: nn.Module) -> nn.Module:
    """The last layers, those that are learnt with `freeze`."""
    return as_network(network).classifier


def freeze(network: nn.Module) -> None:
    """Let only the head learn."""
    network.requires_grad_(False)
    head_of(network).requires_grad_(True)


def set_training(network: nn.Module) -> None:
    """Training mode, but for frozen parts: the statistics of batch normalisation stay with frozen
    weights."""
    network.eval()
    if all(parameter.requires_grad for parameter in network.parameters()):
        network.train()
    else:
        head_of(network).train()
