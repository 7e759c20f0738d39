"""Which units (images, or studies) an epoch shows, and in what order. It depends on the seed and
the epoch alone, so a training that was stopped goes on with the same orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


def draw_all(labels: Sequence[int], rng: np.random.Generator) -> Places:
    """Every unit once."""
    return rng.permutation(len(labels))


def draw_quota(labels: Sequence[int], rng: np.random.Generator) -> Places:
    """As many of each class as the rarer one has, none of them twice."""
    positive, negative = np.flatnonzero(labels), np.flatnonzero(np.equal(labels, 0))
    quota = min(len(positive), len(negative))
    drawn = [rng.choice(of_class, quota, replace=False) for of_class in (positive, negative)]
    return rng.permutation(np.concatenate(drawn))


def draw_weighted(labels: Sequence[int], rng: np.random.Generator) -> Places:
    """As many units as `draw_quota`, one after the other with a weight of the size of the other
    class, none of them twice.

    Equation 4.3 of the wrist thesis. It does not balance: the rarer class runs short while the
    other does not.
    """
    positive = np.asarray(labels) == 1
    count, other = int(positive.sum()), int((~positive).sum())
    weights = np.where(positive, other, count) / (2 * count * other)
    return rng.choice(len(positive), 2 * min(count, other), replace=False, p=weights)


SAMPLINGS: dict[str, Callable[[Sequence[int], np.random.Generator], Places]] = {
    "quota": draw_quota,
    "weighted": draw_weighted,
    "all": draw_all,
}
"""Samplings by name."""
