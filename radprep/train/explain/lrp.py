"""Layer-wise relevance propagation (Bach et al. 2015) through the rx networks and plain residual
networks.

A composite as Montavon et al. (2019) advise: dense layers by LRP-0, convolutions by their positive
part (z+), the first layer by the box of possible grey values (zB). Batch normalisation is taken
into the convolution before it. Biases keep their share, which is counted: pixels and biases
together hold the logit. The strided shortcuts of a residual network leave a grid in its maps.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from radprep.errors import UsageError
from radprep.train.networks.feed.batches import Normalisation
from radprep.train.networks.models.rx import Rx


@dataclass(frozen=True)
class Explained:
    """pixels: relevance for (> 0) or against (< 0) the positive class, float32, shape (h, w).
    biases: what no pixel has. logit: of the image, the sum of both."""

    pixels: NDArray[np.float32]
    biases: float
    logit: float


class Residual(nn.Module):
    """A residual block without batch normalisation. main: convolutions, one after the other; skip:
    a convolution beside them, or none."""

    def __init__(self, main: Iterable[nn.Conv2d], skip: nn.Conv2d | None) -> None:
        super().__init__()
        self.convolutions, self.skip = list(main), skip

    def inputs(self, value: torch.Tensor) -> list[torch.Tensor]:
        """What each of the convolutions sees."""
        found = [value]
        for conv in self.convolutions[:-1]:
            found.append(torch.relu(conv(found[-1])))
        return found

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """The block's output, after its last ReLU."""
        return torch.relu(
            self.convolutions[-1](self.inputs(value)[-1])
            + (self.skip(value) if self.skip else value)
        )


def relevance(network: nn.Module, image: torch.Tensor, normalisation: Normalisation) -> Explained:
    """Explain the logit of one normalised image, float32, shape (1, 1, h, w). Computes in float64
    on the CPU.

    Raises UsageError for a network of other parts than these rules know.
    """
    network = copy.deepcopy(network).cpu().double().eval()
    image = image.cpu().double()
    layers = _layers(network)
    with torch.no_grad():
        values = [image]
        for layer in layers:
            values.append(layer(values[-1]))
        logit = float(values[-1])
        if not np.isclose(logit, float(network(image)), rtol=1e-6, atol=1e-9):
            raise _unknown()
    back = _Back(normalisation)
    share = values[-1]
    for layer, value in zip(reversed(layers[1:]), reversed(values[1:-1]), strict=True):
        share = back.through(layer, value, share)
    pixels = back.through_first(layers[0], image, share)
    return Explained(pixels[0, 0].float().numpy(), back.biases, logit)


