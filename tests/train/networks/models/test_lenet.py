"""LeNet-5."""

from radprep.train.networks.models.lenet import LeNet
from tests.train.small_torch import torch


def test_lenet_has_the_layers_of_the_paper():
    """LeCun et al. 1998, figure 2: 6 and 16 maps, then 120, 84 and, here, one number."""
    network = LeNet()
    convolutions = [one for one in network.features if isinstance(one, torch.nn.Conv2d)]
    assert [(one.out_channels, one.kernel_size) for one in convolutions] == [
        (6, (5, 5)),
        (16, (5, 5)),
    ]
    dense = [one for one in network.classifier if isinstance(one, torch.nn.Linear)]
    assert [(one.in_features, one.out_features) for one in dense] == [
        (400, 120),
        (120, 84),
        (84, 1),
    ]


def test_lenet_is_built_for_28_pixels_and_takes_larger_images():
    network = LeNet().eval()
    assert network.features(torch.zeros(1, 1, 28, 28)).shape[2:] == (5, 5)
    assert network(torch.zeros(2, 1, 90, 70)).shape == (2, 1)
