"""Backbones of timm."""

import numpy as np
import pytest

from radprep.errors import UsageError
from radprep.train.networks.models import answer, freeze, head_of, make_network
from radprep.train.networks.models.backbone import make_backbone, resnet18
from tests.train.small_torch import torch


def test_a_typo_names_models_like_it():
    with pytest.raises(UsageError, match=r"no model 'resnet81'.*resnet18"):
        make_network("resnet81", 48, 64, 0)
    with pytest.raises(UsageError, match=r"no model 'lenett'.*Names like it: lenet"):
        make_network("lenett", 48, 64, 0)
    with pytest.raises(UsageError, match="There are: classic, or with PyTorch resnet18, rx-lite"):
        make_network("nothing-like-it", 48, 64, 0)


def test_answers_do_not_depend_on_the_rest_of_the_batch():
    network = make_network("resnet18", 48, 64, 0)
    images = torch.randn(3, 1, 64, 48, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        together = answer(network, images, [1] * 3)
        alone = [float(answer(network, image[None], [1])) for image in images]
    assert np.allclose(together, alone, atol=1e-5)


def test_the_names_of_weights_are_those_of_timm():
    network = resnet18()
    assert next(iter(network.state_dict())) == "conv1.weight"
    assert [name for name in network.state_dict() if name.startswith("fc.")] == [
        "fc.weight",
        "fc.bias",
    ]
    assert head_of(network) is network.fc


@pytest.mark.parametrize("name", ["mobilenetv3_small_050", "vit_tiny_patch16_224"])
def test_any_backbone_learns_its_last_layer_when_frozen(name):
    network = make_backbone(name, (64, 48))
    freeze(network)
    learnt = [name for name, one in network.named_parameters() if one.requires_grad]
    assert learnt in (["classifier.weight", "classifier.bias"], ["head.weight", "head.bias"])
    assert network.get_classifier().out_features == 1


def test_a_backbone_built_for_one_size_is_told_it():
    network = make_network("vit_tiny_patch16_224", 48, 64, 0)
    with torch.no_grad():
        assert network(torch.zeros(1, 1, 64, 48)).shape == (1, 1)
