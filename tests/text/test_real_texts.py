"""Texts of headers, as hospitals of many countries type them, and the parts that they name.

The list grows: add to real_texts.csv each text that was read wrongly."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from radprep.text.bodypart import find_body_part, mask_text, parts_in

with Path(__file__).with_name("real_texts.csv").open(encoding="utf-8", newline="") as file:
    TEXTS = [(row["text"], row["parts"].split()) for row in csv.DictReader(file)]


def test_the_list_is_long_and_no_text_stands_twice() -> None:
    assert len(TEXTS) >= 450
    assert len({text for text, _ in TEXTS}) == len(TEXTS)


def test_every_text_is_read() -> None:
    assert [
        (text, parts, found)
        for text, parts in TEXTS
        if (found := [part for part, _ in parts_in(text)]) != parts
    ] == []


@pytest.mark.parametrize("text", ["EXTREMETY", "EXTREMITY", "UPPER EXTREMETY", "SKELETON"])
def test_a_text_that_names_no_part_lets_the_next_one_speak(text: str) -> None:
    found = find_body_part([("BodyPartExamined", text), ("SeriesDescription", "DISTAL RADIUS")])
    assert (found.part, found.source) == ("wrist", "SeriesDescription")


def test_other_scripts_are_read_and_never_leave() -> None:
    others = [text for text, _ in TEXTS if any(ord(char) > 0x36F for char in text)]
    assert len(others) > 60
    shown = {mask_text(text) for text in others}
    assert all(text is None or "***" in text for text in shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("RADIUS HEAD", "ELBOW"),
        ("NECK OF LEFT FEMUR", "HIP L"),
        ("DIST FOREARM R", "WRIST R"),
        ("Smith fracture", "WRIST"),
        ("SMITH", "***"),
        ("GARCIA FEMUR NECK", "***"),
    ],
)
def test_a_piece_of_a_bone_leaves_as_the_part_that_a_film_of_it_shows(
    text: str, shown: str
) -> None:
    assert mask_text(text) == shown


def test_a_short_word_of_another_script_forgives_no_mistake() -> None:
    assert parts_in("kostkq")[0][0] == "ankle"  # one letter from the Polish kostki
    assert parts_in("косткы") == []
    assert [part for part, _ in parts_in("лучезапястнй")] == ["wrist"]
