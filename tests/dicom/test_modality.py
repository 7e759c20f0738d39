"""Which modality a file is of, whatever an archive or a tool wrote."""

from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from radprep.dicom.modality import (
    FILMS,
    TERMS,
    Modality,
    asked_for,
    modality_of,
    names_any_film,
    typed_modality,
)

ROOT = "1.2.840.10008.5.1.4.1.1."
CR, DX, MG, CT, XA, SC = (ROOT + end for end in ("1", "1.1", "1.2", "2", "12.1", "7"))


def header(modality: Any = None, sop_class: str | None = None) -> Dataset:
    dataset = Dataset()
    with pydicom.config.disable_value_validation():
        if modality is not None:
            dataset.Modality = modality
        if sop_class is not None:
            dataset.SOPClassUID = sop_class
    return dataset


def of(modality: Any = None, sop_class: str | None = None) -> Modality:
    return modality_of(header(modality, sop_class))


@pytest.mark.parametrize("text", ["CR", "cr", " Cr ", "CR\0"])
@pytest.mark.parametrize("sop_class", [None, CR, DX, SC])
def test_a_term_of_dicom_stands_as_it_is(text: str, sop_class: str | None) -> None:
    assert of(text, sop_class) == Modality("CR")


@pytest.mark.parametrize(
    "text",
    ["DR", "XR", "RX", "X-RAY", "X RAY", "xray", "Rx.", "RAD", "Radiografía", "Röntgen", "РЕНТГЕН"],
)
def test_of_a_text_for_any_film_the_sop_class_says_which(text: str) -> None:
    assert of(text, CR) == Modality("CR", "SOPClassUID")
    assert of(text, DX) == Modality("DX", "SOPClassUID")
    assert of(text, XA) == Modality("XA", "SOPClassUID")
    assert of(text, SC) == of(text) == Modality("DX", "Modality", sure=False)
    assert names_any_film(text)


@pytest.mark.parametrize("text", [None, "", " ", "JOE", "Meier 1961", ["", ""], "X" * 300])
@pytest.mark.parametrize(
    ("sop_class", "term"),
    [(CR, "CR"), (DX, "DX"), (MG, "MG"), (CT, "CT"), (ROOT + "88.11", "SR"), (ROOT + "11.1", "PR")],
)
def test_where_modality_says_nothing_the_sop_class_does(
    text: Any, sop_class: str, term: str
) -> None:
    assert of(text, sop_class) == Modality(term, "SOPClassUID")


@pytest.mark.parametrize("sop_class", [None, "", SC, "1.2.3", "x"])
def test_where_nothing_says_it_it_is_unknown(sop_class: str | None) -> None:
    assert of("JOE", sop_class).name == of(None, sop_class).name == "unknown"


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("MAMMO", "MG"),
        ("Computed Radiography", "CR"),
        ("DIGITAL RADIOGRAPHY", "DX"),
        ("MRI", "MR"),
        ("DSA", "XA"),
        ("ultra-sound", "US"),
    ],
)
def test_a_text_with_one_meaning_is_that_term(text: str, term: str) -> None:
    assert of(text) == Modality(term, "Modality")


def test_a_mammogram_on_a_phosphor_plate_is_one() -> None:
    assert of("MAMMOGRAPHY", CR) == Modality("MG", "Modality")


@pytest.mark.parametrize("text", [["CR", "DX"], "CR/DX", "cr, dx", "CR DX", ["", "CR", "DX"]])
def test_of_several_terms_the_sop_class_picks_one(text: Any) -> None:
    assert of(text, DX) == Modality("DX", "SOPClassUID")
    assert of(text) == of(text, SC) == Modality("CR", "Modality", sure=False)


def test_a_term_beside_a_text_of_no_meaning_is_the_only_one() -> None:
    assert of(["CR", "JOE"]) == of(["JOE", "CR"]) == Modality("CR", "Modality")


def test_a_sentence_in_which_a_term_stands_is_none() -> None:
    assert of("PT WAS SEEN IN US").term is None


def test_the_sop_class_may_stand_in_the_file_meta_information_only() -> None:
    dataset = header()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = CR
    assert modality_of(dataset) == Modality("CR", "SOPClassUID")


@pytest.mark.parametrize(
    ("asked", "name"),
    [("CR", "CR"), (" cr", "CR"), ("UNKNOWN", "unknown"), ("mri", "MR"), ("DR", "DR"), ("x", "x")],
)
def test_what_a_person_asks_for(asked: str, name: str) -> None:
    assert asked_for(asked) == name


@pytest.mark.parametrize("term", sorted(TERMS))
def test_every_term_can_be_asked_for_as_it_is_shown(term: str) -> None:
    assert asked_for(of(term).name) == term


def test_films_are_terms() -> None:
    assert set(FILMS) < TERMS


@pytest.mark.parametrize(
    ("text", "typed"),
    [("CR", None), ("cr ", None), ("DR", "DR"), (None, ""), (["CR", "X"], "CR\\X")],
)
def test_a_person_sees_what_was_typed_where_it_is_no_term(text: Any, typed: str | None) -> None:
    dataset = header(text, CR)
    assert typed_modality(dataset, modality_of(dataset)) == typed
