"""Where text stands on a film, and where none stands."""

import numpy as np
import pytest

from radprep.burned_in.finder import find_text
from tests.burned_in.films import covers, plain_film, write
from tests.made import arm


def boxes(film):
    return [text.box for text in find_text(film)]


@pytest.mark.parametrize("turns", [0, 1, 3])
@pytest.mark.parametrize("grey", [255, 0])
@pytest.mark.parametrize("scale", [0.6, 1.0, 2.2])
def test_a_line_is_found_whatever_its_size_grey_and_direction(scale, grey, turns):
    film = plain_film()
    film[:] = np.maximum(film, 90)  # dark text must be legible
    line = write(film, "GARCIA, M", (60, 80), scale=scale, grey=grey, stroke=2, turns=turns)
    assert covers(boxes(film), line)


def test_black_text_on_a_dark_ground_and_white_text_on_a_bright_one_are_found():
    for ground, grey in ((25, 0), (230, 255)):
        film = np.full((400, 500), ground, np.uint8)
        film += np.random.default_rng(0).integers(0, 3, film.shape, dtype=np.uint8)
        line = write(film, "GARCIA, M", (60, 80), grey=grey)
        assert covers(boxes(film), line)


def test_it_is_found_at_16_bits_too():
    film = plain_film()
    line = write(film, "DOB 12.05.1931", (100, 300))
    assert covers(boxes(film.astype(np.uint16) * 257), line)


def test_lines_of_a_paragraph_are_told_apart_and_its_columns_are_none():
    film = plain_film()
    lines = [
        write(film, text, (20, 40 + 40 * row))
        for row, text in enumerate(["GARCIA LOPEZ MARIA", "DOB 12051931", "HOSPITAL SANTA ANA"])
    ]
    found = find_text(film)
    assert len(found) == 3
    assert not any(text.turned for text in found)
    assert covers([text.box for text in found], lines[1])


def test_letters_three_times_as_high_as_a_stroke_is_wide_are_found_in_the_copy_of_half_the_size():
    film = plain_film(1600, 1400)
    line = write(film, "GARCIA", (50, 100), scale=4.5, stroke=13)
    assert line[3] > 85
    assert covers(boxes(film), line)


def test_short_words_and_punctuation_beside_a_line_go_with_it():
    film = plain_film()
    number = write(film, "53871234", (200, 200))
    short = write(film, "ID", (150, 200))
    stop = write(film, ".", (number[0] + number[2] + 6, 218))
    assert covers(boxes(film), short)
    assert covers(boxes(film), stop)


@pytest.mark.parametrize("marker", ["L", "R", "PA"])
def test_a_marker_is_left_alone(marker):
    film = plain_film()
    write(film, marker, (60, 60), scale=2, stroke=6)
    assert boxes(film) == []


def test_a_page_of_writing_is_one_line_and_found_at_once():
    page = np.full((1800, 1800), 230, np.uint8)
    for y in range(10, 1770, 22):
        for x in range(5, 1480, 310):
            write(page, "GARCIA 12.05.1931", (x, y), scale=0.55, grey=0, stroke=1)
    assert boxes(page) == [(0, 0, 1800, 1800)]


def test_a_film_without_text_has_none():
    assert boxes(plain_film()) == []
    assert boxes(arm(600, 400, bits=8)) == []
    assert boxes(np.zeros((50, 40), np.uint8)) == []
    assert boxes(np.zeros((1, 1), np.uint8)) == []


def test_noise_is_no_text():
    film = np.random.default_rng(1).normal(90, 12, (600, 500)).astype(np.uint8)
    assert boxes(film) == []


def test_the_same_pixels_give_the_same_lines():
    film = plain_film()
    write(film, "GARCIA LOPEZ", (30, 30))
    assert find_text(film) == find_text(film.copy())


def test_boxes_stay_on_the_film():
    film = plain_film(300, 260)
    write(film, "GARCIA 1", (2, 2))
    for x, y, width, height in boxes(film):
        assert min(x, y) >= 0
        assert x + width <= 260
        assert y + height <= 300
