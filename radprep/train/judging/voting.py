"""From the probabilities of a study's images to one score of the study.

Each rule is a score to hold against a threshold, so that the threshold can be chosen on studies: at
least one image is decided positive (ALO) exactly where the largest probability is, and more than
half of them are where the middle one is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from radprep.train.data.samples import Sample, labels_by_study
from radprep.train.experiment import Rule
from radprep.train.judging.metrics import Scored

Floats = NDArray[np.float64]


def _more_than_half(probabilities: Floats) -> float:
    """The largest threshold at which more than half of the images are decided positive; of two
    images the smaller."""
    return float(np.sort(probabilities)[::-1][len(probabilities) // 2])


RULES: dict[Rule, Callable[[Floats], float]] = {
    "alo": lambda probabilities: float(probabilities.max()),
    "majority": _more_than_half,
    "mean": lambda probabilities: float(probabilities.mean()),
    "max": lambda probabilities: float(probabilities.max()),
}
"""Rules by name. `alo` and `max` are one score under two names: the published vote, and the
aggregate."""


def images(samples: Sequence[Sample], probabilities: Floats) -> Scored:
    """The images as cases, in their order."""
    return Scored(
        np.array([sample.label for sample in samples]),
        probabilities,
        [sample.person for sample in samples],
    )


def studies(samples: Sequence[Sample], probabilities: Floats, rule: Rule) -> Scored:
    """The studies as cases, in the order of `study_places`. A study is positive where one of its
    images is."""
    places = study_places(samples)
    firsts = [samples[place[0]] for place in places.values()]
    scores = np.array([RULES[rule](probabilities[place]) for place in places.values()])
    labels = np.array(labels_by_study(samples, places.values()))
    return Scored(labels, scores, [first.person for first in firsts])


def study_places(samples: Sequence[Sample]) -> dict[str, list[int]]:
    """study_id -> places of its images among the samples; studies in the order of their ids."""
    places: dict[str, list[int]] = {}
    for place, sample in enumerate(samples):
        places.setdefault(sample.study_id, []).append(place)
    return dict(sorted(places.items()))
