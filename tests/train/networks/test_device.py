"""What `radprep doctor` says of PyTorch and the GPU."""

from types import SimpleNamespace

from radprep.train.networks import device
from tests.train.small_torch import torch


def test_versions_and_why_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    found = device.describe_device()
    assert found["torch"].startswith(torch.__version__.partition("+")[0])
    assert found["GPU"].startswith("none")


def test_a_gpu_is_named_with_its_memory(monkeypatch):
    one = SimpleNamespace(name="Some GPU", total_memory=80e9)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: one)
    assert device.describe_device()["GPU"] == "Some GPU (80 GB), Some GPU (80 GB)"


def test_without_pytorch_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(device, "find_spec", lambda name: None)
    monkeypatch.setattr(device, "version", _missing)
    found = device.describe_device()
    assert "radprep[torch]" in found["torch"]
    assert found["GPU"] == "unknown without PyTorch"


def test_a_broken_pytorch_is_a_sentence(monkeypatch):
    def broken():
        raise OSError("a library does not fit")

    monkeypatch.setattr(torch.cuda, "is_available", broken)
    assert device.describe_device()["GPU"].endswith("cannot be used (OSError)")


def _missing(name):
    raise device.PackageNotFoundError(name)
