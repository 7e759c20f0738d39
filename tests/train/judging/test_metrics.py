"""Figures, held against scikit-learn and against counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from radprep.train.judging import metrics
from radprep.train.judging.metrics import Scored


def scored(labels, scores, patients=None):
    return Scored(
        np.array(labels, dtype=np.int64),
        np.array(scores, dtype=np.float64),
        patients or [str(i) for i in range(len(labels))],
    )


CASES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), min_size=4, max_size=40).filter(
    lambda cases: len({label for label, _ in cases}) == 2
)


@given(CASES, st.data())
def test_areas_agree_with_scikit_learn_with_ties_and_weights(cases, data):
    labels, places = zip(*cases, strict=True)
    weights = np.array(
        data.draw(st.lists(st.integers(1, 3), min_size=len(cases), max_size=len(cases))),
        dtype=float,
    )
    one = scored(labels, np.array(places) / 10)
    assert metrics.auroc(one) == pytest.approx(reference.roc_auc_score(labels, places))
    assert metrics.average_precision(one) == pytest.approx(
        reference.average_precision_score(labels, places)
    )
    weighted = {"sample_weight": weights}
    assert metrics.auroc(one, weights) == pytest.approx(
        reference.roc_auc_score(labels, places, **weighted)
    )
    assert metrics.average_precision(one, weights) == pytest.approx(
        reference.average_precision_score(labels, places, **weighted)
    )


@given(CASES, st.integers(0, 10))
def test_figures_at_a_threshold_agree_with_scikit_learn(cases, threshold):
    labels, places = (np.array(column) for column in zip(*cases, strict=True))
    found, decided = (
        metrics.figures(scored(labels, places / 10), threshold / 10),
        places / 10 >= threshold / 10,
    )
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, decided))
    assert (
        found["sensitivity"]
        == found["recall"]
        == pytest.approx(reference.recall_score(labels, decided))
    )
    assert found["specificity"] == pytest.approx(
        reference.recall_score(labels, decided, pos_label=0)
    )
    assert found["f1"] == pytest.approx(reference.f1_score(labels, decided))
    assert found["brier"] == pytest.approx(reference.brier_score_loss(labels, places / 10))
    if decided.any():
        assert found["precision"] == pytest.approx(reference.precision_score(labels, decided))
    else:
        assert np.isnan(found["precision"])


def test_weights_count_a_case_as_often_as_a_repetition_does():
    labels, scores, times = [0, 1, 1, 0, 1], [0.1, 0.4, 0.8, 0.6, 0.35], [2, 1, 3, 0, 1]
    repeated = scored(np.repeat(labels, times), np.repeat(scores, times))
    weighted = metrics.figures(scored(labels, scores), 0.5, np.array(times, dtype=float))
    assert weighted == pytest.approx(metrics.figures(repeated, 0.5))


def test_one_class_leaves_undefined_figures_undefined():
    found = metrics.figures(scored([1, 1], [0.2, 0.9]), 0.5)
    assert np.isnan(found["auroc"])
    assert np.isnan(found["specificity"])
    assert found["sensitivity"] == 0.5


def test_calibration_bins_hold_means_and_shares():
    bins = metrics.calibration(scored([0, 1, 1, 1], [0.11, 0.15, 1.0, 0.95]))
    assert bins == [
        {"score": pytest.approx(0.13), "positive": 0.5, "count": 2},
        {"score": pytest.approx(0.975), "positive": 1, "count": 2},
    ]
    assert metrics.calibration_error(
        scored([0, 1, 1, 1], [0.11, 0.15, 1.0, 0.95])
    ) == pytest.approx((0.37 + 0.025) / 2)


@given(CASES)
def test_no_threshold_has_a_larger_youden_index(cases):
    labels, places = (np.array(column) for column in zip(*cases, strict=True))
    one = scored(labels, places / 10)

    def youden(threshold):
        found = metrics.figures(one, threshold)
        return found["sensitivity"] + found["specificity"]

    assert (
        youden(metrics.choose_threshold(one))
        >= max(youden(threshold) for threshold in np.linspace(-0.05, 1.05, 23)) - 1e-9
    )


def test_a_threshold_lies_midway_and_nearest_to_one_half():
    assert metrics.choose_threshold(scored([0, 0, 1, 1], [0.1, 0.3, 0.5, 0.9])) == pytest.approx(
        0.4
    )
    # as good as 0.2
    assert metrics.choose_threshold(scored([0, 1, 0, 1], [0.1, 0.3, 0.6, 0.8])) == pytest.approx(
        0.7
    )
    assert metrics.choose_threshold(scored([1, 1], [0.1, 0.3])) == 0.5


def test_a_patients_cases_come_and_go_together():
    weights = metrics.bootstrap_weights(["a", "b", "a", "c"], seed=0, resamples=500)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert weights.mean() == pytest.approx(1, abs=0.1)
    assert (weights == metrics.bootstrap_weights(["a", "b", "a", "c"], seed=0, resamples=500)).all()


def test_intervals_by_patient_are_wider_than_by_case():
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.integers(0, 2, 40), 5)
    scores = np.clip(np.repeat(rng.normal(0.4 + 0.2 * labels[::5], 0.2), 5), 0, 1)
    widths = []
    for patients in ([str(i // 5) for i in range(200)], [str(i) for i in range(200)]):
        weights = metrics.bootstrap_weights(patients, 0)
        one = metrics.with_intervals(
            scored(labels, scores, patients),
            weights,
            lambda some, w: {"auroc": metrics.auroc(some, w)},
        )["auroc"]
        assert one["low"] < one["value"] < one["high"]
        widths.append(one["high"] - one["low"])
    assert widths[0] > 1.6 * widths[1]


def test_an_interval_covers_the_truth_as_often_as_it_says():
    truth, hits = 0.7602, 0  # P(N(1,1) > N(0,1)) = Phi(1 / sqrt 2)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 2, 150)
        one = scored(labels, rng.normal(labels, 1))
        weights = metrics.bootstrap_weights(one.patients, seed, resamples=200)
        low, high = metrics.interval(np.array([metrics.auroc(one, w) for w in weights]))
        hits += low <= truth <= high
    assert 50 <= hits <= 60


def test_an_interval_is_the_middle_95_per_cent():
    assert metrics.interval(np.arange(101.0)) == (2.5, 97.5)


def test_an_interval_of_mostly_undefined_values_is_undefined():
    assert np.isnan(metrics.interval(np.array([np.nan, np.nan, 0.5]))).all()
    assert not np.isnan(metrics.interval(np.array([np.nan, 0.4, 0.5]))).any()


def test_some_of_the_cases():
    some = scored([0, 1, 1], [0.1, 0.2, 0.3], ["a", "b", "c"]).only(np.array([True, False, True]))
    assert (some.labels.tolist(), some.scores.tolist(), some.patients) == (
        [0, 1],
        [0.1, 0.3],
        ["a", "c"],
    )
