"""Layer-wise relevance propagation: relevance is conserved, and lies where the answer comes
from."""

import numpy as np
import pytest

from radprep.errors import UsageError
from radprep.train.explain.lrp import _Back, relevance
from radprep.train.networks.feed.batches import Normalisation
from radprep.train.networks.models import answer, make_network
from radprep.train.networks.models.rx import LITE, Rx
from tests.train.small_torch import fitted, parts_of, torch

NORMALISATION = Normalisation(0.3, 0.2)


def image(seed=0):
    grey = torch.rand(1, 1, 96, 64, generator=torch.Generator().manual_seed(seed))
    return (grey - NORMALISATION.mean) / NORMALISATION.deviation


def unsettled(name, seed):
    """A network whose biases and statistics are far from those of a new one."""
    network, rng = make_network(name, 64, 96, seed), torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2, generator=rng)
            module.running_var.uniform_(0.5, 2, generator=rng)
            module.weight.data.uniform_(0.5, 1.5, generator=rng)
        if getattr(module, "bias", None) is not None:
            module.bias.data.normal_(0, 0.2, generator=rng)
    return network


@pytest.mark.parametrize("name", ["rx-lite", "rx-large", "resnet18", "resnet34", "resnet50"])
def test_pixels_and_biases_hold_the_logit(name):
    for seed in range(2):
        network = unsettled(name, seed)
        found = relevance(network, image(seed), NORMALISATION)
        assert found.pixels.shape == (96, 64)
        assert found.logit == pytest.approx(
            answer(network, image(seed), [1]).item(), rel=1e-3, abs=1e-4
        )
        assert abs(found.biases) > 1e-3
        assert float(found.pixels.sum(dtype=np.float64)) + found.biases == pytest.approx(
            found.logit, rel=1e-5, abs=1e-6
        )


def test_without_biases_the_pixels_hold_it_all():
    network = make_network("rx-lite", 64, 96, 0)
    found = relevance(network, image(), NORMALISATION)
    assert found.biases == 0
    assert float(found.pixels.sum(dtype=np.float64)) == pytest.approx(found.logit, rel=1e-5)


def test_a_layer_is_shared_out_as_by_hand():
    """Two pixels seen by a network of identities: z+ and zB leave the relevance where the signal
    came from."""
    network = make_network("rx-lite", 64, 96, 0)
    plain = (image() * 0) + (0 - NORMALISATION.mean) / NORMALISATION.deviation  # black
    plain[0, 0, 40:44, 30:34] = (1 - NORMALISATION.mean) / NORMALISATION.deviation
    with torch.no_grad():
        for layer in network.features:
            if isinstance(layer, torch.nn.Conv2d):
                layer.weight.zero_()
                layer.weight[0, 0, 1, 1] = 1
        network.classifier[0].weight.abs_()
    found = relevance(network, plain, NORMALISATION)
    inside = found.pixels[40:44, 30:34]
    assert np.abs(inside).sum() == pytest.approx(np.abs(found.pixels).sum(), rel=1e-5)
    assert np.sign(inside.sum()) == np.sign(found.logit)


def convolution(weights, bias, channels):
    made = torch.nn.Conv2d(channels, 1, (1, 3 - channels)).double()
    made.weight.data = torch.tensor(weights, dtype=torch.float64).reshape(made.weight.shape)
    made.bias.data = torch.tensor([bias], dtype=torch.float64)
    return made


def test_the_first_layer_shares_by_the_distance_from_the_grey_value_that_speaks_least():
    """Greys are in -1..1 here: 2 (0.5 + 1) = 3, -1 (0.2 - 1) = 0.8, and the bias 0.5."""
    back = _Back(Normalisation(0.5, 0.5))
    pixels = torch.tensor([[[[0.5, 0.2]]]], dtype=torch.float64)
    found = back.through_first(
        convolution([2, -1], 0.5, 1), pixels, torch.tensor([[[[4.3]]]], dtype=torch.float64)
    )
    assert found.ravel().tolist() == pytest.approx([3, 0.8])
    assert back.biases == pytest.approx(0.5)


def test_later_convolutions_share_by_what_is_positive():
    """2 x 0.5 and the bias 1 count; -1 x 0.2 does not."""
    back = _Back(NORMALISATION)
    value = torch.tensor([0.5, 0.2], dtype=torch.float64).reshape(1, 2, 1, 1)
    found = back.through(
        convolution([2, -1], 1.0, 2), value, torch.tensor([[[[6.0]]]], dtype=torch.float64)
    )
    assert found.ravel().tolist() == pytest.approx([3, 0])
    assert back.biases == pytest.approx(3)


def test_the_network_is_left_as_it_was():
    network = make_network("resnet18", 64, 96, 0)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    relevance(network, image(), NORMALISATION)
    assert all(
        torch.equal(tensor, before[name]) and tensor.dtype == before[name].dtype
        for name, tensor in network.state_dict().items()
    )


@pytest.mark.parametrize(
    "name", ["lenet", "resnet18d", "seresnet18", "resnetblur18", "densenet121"]
)
def test_other_networks_are_refused_instead_of_explained_wrongly(name):
    network = unsettled(name, 0)
    with pytest.raises(UsageError, match="--method gradcam"):
        relevance(network, image(), NORMALISATION)


def test_it_points_at_the_gap_that_makes_a_study_positive(tmp_path):
    """More relevance than by chance lies on the rows of the gap, in nearly all positive images of
    the hold-out."""
    root = tmp_path / "ds"
    parts = parts_of(root, 200)
    one = fitted(root, tmp_path / "run", parts, "rx-lite", epochs=6, batch=8, amp="off")
    units = one.units([sample for sample in parts[2] if sample.label])
    hits = []
    for batch in units.batches(range(len(units.places)), 1):
        grey = batch.images[0, 0] * units.normalisation.deviation + units.normalisation.mean
        bar = (grey[:, 16:32].amax(0) > 0.5).nonzero().ravel() + 16
        gap = grey[12:52][:, bar].mean(1).numpy()
        if gap.min() < 0.6 * np.median(gap):  # a view that shows it
            rows = slice(max(0, 12 + gap.argmin() - 5), 12 + gap.argmin() + 6)
            pixels = relevance(one.network, batch.images, units.normalisation).pixels.clip(0)
            hits.append(pixels[rows].sum() / pixels.sum() > 2 * 11 / 64)
    assert len(hits) > 15
    assert np.mean(hits) > 0.9


def test_rx_of_any_width_is_known():
    network = Rx(LITE[:2], padded=True).eval()
    found = relevance(network, image(), NORMALISATION)
    assert float(found.pixels.sum(dtype=np.float64)) + found.biases == pytest.approx(
        found.logit, rel=1e-5
    )
