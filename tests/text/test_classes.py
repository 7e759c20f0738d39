import tomllib
from pathlib import Path

import pytest

import radprep
from radprep.text.classes import is_class

FILE = tomllib.loads(
    (Path(radprep.__file__).parent / "text" / "classes.toml").read_text(encoding="utf-8")
)
ALONE = [word for words in FILE["alone"].values() for word in words]
BESIDE = FILE["beside"]["words"]


def test_a_word_of_classes_is_one():
    assert [word for word in ALONE if not (is_class(word) and is_class(word.upper()))] == []


def test_a_word_that_may_be_a_name_passes_only_beside_one_of_classes():
    assert [word for word in BESIDE if is_class(word)] == []
    assert [word for word in BESIDE if not is_class(f"fracture {word}")] == []


def test_every_word_is_written_as_it_is_compared_and_once():
    words = [*ALONE, *BESIDE]
    assert [
        word for word in words if not (word.isascii() and word.isalpha() and word.islower())
    ] == []
    assert set(ALONE) & set(BESIDE) == set()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "wrist",
        "LUNG^MEI",
        "DR LEWY COLONNA",
        "Dr. fracture",
        "fracture Smith",
        "fraktura?",
        "fracture " * 7,
        "fracture" + " " * 40,
        "fracture 123",
        "fracture 1 2 3",
        "012",
        "1.25",
        "²³¹",
        "正常",
        "норма",
        "fracture ٣",
        "fracture 德",
        "munyeca fracture",
        "fracture@home",
    ],
)
def test_what_may_be_a_name_is_none(text):
    assert not is_class(text)


@pytest.mark.parametrize(
    "text",
    ["7", "12", "1.0", "Fractura de muñeca", "fracture_left_hand", "Lésion", "grade2", "no/normal"],
)
def test_what_people_write_for_classes_is_one(text):
    assert is_class(text)
