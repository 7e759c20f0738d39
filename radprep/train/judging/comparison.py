"""Two runs on the same studies: which is better, and could it be chance."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from radprep.errors import UsageError
from radprep.train.experiment import Rule, experiment_of, plain, read_json
from radprep.train.judging import metrics
from radprep.train.judging.evaluation import METRICS, read_studies
from radprep.train.judging.metrics import Figure, Scored
from radprep.train.judging.voting import RULES

Floats = NDArray[np.float64]

_COMPARED: tuple[Figure, ...] = (
    "auroc",
    "average_precision",
    "accuracy",
    "sensitivity",
    "specificity",
    "f1",
    "brier",
)


class Difference(TypedDict):
    """A figure of both runs, and the first minus the second with the bounds of its 95 % interval;
    null in JSON where it is not defined."""

    first: float
    second: float
    difference: float
    low: float
    high: float


class Comparison(TypedDict):
    """Two runs on the studies that both were evaluated on. studies_left_out: of each run; rules: by
    which each run decides; delong_p: see `delong`."""

    part: str
    studies: int
    positive_studies: int
    studies_left_out: list[int]
    rules: list[Rule]
    figures: dict[Figure, Difference]
    delong_p: float


def compare(first: Path, second: Path, part: str) -> Comparison:
    """Figures of both runs on the studies that both were evaluated on, each by its own rule and
    threshold; their differences (first minus second) with 95 % intervals over resamples of
    patients, and DeLong's test of the two AUROCs. As JSON values.

    Raises UsageError where a run has no evaluation of that part, or the studies have other labels.
    """
    tables = [read_studies(run / part, "radprep evaluate") for run in (first, second)]
    decided = [_decided_by(run / part / METRICS) for run in (first, second)]
    common = tables[0].index.intersection(tables[1].index)
    left_out = [len(table) - len(common) for table in tables]
    if not len(common):
        raise UsageError(
            "The two runs were evaluated on no common study: their data sets come from other "
            "projects, or the splits differ."
        )
    tables = [table.loc[common] for table in tables]
    labels, patients = tables[0]["label"].to_numpy(np.int64), tables[0]["patient_id"].tolist()
    if not np.array_equal(labels, tables[1]["label"].to_numpy(np.int64)):
        raise UsageError(
            "The two runs have other labels for the same studies: another --positive, or a data "
            "set that was labelled anew."
        )
    cases = [
        Scored(labels, table[rule].to_numpy(np.float64), patients)
        for table, (rule, _) in zip(tables, decided, strict=True)
    ]
    thresholds = [threshold for _, threshold in decided]
    seed = experiment_of(first)[0].seed
    found = _figures(cases, thresholds, metrics.bootstrap_weights(patients, seed))
    compared: Comparison = {
        "part": part,
        "studies": len(common),
        "positive_studies": int(labels.sum()),
        "studies_left_out": left_out,
        "rules": [rule for rule, _ in decided],
        "figures": found,
        "delong_p": delong(cases[0], cases[1]),
    }
    return plain(compared)


def _decided_by(path: Path) -> tuple[Rule, float]:
    """The rule of an evaluation, and its threshold. Raises UsageError where the file does not say
    them."""
    result = read_json(path, "radprep evaluate")
    try:
        rule = result["rule"]
        threshold = result["study"][rule]["threshold"]
    except (KeyError, TypeError):
        rule = threshold = None
    if rule not in RULES or not isinstance(threshold, (int, float)):
        raise UsageError(f"{path} is missing or damaged: `radprep evaluate` makes it.")
    return cast(Rule, rule), float(threshold)


def delong(first: Scored, second: Scored) -> float:
    """Two-sided p of equal AUROCs on the same cases (DeLong, DeLong, Clarke-Pearson 1988); nan with
    fewer than two cases of a class, 1 where the scores order the cases alike. Cases count as
    independent, which studies of one patient are not: the bootstrap by patient has the last
    word."""
    positive = first.labels == 1
    if min(positive.sum(), (~positive).sum()) < 2:
        return float("nan")
    placements = [_placements(one.scores, positive) for one in (first, second)]
    by_positive, by_negative = (np.stack(pair) for pair in zip(*placements, strict=True))
    covariance = (
        np.cov(by_positive) / by_positive.shape[1] + np.cov(by_negative) / by_negative.shape[1]
    )
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = float(by_positive[0].mean() - by_positive[1].mean())
    if variance <= 1e-15:
        return 1.0 if abs(difference) < 1e-12 else 0.0
    return math.erfc(abs(difference) / math.sqrt(2 * variance))


def _placements(scores: Floats, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """For each positive case the share of negatives below it, for each negative the share of
    positives above it, ties half."""
    above, below = scores[positive], scores[~positive]
    return _share_below(above, below), 1 - _share_below(below, above)


def _share_below(scores: Floats, others: Floats) -> Floats:
    ordered = np.sort(others)
    return np.asarray(
        (np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right"))
        / (2 * len(others))
    )


def _figures(
    cases: list[Scored], thresholds: list[float], weights: Floats
) -> dict[Figure, Difference]:
    """Of each figure both values, and the difference with its interval."""
    values = [
        metrics.figures(one, threshold) for one, threshold in zip(cases, thresholds, strict=True)
    ]
    resampled = [_difference(cases, thresholds, one) for one in weights]
    found: dict[Figure, Difference] = {}
    for name in _COMPARED:
        low, high = metrics.interval(np.array([one[name] for one in resampled]))
        found[name] = {
            "first": values[0][name],
            "second": values[1][name],
            "difference": values[0][name] - values[1][name],
            "low": low,
            "high": high,
        }
    return found


def _difference(
    cases: list[Scored], thresholds: list[float], weights: Floats
) -> dict[Figure, float]:
    first, second = (
        metrics.figures(one, threshold, weights)
        for one, threshold in zip(cases, thresholds, strict=True)
    )
    return {name: first[name] - second[name] for name in first}
