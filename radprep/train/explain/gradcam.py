"""Grad-CAM (Selvaraju et al. 2017): the last feature maps, weighted by how much the logit rises
with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from radprep.errors import UsageError
from radprep.train.networks.models import answer


def grad_cam(
    network: nn.Module, images: torch.Tensor, counts: Sequence[int]
) -> NDArray[np.float32]:
    """What speaks for the positive class, float32 >= 0, shape (n, h, w), of images, shape (n, 1, h,
    w), of units of `counts` images.

    Raises UsageError for a network without feature maps.
    """
    found: list[torch.Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> None:
        """Remember a layer's output where it is a map."""
        if isinstance(output, torch.Tensor) and output.ndim == 4 and min(output.shape[2:]) > 1:
            found.append(output)

    handles = [
        module.register_forward_hook(keep) for module in network.modules() if _convolves(module)
    ]
    try:
        logits = answer(network.eval(), images.requires_grad_(), counts)
    finally:
        for handle in handles:
            handle.remove()
    if not found:
        raise UsageError("This network has no feature maps that Grad-CAM could be read from.")
    (gradient,) = torch.autograd.grad(logits.sum(), found[-1])
    coarse = (
        torch.relu((gradient.mean((2, 3), keepdim=True) * found[-1]).sum(1))
        .detach()
        .float()
        .cpu()
        .numpy()
    )
    height, width = images.shape[2:]
    return np.stack(
        [
            np.maximum(cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC), 0)
            for one in coarse
        ]
    )


def _convolves(module: nn.Module) -> bool:
    """Whether it is or holds a convolution: what such a part gives last are the features that a
    head looks at."""
    return any(isinstance(one, nn.Conv2d) for one in module.modules())
