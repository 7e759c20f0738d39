"""Resized images as a memory map."""

import numpy as np
import pytest

from radprep.errors import UsageError
from radprep.image.image import Image
from radprep.steps.resize import Resize
from radprep.train.data.samples import fingerprint, read_pixels, read_samples
from radprep.train.learner import Context
from radprep.train.networks.feed import image_cache
from radprep.train.networks.feed.image_cache import ImageCache
from tests.train.synthetic import make_dataset

RESIZE = Resize(width=20, height=40)


@pytest.fixture
def samples(tmp_path):
    return read_samples(make_dataset(tmp_path / "ds", 12), "fracture")


@pytest.fixture
def context(tmp_path, samples):
    return Context(tmp_path / "cache", fingerprint(tmp_path / "ds"), quiet=True)


def expected(sample, resize=RESIZE):
    return resize.apply(Image(read_pixels(sample.file)))[0].render()


def count_reads(monkeypatch):
    read = []
    monkeypatch.setattr(
        image_cache, "read_pixels", lambda file: read.append(file.stem) or read_pixels(file)
    )
    return read


def test_images_are_those_of_the_step_in_the_order_asked_for(samples, context):
    cache = ImageCache(samples, RESIZE, context)
    assert len(cache) == len(samples)
    found = cache[[3, 0, 3]]
    assert found.dtype == np.uint8
    assert np.array_equal(found, [expected(samples[place]) for place in (3, 0, 3)])


def test_an_image_is_read_once_in_its_life(samples, context, monkeypatch):
    read = count_reads(monkeypatch)
    ImageCache(samples[:5], RESIZE, context)
    again = ImageCache(samples[::-1], RESIZE, context)
    assert sorted(read) == sorted(sample.image_id for sample in samples)
    assert np.array_equal(again[[0]][0], expected(samples[-1]))


def test_another_size_padding_or_data_set_has_another_cache(samples, context, monkeypatch):
    ImageCache(samples[:2], RESIZE, context)
    read = count_reads(monkeypatch)
    stretched = RESIZE.model_copy(update={"mode": "stretch"})
    assert np.array_equal(
        ImageCache(samples[:2], stretched, context)[[1]][0], expected(samples[1], stretched)
    )
    ImageCache(samples[:2], RESIZE, Context(context.cache, "another", quiet=True))
    assert len(read) == 4


def test_a_block_that_was_cut_off_is_made_again(samples, context, monkeypatch):
    monkeypatch.setattr(image_cache, "BLOCK", 4)
    ImageCache(samples, RESIZE, context)
    blocks = sorted(context.cache.glob("*.npy"))
    assert len(blocks) == -(-len(samples) // 4)
    blocks[0].write_bytes(blocks[0].read_bytes()[:-7])
    blocks[1].with_suffix(".txt").unlink()
    np.save(blocks[2], np.zeros((4, 7, 7), np.uint8))
    read = count_reads(monkeypatch)
    cache = ImageCache(samples, RESIZE, context)
    assert len(read) == 12
    assert np.array_equal(cache[range(len(samples))], [expected(sample) for sample in samples])


def test_nothing_half_made_is_left_and_workers_make_the_same(samples, context, tmp_path):
    alone = ImageCache(samples, RESIZE, context)
    together = ImageCache(
        samples, RESIZE, Context(tmp_path / "other", context.fingerprint, workers=2, quiet=True)
    )
    assert np.array_equal(alone[range(len(samples))], together[range(len(samples))])
    assert {path.suffix for path in context.cache.iterdir()} == {".npy", ".txt"}


def test_a_missing_image_is_a_sentence(samples, context):
    samples[2].file.unlink()
    with pytest.raises(UsageError, match=r"is missing\. `radprep verify"):
        ImageCache(samples, RESIZE, context)
