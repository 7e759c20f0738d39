"""Two runs on the same studies."""

import numpy as np
import pytest

from radprep.train.judging.comparison import delong
from radprep.train.judging.metrics import Scored


def scored(labels, scores):
    return Scored(
        np.array(labels), np.array(scores, dtype=float), [str(i) for i in range(len(labels))]
    )


def delong_by_definition(labels, first, second):
    """The kernel of DeLong, DeLong and Clarke-Pearson (1988), pair by pair."""
    placements = []
    for scores in (np.array(first, float), np.array(second, float)):
        above, below = scores[np.array(labels) == 1], scores[np.array(labels) == 0]
        kernel = (above[:, None] > below) + 0.5 * (above[:, None] == below)
        placements.append((kernel.mean(axis=1), kernel.mean(axis=0)))
    (first_above, first_below), (second_above, second_below) = placements
    variance = np.var(first_above - second_above, ddof=1) / len(first_above) + np.var(
        first_below - second_below, ddof=1
    ) / len(first_below)
    z = (first_above.mean() - second_above.mean()) / np.sqrt(variance)
    grid = np.linspace(abs(z), abs(z) + 12, 200_001)
    return 2 * np.trapezoid(np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi), grid)


@pytest.mark.parametrize("seed", range(4))
def test_delong_agrees_with_its_definition(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 60)
    first, second = (np.round(rng.normal(labels * gain, 1), 1) for gain in (1.5, 0.7))
    assert delong(scored(labels, first), scored(labels, second)) == pytest.approx(
        delong_by_definition(labels, first, second), rel=1e-5
    )


def test_delong_is_level_without_a_difference():
    small = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        labels = np.repeat([0, 1], 40)
        small += (
            delong(scored(labels, rng.normal(labels, 1)), scored(labels, rng.normal(labels, 1)))
            < 0.05
        )
    assert 4 <= small <= 28  # 15 expected


def test_delong_of_equal_orders_and_of_too_few_cases():
    assert delong(scored([0, 1, 0, 1], [1, 2, 3, 4]), scored([0, 1, 0, 1], [10, 20, 30, 40])) == 1
    assert np.isnan(delong(scored([0, 1, 0], [1, 2, 3]), scored([0, 1, 0], [1, 2, 3])))
