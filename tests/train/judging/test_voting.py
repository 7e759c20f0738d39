"""From images to studies."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.train.data.samples import Sample
from radprep.train.judging.voting import RULES, images, studies, study_places

SAMPLES = [
    Sample("i1", "s2", "p1", 1, None),
    Sample("i2", "s1", "p2", 0, None),
    Sample("i3", "s2", "p1", 1, None),
]
SCORES = np.array([0.2, 0.5, 0.9])


@given(st.lists(st.integers(0, 20), min_size=1, max_size=9), st.integers(0, 20))
def test_the_rules_decide_as_the_votes_do(places, threshold):
    scores, votes = np.array(places) / 20, [place >= threshold for place in places]
    assert (RULES["alo"](scores) >= threshold / 20) == any(votes)
    assert (RULES["majority"](scores) >= threshold / 20) == (sum(votes) > len(votes) / 2)
    assert RULES["mean"](scores) == pytest.approx(sum(places) / 20 / len(places))


def test_studies_stand_in_the_order_of_their_ids():
    assert study_places(SAMPLES) == {"s1": [1], "s2": [0, 2]}
    cases = studies(SAMPLES, SCORES, "max")
    assert (cases.labels.tolist(), cases.scores.tolist(), cases.patients) == (
        [0, 1],
        [0.5, 0.9],
        ["p2", "p1"],
    )
    assert studies(SAMPLES, SCORES, "majority").scores.tolist() == [0.5, 0.2]


def test_images_stay_in_their_order():
    cases = images(SAMPLES, SCORES)
    assert (cases.labels.tolist(), cases.patients) == ([1, 0, 1], ["p1", "p2", "p1"])


def test_patients_who_share_a_study_are_drawn_together():
    grouped = [replace(sample, group="g") for sample in SAMPLES]
    assert images(grouped, SCORES).patients == ["g"] * 3
    assert studies(grouped, SCORES, "max").patients == ["g"] * 2
