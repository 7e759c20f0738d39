"""Strokes that may be letters."""

import cv2
import numpy as np

from radprep.burned_in.glyphs import busy_windows, find_glyphs, find_specks
from tests.burned_in.films import plain_film, write


def test_only_the_places_with_sharp_edges_are_looked_at():
    film = plain_film()
    assert list(busy_windows(film)) == []
    x, y, width, height = write(film, "LOPEZ", (300, 500))
    [(left, top, wide, high)] = busy_windows(film)
    assert left <= x
    assert top <= y
    assert left + wide >= x + width
    assert top + high >= y + height
    assert wide * high < film.size / 20


def test_an_edge_across_the_film_does_not_make_a_window_of_the_film():
    film = np.full((2000, 2000), 40, np.uint8)
    cv2.line(film, (0, 0), (1999, 1999), 250, 40)
    windows = list(busy_windows(film))
    assert sum(width * height for _, _, width, height in windows) < film.size / 2


def test_letters_are_measured():
    film = plain_film()
    write(film, "H", (60, 60), scale=2, stroke=4)
    [glyph] = [find_glyphs(film[40:140, 40:140], light=True)]
    assert len(glyph) == 1
    assert glyph.level[0] == 255
    assert glyph.contrast[0] > 150
    assert glyph.steep[0] > 0.8
    assert glyph.plateau[0] > 0.5
    assert 4 < glyph.stroke[0] < 10
    assert len(find_glyphs(film[40:140, 40:140], light=False)) <= 2  # what the H encloses


def test_a_soft_stroke_is_no_glyph():
    film = np.full((100, 100), 60, np.uint8)
    film[20:80, 45:55] = 200
    assert len(find_glyphs(film, light=True)) == 1
    assert len(find_glyphs(cv2.GaussianBlur(film, (0, 0), 6), light=True)) == 0


def test_a_full_stop_is_a_speck_and_no_glyph():
    film = np.full((60, 60), 50, np.uint8)
    film[30:33, 30:33] = 255
    assert len(find_glyphs(film, light=True)) == 0
    assert find_specks(film, light=True) == [(30, 30, 3, 3)]


def test_turning_exchanges_rows_and_columns():
    film = plain_film()
    write(film, "T", (60, 60), scale=2, stroke=4)
    glyphs = find_glyphs(film[40:140, 40:140], light=True)
    turned = glyphs.turned()
    assert (turned.x == glyphs.y).all()
    assert (turned.height == glyphs.width).all()
    assert (turned.turned().x == glyphs.x).all()
