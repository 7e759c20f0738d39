"""The picture of the README shows no film that a step was not sure of."""

import importlib.util

import pandas as pd
import pytest

from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def drawing():
    named = importlib.util.spec_from_file_location("drawn", ROOT / "docs" / "draw_before_after.py")
    module = importlib.util.module_from_spec(named)
    named.loader.exec_module(module)
    return module


def test_films_without_a_mark_are_drawn(drawing):
    rows = pd.DataFrame({"review": [[], []]})
    assert drawing.unmarked(rows) is rows


def test_a_marked_film_is_refused_with_its_mark(drawing):
    with pytest.raises(SystemExit, match=r"marked for review \(quality:cut_off\): choose another"):
        drawing.unmarked(pd.DataFrame({"review": [[], ["quality:cut_off"]]}))
