"""The vocabulary file itself."""

from __future__ import annotations

import re
import tomllib

import pytest

from radprep.text.bodypart import find_body_part, known_parts, mask_text, parts_in
from radprep.text.repair import normalise
from radprep.text.vocabulary import VOCABULARY_FILE, read_vocabulary

VOCABULARY = tomllib.loads(VOCABULARY_FILE.read_text(encoding="utf-8"))
SECTIONS = ("parts", "sides", "views", "fillers")


def entries(section: str) -> list[str]:
    if section == "combined":
        return list(VOCABULARY["combined"])
    return [entry for table in VOCABULARY[section].values() for entry in table]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", normalise(text))


def test_every_entry_reads_as_its_part() -> None:
    wrong = [
        (entry, part)
        for section in ("parts", "misspellings", "weak")
        for part, table in VOCABULARY[section].items()
        for entry in table
        if find_body_part([("BodyPartExamined", entry)]).part != part
    ]
    assert wrong == []


def test_combined_entries_read_as_their_parts() -> None:
    assert {
        entry: [part for part, _ in parts_in(entry)] for entry in VOCABULARY["combined"]
    } == VOCABULARY["combined"]


def test_denied_words_name_nothing_and_are_masked() -> None:
    assert [
        word for word in VOCABULARY["deny"]["words"] if parts_in(word) or mask_text(word) != "***"
    ] == []


def test_all_tables_name_known_parts() -> None:
    named = {
        *VOCABULARY["misspellings"],
        *VOCABULARY["weak"],
        *VOCABULARY["implied"],
        *(part for parts in VOCABULARY["combined"].values() for part in parts),
    }
    assert named <= set(known_parts())


def test_views_that_name_a_part_are_views_and_no_names() -> None:
    implied = {normalise(entry) for entry in entries("implied")}
    assert implied <= {normalise(entry) for entry in entries("views")} - {
        normalise(entry) for entry in entries("also_names")
    }


def test_no_entry_is_longer_than_what_is_looked_up() -> None:
    assert [
        entry
        for section in (*SECTIONS, "weak", "makers", "models")
        for entry in entries(section)
        if len(words(entry)) > 4
    ] == []


def test_names_of_people_are_words_of_the_vocabulary() -> None:
    vocabulary = read_vocabulary()
    entries_of = {entry for section in vocabulary.sections.values() for entry in section}
    assert vocabulary.names <= entries_of
    assert vocabulary.rare_names <= {word for entry in entries_of for word in entry.split()}


def test_terms_are_entries_and_no_names() -> None:
    vocabulary = read_vocabulary()
    known = vocabulary.sections["parts"].keys() | vocabulary.sections["fillers"].keys()
    terms = {normalise(term) for term in VOCABULARY["terms"]["words"]}
    assert terms <= known
    assert [
        term
        for term in terms & vocabulary.names
        if vocabulary.sections["parts"][term] == (term.upper(),)
    ] == []


def test_parts_and_sides_leave_under_one_name() -> None:
    vocabulary = read_vocabulary()
    assert vocabulary.sections["parts"]["muneca"] == ("WRIST",)
    assert vocabulary.sections["parts"]["handwrist"] == ("HAND", "WRIST")
    assert set(vocabulary.sections["sides"].values()) == {("R",), ("L",), ("B",)}
    assert vocabulary.sections["fillers"]["rx"] == ()


@pytest.mark.parametrize("section", ["sides", "views", "fillers", "deny"])
def test_no_part_is_a_word_of_another_section(section: str) -> None:
    parts = {
        normalise(entry)
        for table in ("parts", "misspellings", "weak", "combined")
        for entry in entries(table)
    }
    assert not {normalise(entry) for entry in entries(section)} & parts


def test_no_entry_names_two_parts() -> None:
    named: dict[str, str] = {}
    for section in ("parts", "misspellings", "weak"):
        for part, table in VOCABULARY[section].items():
            assert [
                entry for entry in table if named.setdefault(normalise(entry), part) != part
            ] == []
