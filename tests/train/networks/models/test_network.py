"""How a network is seen by the trainer."""

import pytest

from radprep.train.networks.models import answer, freeze, head_of, is_of_studies
from radprep.train.networks.models.network import Backbone, as_network
from tests.train.small_torch import torch


class Own(torch.nn.Module):
    """A network that no module of radprep knows by name."""

    of_studies = False

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(6, 3)
        self.classifier = torch.nn.Linear(3, 1)

    def forward(self, images):
        return self.classifier(self.body(images.flatten(1)))


class OwnOfStudies(Own):
    of_studies = True

    def forward(self, images, counts):
        found = super().forward(images).split(list(counts))
        return torch.stack([one.amax(0) for one in found])


class FromTimm(torch.nn.Module):
    """What a network of timm has."""

    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(6, 1)

    def get_classifier(self):
        return self.fc


def test_a_network_of_anybody_is_frozen_and_asked():
    network = Own()
    freeze(network)
    learnt = {name for name, one in network.named_parameters() if one.requires_grad}
    assert learnt == {"classifier.weight", "classifier.bias"}
    assert answer(network, torch.zeros(4, 1, 2, 3), [1] * 4).shape == (4,)
    assert answer(OwnOfStudies(), torch.zeros(4, 1, 2, 3), [3, 1]).shape == (2,)


def test_a_backbone_is_seen_and_stays_as_it_was():
    module = FromTimm()
    assert isinstance(as_network(module), Backbone)
    assert head_of(module) is module.fc
    assert not is_of_studies(module)
    assert list(module.state_dict()) == ["fc.weight", "fc.bias"]


def test_a_network_that_does_not_say_what_it_is_for_is_told_so():
    with pytest.raises(AttributeError, match="of_studies"):
        answer(torch.nn.Linear(6, 1), torch.zeros(1, 6), [1])
