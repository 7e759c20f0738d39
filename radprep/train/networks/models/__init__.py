"""Networks by name. Each takes normalised images, float32, shape (n, 1, h, w), and gives one logit
a unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from radprep.errors import UsageError
from radprep.train.networks.models.backbone import make_backbone
from radprep.train.networks.models.lenet import LeNet
from radprep.train.networks.models.rx import LARGE, LITE, Rx, ViewPooling

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "rx-lite": lambda: Rx(LITE, padded=False),
    "rx-large": lambda: Rx(LARGE, padded=True),
    "mvcnn": ViewPooling,
    "lenet": LeNet,
}
"""Our own networks. Any other name, `resnet18` too, is timm's."""


def make_network(name: str, width: int, height: int, seed: int) -> nn.Module:
    """A network with random weights that follow from the seed. Raises UsageError for an unknown
    name, or where nothing of an image of this size would be left."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = NETWORKS[name]() if name in NETWORKS else make_backbone(name, width, height)
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
    return isinstance(network, ViewPooling)


def answer(network: nn.Module, images: torch.Tensor, counts: Sequence[int]) -> torch.Tensor:
    """Logits of units, shape (len(counts),). images: shape (sum(counts), 1, h, w), unit after
    unit."""
    logits: torch.Tensor = network(images, counts) if is_of_studies(network) else network(images)
    return logits.squeeze(1)


def head_of(network: nn.Module) -> nn.Module:
    """The last layers, those that are learnt with `freeze`."""
    if isinstance(network, (Rx, ViewPooling, LeNet)):
        return network.classifier
    head: nn.Module = network.get_classifier()  # type: ignore[operator]
    return head


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
