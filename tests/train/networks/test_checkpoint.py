"""Tensors in files."""

import pickle

import pytest

from radprep.errors import UsageError
from radprep.train.networks.checkpoint import load_weights, read_tensors, write_tensors
from radprep.train.networks.models import make_network
from tests.train.small_torch import torch


class Hostile:
    """What a pickle may do when it is read."""

    def __reduce__(self):
        return (open, ("was-here", "w"))


def network(name, seed=0):
    return make_network(name, 48, 64, seed)


def save(path, weights):
    if path.suffix == ".safetensors":
        write_tensors(path, weights, {})
    else:
        torch.save(weights, path)
    return path


def test_what_was_written_comes_back(tmp_path):
    tensors = {
        "a": torch.randn(3, 2).T,
        "b": torch.tensor([1, 2], dtype=torch.uint8),
        "c": torch.tensor(4.0),
    }
    write_tensors(tmp_path / "x.safetensors", tensors, {"number": 1 / 3, "list": [1, None]})
    found, notes = read_tensors(tmp_path / "x.safetensors")
    assert notes == {"number": 1 / 3, "list": [1, None]}
    assert all(
        torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype
        for name, tensor in tensors.items()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["x.safetensors"]


def test_a_damaged_file_is_a_sentence(tmp_path):
    path = save(tmp_path / "x.safetensors", {"a": torch.ones(50)})
    data = path.read_bytes()
    for spoilt in (b"", data[:20], data[:-5], b"\xff" * 50):
        path.write_bytes(spoilt)
        with pytest.raises(UsageError, match="missing or damaged"):
            read_tensors(path)


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_weights_are_taken_from_a_state_dict(tmp_path, suffix):
    source, target = network("rx-lite", 1), network("rx-lite", 2)
    load_weights(target, save(tmp_path / f"w.{suffix}", source.state_dict()))
    assert all(
        torch.equal(one, other)
        for one, other in zip(
            source.state_dict().values(), target.state_dict().values(), strict=True
        )
    )


def test_colour_becomes_grey_and_another_head_stays_away(tmp_path):
    weights = network("resnet18", 1).state_dict()
    weights["conv1.weight"] = torch.randn(64, 3, 7, 7)
    weights["fc.weight"], weights["fc.bias"] = torch.zeros(1000, 512), torch.zeros(1000)
    target = network("resnet18", 2)
    before = target.fc.weight.clone()
    load_weights(target, save(tmp_path / "w.pth", weights))
    assert torch.allclose(target.conv1.weight, weights["conv1.weight"].sum(1, keepdim=True))
    assert torch.equal(target.layer4[1].conv2.weight, weights["layer4.1.conv2.weight"])
    assert torch.equal(target.fc.weight, before)


def test_view_pooling_takes_the_blocks_of_rx_lite_and_learns_its_own_head(tmp_path):
    source, target, fresh = network("rx-lite", 1), network("mvcnn", 2), network("mvcnn", 2)
    load_weights(target, save(tmp_path / "w.safetensors", source.state_dict()))
    assert torch.equal(target.features[0].weight, source.features[0].weight)
    assert torch.equal(target.classifier[0].weight, fresh.classifier[0].weight)


def test_weights_of_another_network_are_refused(tmp_path):
    path = save(tmp_path / "w.safetensors", network("lenet").state_dict())
    with pytest.raises(UsageError, match=r"8 of 14 weights .* such as features\.0\.weight"):
        load_weights(network("rx-lite"), path)


def test_a_pickle_is_never_carried_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.pth").write_bytes(pickle.dumps({"a": Hostile()}))
    torch.save({"a": Hostile()}, tmp_path / "zipped.pth")
    torch.save(network("lenet"), tmp_path / "whole.pt")
    (tmp_path / "text.safetensors").write_text("nothing")
    torch.save({"state_dict": network("lenet").state_dict()}, tmp_path / "nested.pth")
    for name in (
        "raw.pth",
        "zipped.pth",
        "whole.pt",
        "text.safetensors",
        "nested.pth",
        "missing.pth",
    ):
        with pytest.raises(UsageError, match="holds no plain weights"):
            load_weights(network("lenet"), tmp_path / name)
    assert not (tmp_path / "was-here").exists()
