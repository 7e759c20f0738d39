"""The networks of the wrist thesis."""

from radprep.train.networks.models import answer, make_network
from tests.train.small_torch import torch


def test_rx_is_what_the_thesis_says():
    """Section 5.2: convolutions of 3x3 without padding, pooling of 2x2, ReLU; four or eight blocks;
    three dense layers, one neuron."""
    for name, blocks, padding in (("rx-lite", 4, 0), ("rx-large", 8, 1)):
        network = make_network(name, 341, 512, 0)
        kinds = [type(layer).__name__ for layer in network.features]
        assert kinds == ["Conv2d", "MaxPool2d", "ReLU"] * blocks
        assert {
            (layer.kernel_size, layer.stride, layer.padding)
            for layer in network.features
            if isinstance(layer, torch.nn.Conv2d)
        } == {((3, 3), (1, 1), (padding, padding))}
        widths = [
            layer.out_features for layer in network.classifier if isinstance(layer, torch.nn.Linear)
        ]
        assert len(widths) == 3
        assert widths == sorted(widths, reverse=True)
        assert widths[-1] == 1
    assert network.features(torch.zeros(1, 1, 512, 341)).shape[2:] == (2, 2)


def test_view_pooling_takes_any_number_of_views_in_any_order():
    network = make_network("mvcnn", 48, 64, 0)
    views = torch.randn(4, 1, 64, 48, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        study = answer(network, views, [4])
        assert torch.allclose(answer(network, views[[2, 0, 3, 1]], [4]), study, atol=1e-5)
        assert torch.allclose(
            answer(network, torch.cat([views, views[:1]]), [4, 1])[0], study[0], atol=1e-5
        )
        assert torch.allclose(answer(network, torch.cat([views, views]), [8]), study, atol=1e-5)
        assert not torch.allclose(answer(network, views[:1], [1]), study, atol=1e-3)
        largest = network.pool(network.features(views)).amax(0, keepdim=True)
        assert torch.allclose(network.classifier(largest.flatten(1))[0], study, atol=1e-5)
    assert str(network.features) == str(make_network("rx-lite", 48, 64, 0).features)
