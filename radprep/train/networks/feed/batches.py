"""Batches of images as tensors. A unit is what has one label and one answer: an image, or all
images of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from radprep.train.data.samples import Sample, labels_by_study
from radprep.train.judging.voting import study_places
from radprep.train.networks.feed.augment import Augmentation, augment
from radprep.train.networks.feed.image_cache import ImageCache


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of grey values in 0..1."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, cache: ImageCache) -> Normalisation:
        """Of all pixels that the cache holds, padding included, since the network sees it."""
        sums = np.zeros(3)
        for place in range(len(cache)):
            counts = np.bincount(cache[[place]].ravel(), minlength=256)
            values = np.arange(256) / 255
            sums += counts.sum(), counts @ values, counts @ values**2
        mean = sums[1] / sums[0]
        return cls(float(mean), float(np.sqrt(max(sums[2] / sums[0] - mean**2, 1e-8))))


@dataclass(frozen=True)
class Batch:
    """units: their places; images: float32, shape (n, 1, h, w), unit after unit; counts: images of
    each unit."""

    units: Sequence[int]
    images: torch.Tensor
    counts: Sequence[int]


@dataclass(frozen=True)
class Units:
    """Samples grouped into units, and their pixels. places: of each unit's images among the
    samples."""

    samples: Sequence[Sample]
    cache: ImageCache
    places: Sequence[Sequence[int]]
    normalisation: Normalisation

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        cache: ImageCache,
        normalisation: Normalisation,
        *,
        by_study: bool,
    ) -> Units:
        """One unit a study (in the order of their ids), or one an image."""
        places = (
            list(study_places(samples).values())
            if by_study
            else [[place] for place in range(len(samples))]
        )
        return cls(samples, cache, places, normalisation)

    @property
    def labels(self) -> list[int]:
        """The label of each unit: a study is positive where one of its images is."""
        return labels_by_study(self.samples, self.places)

    def batches(
        self,
        order: Sequence[int] | NDArray[np.intp],
        size: int,
        augmentation: Augmentation | None = None,
        seed: Sequence[int] = (),
    ) -> Iterator[Batch]:
        """Batches of `size` units in this order; the next one is made while one is in use. seed: of
        the augmentation; what an image becomes depends on it and on the image's place alone."""
        order = [int(unit) for unit in order]
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(self._batch, parts[0], augmentation, seed)
            for part in parts[1:]:
                ready, following = (
                    following.result(),
                    pool.submit(self._batch, part, augmentation, seed),
                )
                yield ready
            yield following.result()

    def _batch(
        self, units: Sequence[int], augmentation: Augmentation | None, seed: Sequence[int]
    ) -> Batch:
        places = [place for unit in units for place in self.places[unit]]
        pixels = self.cache[places]
        if augmentation:
            for row, place in enumerate(places):
                pixels[row] = augment(
                    pixels[row], augmentation, np.random.default_rng([*seed, place])
                )
        return Batch(
            units, to_tensor(pixels, self.normalisation), [len(self.places[unit]) for unit in units]
        )


def to_tensor(pixels: NDArray[np.uint8], normalisation: Normalisation) -> torch.Tensor:
    """Normalised images, float32, shape (n, 1, h, w), from grey values, uint8, shape (n, h, w)."""
    grey = torch.from_numpy(pixels).unsqueeze(1).float()
    return grey.div_(255).sub_(normalisation.mean).div_(normalisation.deviation)