class _Back:
    """The way back through the layers. biases: the relevance that they kept so far."""

    def __init__(self, normalisation: Normalisation) -> None:
        self._black, self._white = (
            (grey - normalisation.mean) / normalisation.deviation for grey in (0, 1)
        )
        self.biases = 0.0

    def through(self, layer: nn.Module, value: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
        """Relevance of a layer's input `value` from that of its output."""
        if isinstance(layer, (nn.ReLU, nn.Flatten)):
            return share.reshape(value.shape)
        if isinstance(layer, Residual):
            return self._through_block(layer, value, share)
        value = _leaf(value)
        if isinstance(layer, nn.Conv2d):
            bias = _positive_bias(layer)
            return self._spread(_positive(layer, value) + bias, share, [value], [bias])[0]
        if isinstance(layer, nn.Linear):
            bias = _leaf(layer.bias)
            return self._spread(value @ layer.weight.T + bias, share, [value], [bias])[0]
        return self._spread(layer(value), share, [value], [])[0]  # pooling

    def through_first(
        self, layer: nn.Module, image: torch.Tensor, share: torch.Tensor
    ) -> torch.Tensor:
        """Relevance of the pixels, by how far each is from the end of the grey range that speaks
        least for the output."""
        if not isinstance(layer, nn.Conv2d):
            raise _unknown()
        value, black, white = (
            _leaf(one)
            for one in (
                image,
                torch.full_like(image, self._black),
                torch.full_like(image, self._white),
            )
        )
        bias = _positive_bias(layer)
        total = (
            _convolve(layer, value, layer.weight)
            - _positive(layer, black)
            - _convolve(layer, white, layer.weight.clamp(max=0))
        )
        found = self._spread(total + bias, share, [value, black, white], [bias])
        return found[0] + found[1] + found[2]

    def _through_block(
        self, block: Residual, value: torch.Tensor, share: torch.Tensor
    ) -> torch.Tensor:
        """The last sum is shared by the positive parts of both ways; then back along the longer
        one."""
        inputs, convolutions = block.inputs(value), block.convolutions
        inner, beside, biases = _leaf(inputs[-1]), _leaf(value), [_positive_bias(convolutions[-1])]
        total = _positive(convolutions[-1], inner) + biases[0]
        if block.skip is None:
            total = total + beside
        else:
            biases.append(_positive_bias(block.skip))
            total = total + _positive(block.skip, beside) + biases[1]
        share, around = self._spread(total, share, [inner, beside], biases)
        for conv, before in zip(reversed(convolutions[:-1]), reversed(inputs[:-1]), strict=True):
            share = self.through(conv, before, share)
        return share + around

    def _spread(
        self,
        total: torch.Tensor,
        share: torch.Tensor,
        values: list[torch.Tensor],
        biases: list[torch.Tensor],
    ) -> list[torch.Tensor]:
        """Relevance of the values that, with the biases, add up to `total`, a linear sum: by what
        each adds."""
        factor = torch.where(total == 0, 0, share / torch.where(total == 0, 1, total)).detach()
        leaves = values + biases
        found = [
            leaf.detach() * gradient
            for leaf, gradient in zip(
                leaves, torch.autograd.grad(total, leaves, factor), strict=True
            )
        ]
        self.biases += sum(float(one.sum()) for one in found[len(values) :])
        return found[: len(values)]


def _layers(network: nn.Module) -> list[nn.Module]:
    """The network as a row of layers that `_Back` knows."""
    if isinstance(network, Rx):
        return [*network.features, network.pool, nn.Flatten(), *network.classifier]
    parts: Any = network
    try:
        blocks = [
            _block(one)
            for stage in (parts.layer1, parts.layer2, parts.layer3, parts.layer4)
            for one in stage
        ]
        return [
            _fused(parts.conv1, parts.bn1),
            parts.act1,
            parts.maxpool,
            *blocks,
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            parts.fc,
        ]
    except (AttributeError, TypeError):
        raise _unknown() from None


def _block(block: Any) -> Residual:
    if block.se or not isinstance(block.aa, nn.Identity):
        raise TypeError
    pairs = [
        (block.conv1, block.bn1),
        (block.conv2, block.bn2),
        *([(block.conv3, block.bn3)] if hasattr(block, "conv3") else []),
    ]
    return Residual(
        [_fused(*pair) for pair in pairs], _fused(*block.downsample) if block.downsample else None
    )


def _fused(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    if not isinstance(convolution, nn.Conv2d):
        raise TypeError
    return fuse_conv_bn_eval(convolution, norm)


def _convolve(layer: nn.Conv2d, value: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """The convolution without its bias."""
    return functional.conv2d(
        value, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups
    )


def _positive(layer: nn.Conv2d, value: torch.Tensor) -> torch.Tensor:
    return _convolve(layer, value, layer.weight.clamp(min=0))


def _positive_bias(layer: nn.Conv2d) -> torch.Tensor:
    """Shape (1, channels, 1, 1)."""
    assert layer.bias is not None  # fusing makes one, and the rx networks have one
    return _leaf(layer.bias.clamp(min=0).reshape(1, -1, 1, 1))


def _leaf(value: torch.Tensor) -> torch.Tensor:
    return value.detach().clone().requires_grad_()


def _unknown() -> UsageError:
    return UsageError(
        "LRP knows the rx models and plain residual networks such as resnet18. Use --method "
        "gradcam for this one."
    )
