"""What every network must do, whatever it is made of: the contract of `models/__init__`."""

import pytest

from radprep.errors import UsageError
from radprep.train.networks.checkpoint import load_weights, write_tensors
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

each_network = pytest.mark.parametrize("name", [*NETWORKS, "mobilenetv3_small_050"])


def made(name, seed=0):
    return make_network(name, 96, 128, seed)


def asked(network):
    """Its answers about five images of noise, of two studies where it takes studies."""
    images = torch.randn(5, 1, 128, 96, generator=torch.Generator().manual_seed(0))
    return answer(network, images, [2, 3] if is_of_studies(network) else [1] * 5)


def trainable(network):
    return {name for name, one in network.named_parameters() if one.requires_grad}


@each_network
def test_a_network_gives_a_logit_a_unit_and_its_seed_decides(name):
    first, again, other = (made(name, seed) for seed in (1, 1, 2))
    assert asked(first).shape == (2 if is_of_studies(first) else 5,)
    assert torch.equal(asked(first), asked(again))
    assert not torch.equal(asked(first), asked(other))


@each_network
def test_every_weight_of_a_network_learns(name):
    network = made(name)
    asked(network).sum().backward()
    assert [name for name, one in network.named_parameters() if one.grad is None] == []


@each_network
def test_frozen_only_the_classifier_learns_and_statistics_stay(name):
    network = made(name)
    set_training(network)
    assert network.training
    freeze(network)
    set_training(network)
    head = head_of(network)
    names = {
        f"{place}.{short}"
        for place, module in network.named_modules()
        if module is head
        for short, _ in head.named_parameters()
    }
    assert trainable(network) == names
    assert 0 < len(names) < len(list(network.parameters()))
    assert head.training
    assert not any(
        module.training for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)
    )


@each_network
def test_weights_go_into_a_file_and_come_back(name, tmp_path):
    """A network of studies leaves the classifier out, which is to be learnt on studies."""
    first, second = made(name, 1), made(name, 2)
    write_tensors(tmp_path / "weights.safetensors", first.state_dict(), {})
    load_weights(second, tmp_path / "weights.safetensors")
    if is_of_studies(second):
        head_of(second).load_state_dict(head_of(first).state_dict())
    assert torch.equal(asked(first), asked(second))


def test_names_of_weights_are_those_of_runs_that_were_trained_before():
    """A name that changes makes the files of finished runs useless."""
    first = {name: next(iter(made(name).state_dict())) for name in NETWORKS}
    assert first["resnet18"] == "conv1.weight"
    for name in ("rx-lite", "rx-large", "mvcnn", "lenet"):
        assert first[name] == "features.0.weight"
        assert {key.split(".")[0] for key in made(name).state_dict()} == {"features", "classifier"}


def test_a_size_that_leaves_nothing_is_a_sentence():
    with pytest.raises(UsageError, match="rx-lite cannot take images of 40 x 40"):
        make_network("rx-lite", 40, 40, 0)


def test_making_one_leaves_the_generator_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    made("lenet")
    assert torch.equal(torch.get_rng_state(), before)
