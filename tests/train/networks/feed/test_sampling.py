"""What an epoch shows, counted."""

import numpy as np
import pytest

from radprep.train.networks.feed.sampling import SAMPLINGS, draw_all, draw_quota, draw_weighted

LABELS = [1] * 100 + [0] * 300


def epochs(draw, count=200):
    return [draw(LABELS, np.random.default_rng(seed)) for seed in range(count)]


@pytest.mark.parametrize("name", SAMPLINGS)
def test_nothing_comes_twice_in_an_epoch_and_a_seed_decides(name):
    for drawn in epochs(SAMPLINGS[name], 20):
        assert len(set(drawn)) == len(drawn)
    first, second, other = (
        SAMPLINGS[name](LABELS, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_all_is_everything_in_a_random_order():
    drawn = draw_all(LABELS, np.random.default_rng(0))
    assert sorted(drawn) == list(range(400))
    assert list(drawn) != list(range(400))


def test_the_quota_is_met_exactly_and_all_of_the_larger_class_come_in_time():
    counts = np.zeros(400)
    for drawn in epochs(draw_quota):
        assert len(drawn) == 200
        assert sum(LABELS[place] for place in drawn) == 100
        counts[drawn] += 1
    assert set(counts[:100]) == {200}
    assert counts[100:].mean() == pytest.approx(200 / 3)
    # 66.7, give or take four deviations of 6.7
    assert 40 < counts[100:].min() <= counts[100:].max() < 95


def test_classes_are_mixed_in_an_epoch():
    early = [sum(LABELS[place] for place in drawn[:100]) for drawn in epochs(draw_quota)]
    assert np.mean(early) == pytest.approx(50, abs=1.5)


def test_the_weights_of_the_thesis_balance_the_first_draw_but_not_the_epoch():
    """Equation 4.3: at first both classes are as likely; without replacement the rarer one runs
    short."""
    drawn = epochs(draw_weighted, 600)
    assert {len(one) for one in drawn} == {200}
    assert 0.44 < np.mean([LABELS[one[0]] for one in drawn]) < 0.56
    positive = np.mean([sum(LABELS[place] for place in one) for one in drawn])
    assert positive == pytest.approx(simulated(600), abs=1)
    assert positive < 85


def simulated(count):
    """Positives of an epoch when the published draw is carried out word for word."""
    found = []
    for seed in range(count):
        rng, left = np.random.default_rng(10_000 + seed), [100, 300]
        for _ in range(200):
            left[0 if rng.random() < left[0] * 3 / (left[0] * 3 + left[1]) else 1] -= 1
        found.append(100 - left[0])
    return np.mean(found)
