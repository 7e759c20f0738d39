"""The figure of an evaluation."""

import numpy as np
import pytest

from radprep.train.judging.metrics import Scored
from radprep.train.judging.plots import draw


@pytest.mark.parametrize("labels", [[0, 1, 1, 0, 1], [1, 1, 1, 1, 1]])
def test_the_same_cases_give_the_same_bytes(tmp_path, labels):
    cases = Scored(np.array(labels), np.array([0.1, 0.7, 0.4, 0.3, 0.9]), list("abcde"))
    for name in ("a.svg", "b.svg"):
        draw(tmp_path / name, cases, 0.5)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert "Calibration" in text
    assert ("ROC, area 1.000" in text) == (0 in labels)
