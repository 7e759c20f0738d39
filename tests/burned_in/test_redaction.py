"""What is painted over is gone, and the rest stays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from radprep.burned_in.redaction import redact
from tests.burned_in.films import plain_film, write


def test_a_line_is_gone_and_the_rest_is_as_it_was():
    clean = plain_film()
    film = clean.copy()
    x, y, width, height = write(film, "GARCIA", (300, 200))
    before = film.copy()
    painted = redact(film, [(x - 4, y - 4, width + 8, height + 8)])
    assert (film == before).all()
    box = np.s_[y - 4 : y + height + 4, x - 4 : x + width + 4]
    assert np.abs(painted[box].astype(int) - clean[box]).mean() < 12
    painted[box] = film[box]
    assert (painted == film).all()


def test_a_box_over_the_whole_film_leaves_nothing():
    film = plain_film(60, 50)
    assert (redact(film, [(0, 0, 50, 60)]) == 0).all()


def test_a_box_at_the_border_takes_what_the_other_sides_have():
    film = np.full((40, 50), 90, np.uint8)
    film[0:10, 0:20] = 255
    assert (redact(film, [(0, 0, 20, 10)]) == 90).all()


def test_the_text_of_one_box_does_not_run_into_a_box_that_overlaps_it():
    film = np.full((60, 80), 90, np.uint8)
    film[20:24, 10:70:4] = 255  # strokes in both boxes
    painted = redact(film, [(5, 5, 70, 17), (5, 18, 70, 20)])
    assert (painted == 90).all()


def test_nothing_of_what_was_in_the_box_decides():
    film = np.full((40, 50), 90, np.uint16)
    for inside in (0, 1234, 65535):
        film[10:20, 10:30] = inside
        assert (redact(film, [(10, 10, 20, 10)]) == 90).all()


@given(
    st.integers(0, 29), st.integers(0, 19), st.integers(1, 30), st.integers(1, 20), st.booleans()
)
def test_any_box_on_the_film_is_filled_within_the_range_around_it(x, y, width, height, deep):
    film = plain_film(20, 30).astype(np.uint16) * 257 if deep else plain_film(20, 30)
    painted = redact(film, [(x, y, min(width, 30 - x), min(height, 20 - y))])
    assert painted.dtype == film.dtype
    assert painted.max() <= film.max()
