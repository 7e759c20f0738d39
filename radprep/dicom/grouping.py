"""The few header values by which files are grouped: what they are called, each as a whole."""

from __future__ import annotations

import pydicom

from radprep.dicom.functional_groups import item
from radprep.dicom.header import whole_text
from radprep.text.no_patient import named_patient

GROUPING = (
    "StudyInstanceUID",
    "PatientID",
    "AccessionNumber",
    "StudyID",
    "SOPInstanceUID",
    "IssuerOfPatientID",
)
"""What tells of a file's study and patient, what a label may be joined on, and what tells films
apart that stand at one path in different deliveries."""

_QUALIFIERS = "IssuerOfPatientIDQualifiersSequence"
WANTED = (*GROUPING, _QUALIFIERS)
"""The attributes that `grouping_of` reads."""


def grouping_of(dataset: pydicom.Dataset) -> dict[str, str | None]:
    """Each of GROUPING as whole text, with what stands behind a backslash, the issuer as
    `issuer_of` says it; None where it is missing."""
    found = {keyword: whole_text(dataset, keyword) for keyword in GROUPING[:-1]}
    return {**found, "IssuerOfPatientID": issuer_of(dataset)}


def issuer_of(dataset: pydicom.Dataset) -> str | None:
    """Who gave the PatientID (PS3.3 C.7.1.1): IssuerOfPatientID or, where that says nothing, the
    UniversalEntityID of its qualifiers. Capitals and spaces do not count, so that one hospital is
    not taken for two. None where nobody is named."""
    found = named_patient(whole_text(dataset, "IssuerOfPatientID"))
    if found is None:
        inside = item(dataset, _QUALIFIERS, 0)
        found = None if inside is None else named_patient(whole_text(inside, "UniversalEntityID"))
    return " ".join(found.casefold().split()) if found else None
