"""Weights of cues that change their sign, and nothing else, where the answer is the other one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression


def fit(cues: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression without intercept, of cues (films, cues) whose answer is right and of
    their opposites, whose answer is not."""
    both = np.concatenate([cues, -cues])
    model = LogisticRegression(fit_intercept=False).fit(both, np.repeat([1, 0], len(cues)))
    return np.asarray(model.coef_[0])
