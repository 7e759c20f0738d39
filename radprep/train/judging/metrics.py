"""What predictions are worth: figures of two classes, with weights so that a bootstrap resample
costs no copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypedDict, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2000

CALIBRATION_BINS = 10


Figure = Literal[
    "auroc",
    "average_precision",
    "accuracy",
    "sensitivity",
    "specificity",
    "precision",
    "recall",
    "f1",
    "brier",
    "calibration_error",
]
"""The names of all figures."""

SHOWN_FIGURES: tuple[Figure, ...] = tuple(name for name in get_args(Figure) if name != "recall")
"""Those that a person is shown: recall is sensitivity by another name."""


class Interval(TypedDict):
    """A figure with the bounds of its 95 % interval; nan where it is not defined."""

    value: float
    low: float
    high: float


class Confusion(TypedDict):
    """Weighted counts of true and false positives and negatives."""

    tp: float
    fp: float
    tn: float
    fn: float


class Bin(TypedDict):
    """Cases of similar scores: their mean score, the share of positives, and how many they are."""

    score: float
    positive: float
    count: float


@dataclass(frozen=True)
class Scored:
    """Cases that were scored: images, or studies.

    labels: 0 or 1, shape (n,). scores: in [0, 1], shape (n,). patients: whose they are, shape (n,).
    """

    labels: NDArray[np.int64]
    scores: Floats
    patients: Sequence[str]

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def ranks(self) -> tuple[NDArray[np.intp], int]:
        """Place of each case's score among the distinct scores, ascending, and how many of these
        there are."""
        distinct, place = np.unique(self.scores, return_inverse=True)
        return place, len(distinct)

    def only(self, mask: NDArray[np.bool_]) -> Scored:
        """The cases where `mask`, shape (n,), is true."""
        return Scored(
            self.labels[mask],
            self.scores[mask],
            [self.patients[int(place)] for place in np.flatnonzero(mask)],
        )


Measure = Callable[[Scored, Floats | None], dict[Figure, float]]


def figures(cases: Scored, threshold: float, weights: Floats | None = None) -> dict[Figure, float]:
    """Every figure by its name; nan where it is not defined (one class only, nothing decided
    positive).

    A case is decided positive where its score is at least the threshold. weights: how often each
    case counts, shape (n,).
    """
    weights = np.ones(len(cases)) if weights is None else weights
    return {
        "auroc": auroc(cases, weights),
        "average_precision": average_precision(cases, weights),
        **decisions(cases, threshold, weights),
        "brier": _ratio(float(weights @ (cases.scores - cases.labels) ** 2), float(weights.sum())),
        "calibration_error": calibration_error(cases, weights),
    }


def decisions(
    cases: Scored, threshold: float, weights: Floats | None = None
) -> dict[Figure, float]:
    """The figures that hang on the threshold."""
    counts = confusion(cases, threshold, weights)
    tp, fp, tn, fn = counts["tp"], counts["fp"], counts["tn"], counts["fn"]
    sensitivity = _ratio(tp, tp + fn)
    return {
        "accuracy": _ratio(tp + tn, tp + tn + fp + fn),
        "sensitivity": sensitivity,
        "specificity": _ratio(tn, tn + fp),
        "precision": _ratio(tp, tp + fp),
        "recall": sensitivity,
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
    }


def confusion(cases: Scored, threshold: float, weights: Floats | None = None) -> Confusion:
    """Weighted counts of true and false positives and negatives."""
    weights = np.ones(len(cases)) if weights is None else weights
    place = 2 * cases.labels + (cases.scores >= threshold)
    tn, fp, fn, tp = (float(count) for count in np.bincount(place, weights, 4))
    return {"tp": tp, "fp": fp, "tn": tn, "fn": fn}


def auroc(cases: Scored, weights: Floats | None = None) -> float:
    """The chance that a positive case scores above a negative one, ties counting half
    (Mann-Whitney); nan with one class."""
    positives, negatives = _by_score(cases, weights)
    below = np.cumsum(negatives) - negatives / 2
    return _ratio(float(positives @ below), float(positives.sum() * negatives.sum()))


def average_precision(cases: Scored, weights: Floats | None = None) -> float:
    """Mean of the precision over the positives, at the score of each; nan without any."""
    positives, negatives = (counts[::-1] for counts in _by_score(cases, weights))
    found, taken = np.cumsum(positives), np.cumsum(positives + negatives)
    precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
    return _ratio(float(positives @ precision), float(positives.sum()))


def calibration(cases: Scored, weights: Floats | None = None) -> list[Bin]:
    """Bins of equal width, those that hold a case."""
    weights = np.ones(len(cases)) if weights is None else weights
    place = np.minimum((cases.scores * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    count, score, positive = (
        np.bincount(place, values, CALIBRATION_BINS)
        for values in (weights, weights * cases.scores, weights * cases.labels)
    )
    return [
        {
            "score": float(score[i] / count[i]),
            "positive": float(positive[i] / count[i]),
            "count": float(count[i]),
        }
        for i in np.nonzero(count)[0]
    ]


def calibration_error(cases: Scored, weights: Floats | None = None) -> float:
    """Expected calibration error: mean distance of score and share of positives over the bins, by
    their size."""
    bins = calibration(cases, weights)
    return _ratio(
        sum(one["count"] * abs(one["score"] - one["positive"]) for one in bins),
        sum(one["count"] for one in bins),
    )


def choose_threshold(cases: Scored) -> float:
    """The threshold with the largest sensitivity + specificity (Youden's J); of equal ones that
    nearest to one half.

    It lies midway between two scores that occur, so that it does not hang on the last bit of one.
    0.5 where there is one class.
    """
    positives, negatives = _by_score(cases, None)
    if not positives.sum() or not negatives.sum():
        return 0.5
    scores = np.unique(cases.scores)
    between = np.concatenate([[scores[0]], (scores[1:] + scores[:-1]) / 2])
    sensitivity = np.cumsum(positives[::-1])[::-1] / positives.sum()
    fallout = np.cumsum(negatives[::-1])[::-1] / negatives.sum()
    gain = np.round(sensitivity - fallout, 12)
    best = np.flatnonzero(gain == gain.max())
    return float(between[best[np.argmin(np.abs(between[best] - 0.5))]])


def bootstrap_weights(patients: Sequence[str], seed: int, resamples: int = RESAMPLES) -> Floats:
    """How often each case counts in each resample of patients, shape (resamples, n): a patient's
    cases come and go together."""
    names, index = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=resamples
    )
    return np.asarray(drawn[:, index], dtype=np.float64)


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled values; nan where most are undefined."""
    known = values[~np.isnan(values)]
    if 2 * len(known) < len(values) or not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def with_intervals(cases: Scored, weights: Floats, measure: Measure) -> dict[Figure, Interval]:
    """Each figure of `measure` with its 95 % interval over the resamples. weights: of
    `bootstrap_weights`, shape (resamples, n)."""
    values = measure(cases, None)
    resampled = [measure(cases, one) for one in weights]
    bounds = {name: interval(np.array([one[name] for one in resampled])) for name in values}
    return {
        name: {"value": value, "low": bounds[name][0], "high": bounds[name][1]}
        for name, value in values.items()
    }


def _by_score(cases: Scored, weights: Floats | None) -> tuple[Floats, Floats]:
    """Weight of the positive and of the negative cases at each distinct score, ascending."""
    weights = np.ones(len(cases)) if weights is None else weights
    place, count = cases.ranks
    positives: Floats = np.bincount(place, weights * (cases.labels == 1), count).astype(np.float64)
    negatives: Floats = np.bincount(place, weights * (cases.labels != 1), count).astype(np.float64)
    return positives, negatives


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
