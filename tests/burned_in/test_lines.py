"""Glyphs in a row."""

import numpy as np
import pytest

from radprep.burned_in.glyphs import find_glyphs
from radprep.burned_in.lines import WEIGHTS, find_lines, measures, score
from tests.burned_in.films import plain_film, write


def lines_of(film, light=True):
    return list(find_lines(find_glyphs(film, light=light), light=light))


def test_letters_in_a_row_are_one_line_with_its_box():
    film = plain_film()
    x, y, width, height = write(film, "GARCIA", (80, 100))
    [line] = [line for line in lines_of(film) if not line.turned]
    assert line.box == pytest.approx((x, y, width, height), abs=2)
    assert line.score > 5


def test_letters_far_apart_or_few_are_no_line():
    film = plain_film()
    for place in (40, 240, 440):
        write(film, "B", (place, 100))
    write(film, "AB", (40, 400))
    assert [line for line in lines_of(film) if not line.turned] == []


def test_a_line_that_runs_up_is_found_turned():
    film = plain_film()
    write(film, "GARCIA", (80, 100), turns=1)
    assert any(line.turned and line.score > 5 for line in lines_of(film))


def test_neighbours_of_another_grey_are_another_line():
    film = plain_film()
    write(film, "ABC", (40, 100), grey=255)
    write(film, "DEF", (112, 100), grey=200)
    assert len([line for line in lines_of(film) if not line.turned]) == 2


def test_every_measure_has_a_weight_and_is_finite():
    film = plain_film()
    write(film, "GARCIA", (80, 100))
    measured = measures(find_glyphs(film, light=True))
    assert measured.keys() == WEIGHTS.keys()
    assert np.isfinite(list(measured.values())).all()
    assert score(measured) > 0


def test_dots_in_a_row_are_no_text():
    film = np.full((200, 600), 50, np.uint8)
    for place in range(40, 500, 30):
        film[80:90, place : place + 10] = 255
    assert all(line.score < 0 for line in lines_of(film))
