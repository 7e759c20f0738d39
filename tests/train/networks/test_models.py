"""The networks by name."""

import numpy as np
import pytest

from radprep.errors import UsageError
from radprep.train.networks.models import (
    NETWORKS,
    answer,
    freeze,
    head_of,
    is_of_studies,
    make_network,
    set_training,
)
from tests.train.small_torch import torch


@pytest.mark.parametrize("name", [*NETWORKS, "resnet18", "mobilenetv3_small_050"])
def test_each_gives_a_logit_a_unit_from_one_channel_and_its_seed_decides(name):
    first, again, other = (make_network(name, 48, 64, seed) for seed in (1, 1, 2))
    images = torch.randn(5, 1, 64, 48, generator=torch.Generator().manual_seed(0))
    counts = [2, 3] if is_of_studies(first) else [1] * 5
    logits = [answer(network, images, counts) for network in (first, again, other)]
    assert logits[0].shape == (len(counts),)
    assert torch.equal(logits[0], logits[1])
    assert not torch.equal(logits[0], logits[2])


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


def test_a_typo_names_models_like_it():
    with pytest.raises(UsageError, match=r"no model 'resnet81'.*resnet18"):
        make_network("resnet81", 48, 64, 0)


def test_a_size_that_leaves_nothing_is_a_sentence():
    with pytest.raises(UsageError, match="rx-lite cannot take images of 40 x 40"):
        make_network("rx-lite", 40, 40, 0)


def test_making_one_leaves_the_generator_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    make_network("lenet", 48, 64, 0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", ["rx-lite", "resnet18"])
def test_freezing_leaves_the_head_to_learn_and_statistics_as_they_are(name):
    network = make_network(name, 48, 64, 0)
    set_training(network)
    assert network.training
    freeze(network)
    set_training(network)
    head = {id(parameter) for parameter in head_of(network).parameters()}
    assert {id(parameter) for parameter in network.parameters() if parameter.requires_grad} == head
    assert head_of(network).training
    assert not any(
        module.training for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)
    )


def test_answers_do_not_depend_on_the_rest_of_the_batch():
    network = make_network("resnet18", 48, 64, 0)
    images = torch.randn(3, 1, 64, 48, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        together = answer(network, images, [1] * 3)
        alone = [float(answer(network, image[None], [1])) for image in images]
    assert np.allclose(together, alone, atol=1e-5)
