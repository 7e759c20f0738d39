"""Grad-CAM."""

import numpy as np
import pytest

from radprep.errors import UsageError
from radprep.train.explain.gradcam import grad_cam
from radprep.train.networks.models import NETWORKS, is_of_studies, make_network
from tests.train.small_torch import torch


@pytest.mark.parametrize("name", [*NETWORKS, "mobilenetv3_small_050", "vit_tiny_patch16_224"])
def test_any_network_gives_a_map_an_image(name):
    network = make_network(name, 96, 128, 0)
    images = torch.randn(3, 1, 128, 96, generator=torch.Generator().manual_seed(0))
    maps = grad_cam(network, images, [1, 2] if is_of_studies(network) else [1] * 3)
    assert maps.shape == (3, 128, 96)
    assert maps.min() >= 0
    assert not any(module._forward_hooks for module in network.modules())


class Corner(torch.nn.Module):
    """Looks for bright places (channel 0) and dark ones (channel 1), and answers with the first, a
    hundred times less the second."""

    of_studies = False

    def __init__(self):
        super().__init__()
        self.features = torch.nn.Conv2d(1, 2, 1, bias=False)
        self.features.weight.data = torch.tensor([[[[1.0]]], [[[-1.0]]]])

    def forward(self, images):
        means = torch.relu(self.features(images)).mean((2, 3))
        return means[:, :1] - 0.01 * means[:, 1:]


def test_the_map_lies_on_what_raises_the_answer():
    """By hand: the weights of the maps are the mean gradients, 1/n of the positive part and -0.01/n
    of the negative one."""
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, 1, 2], image[0, 0, 6, 6] = 4.0, -4.0
    found = grad_cam(Corner(), image, [1])[0]
    assert np.unravel_index(found.argmax(), found.shape) == (1, 2)
    assert found[6, 6] == 0
    # of the two places that are not zero; what ReLU stops at does not count
    gradient = (1 + 0.01) / 64 / 64
    assert found[1, 2] == pytest.approx(4 * gradient, rel=1e-5)


class Dense(torch.nn.Sequential):
    of_studies = False


def test_a_network_without_maps_is_refused():
    network = Dense(torch.nn.Flatten(), torch.nn.Linear(64, 1))
    with pytest.raises(UsageError, match="no feature maps"):
        grad_cam(network, torch.zeros(1, 1, 8, 8), [1])
