"""Images as batches of tensors."""

import numpy as np
import pytest

from radprep.steps.resize import Resize
from radprep.train.data.samples import fingerprint
from radprep.train.learner import Context
from radprep.train.networks.feed.augment import Augmentation
from radprep.train.networks.feed.batches import Normalisation, Units, to_tensor
from radprep.train.networks.feed.image_cache import ImageCache
from tests.train.small_torch import SIZE, parts_of, torch


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("batches") / "ds"
    samples = parts_of(root, 30)[0]
    return samples, ImageCache(
        samples,
        Resize(**SIZE),
        Context(root.parent / "cache", fingerprint(root), quiet=True),
    )


def units(made, *, by_study=False, normalisation=None):
    return Units.of(*made, normalisation or Normalisation(0, 1), by_study=by_study)


def test_normalisation_is_that_of_all_pixels(made):
    samples, cache = made
    every = cache[range(len(samples))] / 255
    found = Normalisation.of(cache)
    assert (found.mean, found.deviation) == pytest.approx((every.mean(), every.std()))
    normalised = to_tensor(cache[range(len(samples))], found)
    assert normalised.shape == (len(samples), 1, 64, 48)
    assert (float(normalised.mean()), float(normalised.std())) == pytest.approx((0, 1), abs=1e-3)


def test_batches_hold_every_unit_once_in_order_and_unchanged(made):
    samples, cache = made
    order = list(range(len(samples)))[::-1]
    batches = list(units(made).batches(order, 4))
    assert [unit for batch in batches for unit in batch.units] == order
    assert {len(batch.units) for batch in batches[:-1]} == {4}
    images = torch.cat([batch.images for batch in batches])[:, 0]
    assert np.allclose(images, cache[order] / 255)


def test_a_unit_of_a_study_has_all_its_images_and_its_label(made):
    samples, cache = made
    found = units(made, by_study=True)
    assert len(found.places) == len({sample.study_id for sample in samples}) < len(samples)
    batch = next(found.batches([2, 0], 2))
    assert list(batch.counts) == [len(found.places[2]), len(found.places[0])]
    for unit, label in enumerate(found.labels):
        assert {
            (samples[place].study_id, samples[place].label) for place in found.places[unit]
        } == {(samples[found.places[unit][0]].study_id, label)}
    assert np.allclose(batch.images[:, 0], cache[[*found.places[2], *found.places[0]]] / 255)


def test_what_augmentation_makes_of_an_image_depends_on_seed_and_image_alone(made):
    how = Augmentation(rotate=30, crop=0.7)
    found = units(made)
    alone = next(found.batches([5], 1, how, (1, 2))).images[0]
    among = next(found.batches([3, 5], 2, how, (1, 2))).images[1]
    later = next(found.batches([5], 1, how, (1, 3))).images[0]
    assert torch.equal(alone, among)
    assert not torch.equal(alone, later)
    assert not torch.equal(alone, next(found.batches([5], 1)).images[0])
