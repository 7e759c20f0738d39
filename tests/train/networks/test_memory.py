"""How much memory a training is given."""

import pytest

from radprep.train.models import memory_of
from tests.train.small_torch import torch  # noqa: F401 - skips where it is not installed

MEASURED_MB = {
    ("resnet18", 32): 2423,
    ("resnet18", 8): 1211,
    ("rx-lite", 32): 1321,
    ("rx-lite", 8): 869,
    ("rx-large", 32): 1263,
    ("mvcnn", 8): 1376,
    ("lenet", 32): 1014,
    ("lenet", 8): 716,
}
"""Peaks of whole trainings at 341 x 512, by model and batch."""


@pytest.mark.parametrize("one", MEASURED_MB, ids=str)
def test_it_is_what_was_measured_and_no_waste(one):
    name, batch = one
    asked = memory_of(name, {"batch": batch}, workers=1, gpu=False) / 2**20
    assert 1.1 * MEASURED_MB[one] < asked < 2.5 * MEASURED_MB[one]


def test_more_is_asked_for_larger_images_batches_and_more_workers():
    small = memory_of("resnet18", {"batch": 8}, workers=1, gpu=False)
    assert memory_of("resnet18", {"batch": 16}, workers=1, gpu=False) > small
    assert memory_of("resnet18", {"batch": 8, "width": 682}, workers=1, gpu=False) > small
    assert memory_of("resnet18", {"batch": 8}, workers=4, gpu=False) > small
    assert memory_of("classic", {}, workers=1, gpu=False) < small
    assert memory_of("some_backbone", {"batch": 8}, workers=1, gpu=False) > small
