"""Identifiers are read whole, and issuers as hospitals write them."""

import io

import pydicom
import pytest
from pydicom.dataset import Dataset

from radprep.dicom.grouping import grouping_of, issuer_of
from radprep.dicom.header import read_header, text, whole_text
from tests.made import make_dicom


def header_of(**attributes):
    return read_header(io.BytesIO(make_dicom(**attributes)))


@pytest.mark.parametrize(
    "value", ["AB\\12", "AB\\T\\12", "\\12", "AB\\", "A\\\\B", "M\u00fcller\\1", "a\\b\\c\\d"]
)
@pytest.mark.parametrize("keyword", ["PatientID", "AccessionNumber", "StudyID"])
def test_an_identifier_does_not_end_at_a_backslash(keyword, value):
    parsed = header_of(**{keyword: value.split("\\"), "SpecificCharacterSet": "ISO_IR 192"})
    assert grouping_of(parsed)[keyword] == whole_text(parsed, keyword) == value


def test_a_uid_does_not_end_at_a_backslash():
    parsed = header_of(StudyInstanceUID=["1.2", "3"], SOPInstanceUID=["1.2", "4"])
    found = grouping_of(parsed)
    assert (found["StudyInstanceUID"], found["SOPInstanceUID"]) == ("1.2\\3", "1.2\\4")
    assert text(parsed, "StudyInstanceUID") == "1.2"


def qualifiers(uid):
    item = Dataset()
    item.UniversalEntityID = uid
    return [item]


@pytest.mark.parametrize(
    ("attributes", "issuer"),
    [
        ({}, None),
        ({"IssuerOfPatientID": "Hosp A"}, "hosp a"),
        ({"IssuerOfPatientID": " HOSP  a "}, "hosp a"),
        ({"IssuerOfPatientID": ["H", "A"]}, "h\\a"),
        ({"IssuerOfPatientID": "UNKNOWN"}, None),
        ({"IssuerOfPatientIDQualifiersSequence": qualifiers("1.2.3")}, "1.2.3"),
        ({"IssuerOfPatientIDQualifiersSequence": []}, None),
        (
            {
                "IssuerOfPatientID": "A",
                "IssuerOfPatientIDQualifiersSequence": qualifiers("1.2.3"),
            },
            "a",
        ),
    ],
)
def test_the_issuer_is_the_hospital_that_gave_the_id(attributes, issuer):
    parsed = header_of(**attributes)
    assert issuer_of(parsed) == grouping_of(parsed)["IssuerOfPatientID"] == issuer


def test_an_issuer_of_another_form_is_none():
    broken = pydicom.Dataset()
    broken.add_new(0x00100024, "LO", "no sequence")
    assert issuer_of(broken) is None
