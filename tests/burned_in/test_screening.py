"""Which lines may name a person."""

import numpy as np

from radprep.burned_in.screening import clipped, screen
from tests.burned_in.films import plain_film, write


class OnlyWords:
    """A reader that finds everything harmless which is wider than it is told."""

    def __init__(self, widest):
        self.widest = widest

    def is_harmless(self, line, *, turned):
        assert line.dtype == np.uint8
        return max(line.shape) < self.widest


def film_with_two_lines():
    film = plain_film()
    write(film, "WRIST", (60, 60))
    write(film, "GARCIA LOPEZ MARIA", (60, 500))
    return film


def test_without_a_reader_every_line_is_personal():
    found = screen(film_with_two_lines(), None)
    assert len(found.personal) == 2
    assert found.harmless == 0
    assert not found.was_read


def test_what_a_reader_finds_harmless_stays():
    for film in (film_with_two_lines(), film_with_two_lines().astype(np.uint16) * 257):
        found = screen(film, OnlyWords(200))
        assert len(found.personal) == 1
        assert found.harmless == 1
        assert found.personal[0][1] > 400


def test_a_box_is_cut_at_the_film_and_gone_beside_it():
    boxes = [(-5, -5, 10, 10), (95, 10, 20, 5), (200, 0, 5, 5), (10, 10, 5, 5)]
    assert clipped(boxes, 100, 50) == ((0, 0, 5, 5), (95, 10, 5, 5), (10, 10, 5, 5))
