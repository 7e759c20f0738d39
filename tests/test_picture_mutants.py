"""A seeded handful of spoilt pictures; benchmarks/picture_mutants.py does thousands."""

import picture_mutants
import pytest


@pytest.mark.slow
def test_spoilt_and_hostile_pictures_are_read_or_refused_within_their_memory():
    found = picture_mutants.measure(200, seed=20261128)
    assert found["broken"] == [], found
    assert found["became"]["read"] > 50
    assert found["became"]["damaged"] > 25
