"""The wrist thesis' own networks (section 5.2): plain blocks of convolution, pooling and ReLU, and
view pooling over them (5.3).

The thesis names no channel counts; these are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

LITE = (16, 32, 64, 128)
LARGE = (16, 16, 32, 32, 64, 64, 128, 128)

_POOLED = 4
_HIDDEN = (256, 64)


class Rx(nn.Module):
    """Blocks of a 3x3 convolution, 2x2 maximum pooling and ReLU, average pooling to 4x4, three
    dense layers, one logit.

    channels: of each block. padded: convolutions keep the size and pooling rounds up, so that any
    number of blocks fits; without it eight blocks leave nothing of 341x512.
    """

    of_studies = False

    def __init__(self, channels: Sequence[int], *, padded: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise((1, *channels)):
            layers += [
                nn.Conv2d(before, after, 3, padding=int(padded)),
                nn.MaxPool2d(2, ceil_mode=padded),
                nn.ReLU(),
            ]
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(_POOLED)
        self.classifier = dense_layers(channels[-1])
        self.apply(_initialise)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits, shape (n, 1), of images, shape (n, 1, h, w)."""
        logits: torch.Tensor = self.classifier(self.pool(self.features(images)).flatten(1))
        return logits


class ViewPooling(nn.Module):
    """MVCNN (Su et al. 2015) over the blocks of Rx Lite: the largest response of any view, then
    dense layers, one logit a study."""

    of_studies = True

    def __init__(self) -> None:
        super().__init__()
        self.features = Rx(LITE, padded=False).features
        self.pool = nn.AdaptiveAvgPool2d(_POOLED)
        self.classifier = dense_layers(LITE[-1])
        self.classifier.apply(_initialise)

    def forward(self, images: torch.Tensor, counts: Sequence[int]) -> torch.Tensor:
        """Logits, shape (len(counts), 1). images: shape (sum(counts), 1, h, w); counts: views of
        each study."""
        views = self.pool(self.features(images)).split(list(counts))
        logits: torch.Tensor = self.classifier(
            torch.stack([view.amax(0) for view in views]).flatten(1)
        )
        return logits


def rx_lite() -> Rx:
    """Rx Lite: four blocks without padding."""
    return Rx(LITE, padded=False)


def rx_large() -> Rx:
    """Rx Large: eight blocks, padded."""
    return Rx(LARGE, padded=True)


def dense_layers(channels: int) -> nn.Sequential:
    """Three dense layers with ReLU between them, from 4x4 places of `channels` numbers to one
    logit."""
    sizes = (channels * _POOLED**2, *_HIDDEN)
    hidden = [
        layer
        for before, after in pairwise(sizes)
        for layer in (nn.Linear(before, after), nn.ReLU())
    ]
    return nn.Sequential(*hidden, nn.Linear(_HIDDEN[-1], 1))


def _initialise(module: nn.Module) -> None:
    """He initialisation (2015): with PyTorch's own, the signal of eight plain blocks fades, and
    they begin to learn epochs later."""
    if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)
