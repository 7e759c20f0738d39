"""Texts of a label column that are no classes."""

import pytest

from radprep.text.classes import is_class
from radprep.text.no_class import (
    ambiguous_text,
    asked_text,
    is_list,
    may_be_shown,
    no_class,
    number_of,
    same_text,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, "1") for text in ("1", "1.0", "01", "1,0", " 1 ", "1.", "+1", "1e0", "1.00E+00")),
        *((text, "0") for text in ("0", "-0", "0.0", "00", "0,000", ".0")),
        *((text, "-1") for text in ("-1", "-1.0", "\u22121", "\u20131")),
        ("1.50", "1.5"),
        ("1e99", "1" + "0" * 99),
        ("1,000", None),
        ("1.2.3", None),
        ("100%", None),
        ("grade 1", None),
        ("9" * 500, None),
        ("", None),
    ],
)
def test_numbers_that_are_equal_are_one_text(text, value):
    assert number_of(text) == value
    assert value is None or same_text(text) == value


def test_words_are_the_same_but_for_case_and_spaces():
    assert same_text(" No  FRACTURE\u00a0") == same_text("no fracture\ufeff") == "no fracture"
    assert same_text("fracture") != same_text("fractura")


MISSING = """
NA|N/A|n.a.|#N/A|nan|NaN|-nan|NULL|None|-|\u2014|--|.|...|?|??| |\u00a0|\ufeff|missing|Unknown
not available|Not_Available|k.A.|K. A.|keine Angabe|s/d|S/D|sin datos|n/d|N.D.|ND|<NA>|(null)
(blank)|"NA"|#REF!|#VALUE!|#\u00a1VALOR!|#DIV/0!|#NAME?|#NUM!|#NULL!|#SPILL!|#NV|#WERT!|#BEZUG!
#N/A N/A|1.#IND|-1.#IND|nan(ind)|NaT|\\N|-9|-99|-999.0|inconnu|non renseign\u00e9|unbekannt
onbekend|brak danych|desconegut|desconhecido|ok\u00e4nd|pending|TBD|no report
\u043d\u0435\u0442 \u0434\u0430\u043d\u043d\u044b\u0445"""
UNCERTAIN = """
-1|-1.0|uncertain|Unsure|equivocal|EQUIVOCAL|fraglich|unklar|indeterminate|inconclusive|dudoso
Dudosa|maybe|not sure|non-diagnostic|douteux|dubbio|twijfelachtig|w\u0105tpliwy|fracture?
?fracture|fracture (?)|\u00bffractura?|cannot exclude"""
CLASSES = """
1|0|01|2.0|yes|no|True|false|fracture|no fracture|normal|negative|absent|no finding|probable
mild|suspected fracture|other|grade 1|+|1+|fractura de mu?eca|A|nil|hardware"""


def texts_of(listed):
    return [text for line in listed[1:].splitlines() for text in line.split("|")]


@pytest.mark.parametrize(
    ("listed", "why"), [(MISSING, "missing"), (UNCERTAIN, "uncertain"), (CLASSES, None)]
)
def test_what_is_no_class(listed, why):
    assert {text: no_class(text) for text in texts_of(listed) if no_class(text) != why} == {}


def test_nothing_is_missing_because_it_is_long_or_a_name():
    for text in ("na" * 500, "?" * 500, "Nadal", "Nana Nanov", "Unk Kunk"):
        assert no_class(text) is None
    assert no_class("") == "missing"


def test_a_map_names_a_text_as_it_stands_or_a_number_by_its_value():
    mapping = {"1": "fracture", "TRUE": "fracture", "FRACTURA": "fracture", "1.0": "other"}
    assert asked_text("1", mapping) == asked_text("01", mapping) == "fracture"
    assert asked_text("1.0", mapping) == "other"
    assert asked_text("true", mapping) == "fracture"
    assert asked_text("fractura", mapping) is None
    assert asked_text("2", mapping) is None


def test_what_only_a_person_can_tell():
    assert "-1" in (ambiguous_text(["1", "-1"]) or "")
    assert "-1" in (ambiguous_text(["1.0", "-1.0", ""]) or "")
    assert ambiguous_text(["1", "0", "-1"]) is None
    assert ambiguous_text(["fracture", "normal", "-1"]) is None
    assert "none" in (ambiguous_text(["mild", "none"]) or "")
    assert "none" in (ambiguous_text(["Mild", "None"]) or "")
    assert ambiguous_text(["mild", "severe", "None", "NA"]) is None


def test_lists_of_findings():
    for text in ("fracture|cast", "fracture; normal", "['fracture', 'cast']", "fracture and cast"):
        assert is_list(text), text
    for text in ("fracture", "no fracture", "1,0", "Garcia; Lopez", "fracture|", "old fracture"):
        assert not is_list(text), text


@pytest.mark.parametrize("text", ["#garcia!", "#p7000123!", "#maria/lopez?", "#NOF?"])
def test_a_word_behind_a_mark_is_no_error_of_a_spreadsheet(text):
    assert no_class(text) != "missing"
    assert not may_be_shown(text)


@pytest.mark.parametrize("text", ["(fracture?)", "[fracture?]", '"fracture?"', "(?) fracture"])
def test_brackets_around_a_doubt_do_not_count(text):
    assert no_class(text) == "uncertain"


def test_what_is_shown_of_texts_that_say_nothing_is_never_a_person():
    assert may_be_shown("N/A")
    assert not any(map(may_be_shown, ("-7000123456", "Garcia?", "Garcia", "?Garcia")))
    assert not is_class("NA")
