"""How much one attribute of studies tells of another: Cramer's V with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chndtr

_ALPHA = 0.05
"""What the interval may miss, half of it on either side."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Association:
    """v: Cramer's V, 0 to 1. low, high: its 95 % interval. studies, patients: of which it was
    counted."""

    v: float
    low: float
    high: float
    studies: int
    patients: int


def association(
    first: Sequence[str], second: Sequence[str], patients: Sequence[str]
) -> Association | None:
    """Cramer's V of two attributes of studies, corrected for what chance alone gives in a small
    table, with a 95 % interval; None where one of them has one value only, or the studies are too
    few to say.

    first, second, patients: of each study its two values and its patient. Studies of one patient
    are alike, and therefore tell less than as many studies of different patients. Their number is
    divided by the design effect: the variance between patients over that between studies.

    Sources: Bergsma, A bias-correction for Cramer's V and Tschuprow's T, J Korean Stat Soc 42
    (2013); for the interval, by inversion of the noncentral chi-squared distribution, Smithson,
    Confidence Intervals, Sage (2003), chapter 4; for the design effect, Rao and Scott, The analysis
    of categorical data from complex sample surveys, J Am Stat Assoc 76 (1981).
    """
    one, other = _indicators(first), _indicators(second)
    rows, columns, studies = one.shape[1], other.shape[1], len(one)
    if min(rows, columns) < 2:
        return None
    shares = np.outer(one.mean(0), other.mean(0))
    scores = (one - one.mean(0))[:, :, None] * (other - other.mean(0))[:, None, :]
    scores = (scores / np.sqrt(studies * shares)).reshape(studies, -1)
    chi_squared = float(np.square(scores.sum(0)).sum())
    effective = studies / _design_effect(scores, patients)
    free = (rows - 1) * (columns - 1)
    v = _corrected(chi_squared / studies, rows, columns, effective)
    if v is None:
        return None
    scale = effective * (min(rows, columns) - 1)
    low, high = (
        math.sqrt(_noncentrality(chi_squared * effective / studies, free, share) / scale)
        for share in (1 - _ALPHA / 2, _ALPHA / 2)
    )
    return Association(v, min(low, v), min(1.0, max(high, v)), studies, len(set(patients)))


def _indicators(values: Sequence[str]) -> Floats:
    """Shape (studies, different values): 1 where a study has the value."""
    found, numbers = np.unique(np.asarray(values, dtype=str), return_inverse=True)
    return np.eye(len(found))[numbers]


def _design_effect(scores: Floats, patients: Sequence[str]) -> float:
    """How many times more the table varies than one of as many independent studies, at least 1.
    scores: what each study adds to each cell of the table."""
    centred = scores - scores.mean(0)
    found, numbers = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    by_patient = np.zeros((len(found), scores.shape[1]))
    np.add.at(by_patient, numbers, centred)
    within = float(np.square(centred).sum())
    return max(1.0, float(np.square(by_patient).sum()) / within) if within > 1e-12 else 1.0


def _corrected(phi_squared: float, rows: int, columns: int, effective: float) -> float | None:
    """Bergsma's V of so many studies; None where they are too few."""
    if effective <= 2:
        return None
    by_chance = (rows - 1) * (columns - 1) / (effective - 1)
    largest = min(side - (side - 1) ** 2 / (effective - 1) for side in (rows, columns)) - 1
    if largest <= 0:
        return None
    return min(1.0, math.sqrt(max(0.0, phi_squared - by_chance) / largest))


def _noncentrality(chi_squared: float, free: int, share: float) -> float:
    """The noncentrality with which a chi-squared variable of so many degrees of freedom stays below
    a value with this probability; 0 where it does so without any."""
    if chndtr(chi_squared, free, 0.0) <= share:
        return 0.0
    low, high = 0.0, max(10.0, 2 * chi_squared)
    while chndtr(chi_squared, free, high) > share:
        high *= 2
    for _ in range(60):  # halves the interval each time
        middle = (low + high) / 2
        if chndtr(chi_squared, free, middle) > share:
            low = middle
        else:
            high = middle
    return low
