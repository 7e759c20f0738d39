import pytest

from radprep.annotations.reading import (
    MOST_ENTRIES,
    PIXELS,
    SHARE,
    Reading,
    around,
    number_in,
    of_centre,
    of_corners,
    size_of,
)
from radprep.errors import UsageError


def reading_of(tmp_path, *places, unit=None):
    found = Reading(tmp_path / "boxes.csv", "csv")
    film = found.film(("a.dcm",), unit=unit)
    for number, place in enumerate(places, 2):
        found.add(film, f"line {number}", "fracture", place)
    return found, film


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (None, "number"),
        ((float("nan"), 0, 1, 1), "number"),
        ((0, 0, float("inf"), 1), "number"),
        ((0, 0, 1e300, 1), "number"),
        ((10, 10, 0, 5), "no_size"),
        ((10, 10, 5, -1), "no_size"),
    ],
)
def test_a_box_that_cannot_be_is_counted_and_the_others_stay(tmp_path, place, code):
    found, film = reading_of(tmp_path, (1, 2, 3, 4), place)
    found.settle_units(None, PIXELS)
    found.refuse_if_useless()
    assert [box.place for box in film.boxes] == [(1, 2, 3, 4)]
    assert dict(found.faults) == {code: 1}
    assert [(one.place, one.code) for one in found.listed] == [("line 3", code)]
    assert film.faults == 1


def test_a_file_of_which_no_box_can_be_used_is_refused_with_its_first_fault(tmp_path):
    found, _ = reading_of(tmp_path, (1, 2, 0, 4), (1, 2, -3, 4))
    found.settle_units(None, PIXELS)
    with pytest.raises(UsageError, match=r"none of its 2 boxes can be used.*line 2: its width"):
        found.refuse_if_useless()


def test_no_message_names_a_film_or_a_file(tmp_path):
    found, _ = reading_of(tmp_path, unit=SHARE)
    found.begin("Huber_Anna.txt")
    found.add(found.film(("Huber_Anna.dcm",), unit=SHARE), "line 1", "x", (9, 9, 9, 9))
    found.settle_units(None, SHARE)
    with pytest.raises(UsageError, match="a box of film number 2") as caught:
        found.refuse_if_useless()
    assert "Huber" not in str(caught.value)
    found.begin("Huber_Anna.txt")
    found.fault("number", "line 4")
    assert found.listed[1].said == "file number 1, line 4"
    assert found.listed[1].file == "Huber_Anna.txt"


def test_shares_are_never_guessed(tmp_path):
    found, film = reading_of(tmp_path, (0.1, 0.2, 0.3, 0.4), (0, 0, 1, 1))
    with pytest.raises(UsageError, match=r"--boxes-unit share or --boxes-unit pixels"):
        found.settle_units(None, PIXELS)
    found.settle_units(SHARE, PIXELS)
    assert film.unit == SHARE
    assert len(film.boxes) == 2


def test_numbers_that_cannot_be_of_the_unit_are_counted(tmp_path):
    found, film = reading_of(tmp_path, (0.1, 0.2, 0.3, 0.4), (100, 80, 20, 20))
    found.settle_units(SHARE, PIXELS)
    assert dict(found.faults) == {"not_a_share": 1}
    found, film = reading_of(tmp_path, (0.1, 0.2, 0.3, 0.4), (100, 80, 20, 20))
    found.settle_units(None, PIXELS)
    assert dict(found.faults) == {"below_a_pixel": 1}
    assert [box.place[0] for box in film.boxes] == [100]


def test_a_unit_in_the_file_counts_before_the_one_that_is_told(tmp_path):
    found, film = reading_of(tmp_path, (0.1, 0.2, 0.3, 0.4), unit=SHARE)
    found.settle_units(PIXELS, PIXELS)
    assert film.unit == SHARE
    assert not found.faults


def test_a_film_with_nothing_on_it_is_spoken_of_and_no_film_is_refused(tmp_path):
    found, film = reading_of(tmp_path)
    found.settle_units(None, PIXELS)
    found.refuse_if_useless()
    assert film.boxes == []
    with pytest.raises(UsageError, match="names no film"):
        Reading(tmp_path / "b.csv", "csv").refuse_if_useless()


def test_entries_have_a_bound(tmp_path):
    found, film = reading_of(tmp_path)
    found.boxes = MOST_ENTRIES - 1
    with pytest.raises(UsageError, match="more than 2,000,000"):
        found.add(film, "line 9", "", (1, 2, 3, 4))


def test_geometry_of_the_forms():
    assert of_corners(2, 3, 10, 7) == (2, 3, 8, 4)
    assert of_centre(6, 5, 8, 4) == (2, 3, 8, 4)
    assert around([2, 3, 10, 7, 5, 5]) == (2, 3, 8, 4)
    assert around([2, 3, 10, 7]) is None
    assert around([2, 3, float("nan"), 7, 5, 5]) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), (" 1,5 ", 1.5), ("1e2", 100), ("1_0", None), ("", None), ("9" * 99, None)],
)
def test_numbers_of_texts(text, number):
    assert number_in(text) == number


def test_sizes_are_whole_numbers_above_0():
    assert size_of(640, 480.0) == (640, 480)
    assert size_of(0, 480) is None
    assert size_of("640", 480) is None
    assert size_of(float("nan"), 480) is None
    assert size_of(10**400, 480) is None
