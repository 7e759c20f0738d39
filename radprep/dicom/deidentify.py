"""What may leave: deny by default. Only the columns of schema.py pass, each through its own filter.

docs/explanation/de-identification.md holds the result against the action table of PS3.15 Annex E; a
test keeps the two together.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any, cast

import pydicom
from pydicom._uid_dict import UID_dictionary

from radprep.dataset.schema import DICOM_COLUMNS, Row
from radprep.dicom import header
from radprep.private.key import Pseudonyms
from radprep.text.bodypart import find_body_part, mask_text

RETAINABLE: dict[str, tuple[str, ...]] = {
    "dates": ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"),
    "descriptions": (
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "BodyPartExamined",
        "ViewPosition",
    ),
    "uids": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"),
}
"""What `--retain` lets leave as it is, and the columns concerned. Nothing of it leaves by
default."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODALITIES = _words(
    "AR AU BDUS BI BMD CR CT DG DX ECG EPS ES FID GM HC HD IO IOL IVOCT IVUS KER KO LEN LS MG MR "
    "NM OAM OCT OP OPM OPT OPV OT PLAN PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTPLAN RTRECORD "
    "RTSTRUCT RWV SC SEG SM SMR SR SRF STAIN TG US VA XA XC DOC CFM"
)
"""Defined terms of Modality (PS3.3 C.7.3.1.1.1) that may be shown; anything else is a text somebody
typed."""

_TERMS: dict[str, frozenset[str]] = {
    keyword: _words(terms)
    for keyword, terms in {
        "PatientSex": "M F O",
        "Laterality": "L R",
        "ImageLaterality": "L R B U",
        "PatientOrientation": "A P L R H F AL AR AH AF PL PR PH PF LH LF RH RF LA LP RA RP HA HP "
        "HL HR FA FP FL FR",
        "BurnedInAnnotation": "YES NO",
        "ConversionType": "DV DI DF WSD SD SI DRW SYN",
        "ImageType": "ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER RT_IMAGE OTHER PROJECTION",
        "PhotometricInterpretation": "MONOCHROME1 MONOCHROME2 RGB PALETTE YBR_FULL YBR_FULL_422 "
        "YBR_PARTIAL_420 YBR_ICT YBR_RCT",
        "PresentationLUTShape": "IDENTITY INVERSE",
        "LossyImageCompression": "00 01",
        "PixelIntensityRelationship": "LIN LOG DISP",
        "VOILUTFunction": "LINEAR LINEAR_EXACT SIGMOID",
        "RescaleType": "OD HU US MGML Z_EFF ED EDW HU_MOD PCT",
        "DetectorType": "DIRECT SCINTILLATOR STORAGE FILM",
        "Grid": "NONE FIXED FOCUSED RECIPROCATING PARALLEL CROSSED IN OUT",
        "FilterType": "NONE STRIP WEDGE BUTTERFLY MULTIPLE FLAT",
    }.items()
}
"""Enumerated values and defined terms (PS3.3) that coded attributes may take; a value outside them
is not shown."""

_ONLY_RETAINED = frozenset(
    {*RETAINABLE["uids"], "StudyDescription", "SeriesDescription", "ProtocolName"}
)

_BODY_PART_TEXTS = (
    "BodyPartExamined",
    "ProtocolName",
    "SeriesDescription",
    "StudyDescription",
    "AcquisitionDeviceProcessingDescription",
    "PerformedProcedureStepDescription",
    "RequestedProcedureDescription",
    "ViewPosition",
)
"""Where a body part may be named, in order of trust. Only the part it was read as leaves, never a
description."""

_MAX_AGE_YEARS = 90
_VALUE_HIDDEN = "***"
_LARGEST_NUMBER = 1_000_000
"""No attribute kept has a larger value; a record number typed into one of them often does."""
_SIGNIFICANT_DIGITS = 6

_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
"""Secondary Capture Image Storage; its multi-frame kinds begin with it and a dot."""
_PAINTED = frozenset({"ES", "OT", "SC", "US", "XC"})
"""Modalities whose pixels commonly hold text."""


def public_columns(
    dataset: pydicom.Dataset, pseudonyms: Pseudonyms, patient_id: str, retain: tuple[str, ...] = ()
) -> Row:
    """The columns of schema.DICOM_COLUMNS that may leave, with what is hidden as null or ***; and
    the body part.

    patient_id: our pseudonym, which fixes how far the patient's dates move. retain: names of
    RETAINABLE that leave as they are.
    """
    raw = {keyword for name in retain for keyword in RETAINABLE[name]}
    columns: dict[str, Any] = {}
    for keyword, form in DICOM_COLUMNS.items():
        source = dataset.file_meta if keyword == "TransferSyntaxUID" else dataset
        found: list[Any] = (
            _raw(source, keyword)
            if keyword in raw and form.vr != "DA"
            else _column(source, keyword, form.vr)
        )
        if form.vr == "DA" and keyword not in raw:
            found = [_moved(day, pseudonyms.days_earlier(patient_id)) for day in found]
        columns[keyword] = (found or None) if form.vm != "1" else (found[0] if found else None)
    part = find_body_part(
        [(keyword, header.text(dataset, keyword)) for keyword in _BODY_PART_TEXTS]
    )
    return {
        **cast(Row, columns),
        "body_part": part.part,
        "body_part_source": part.source,
        "body_part_score": part.score,
    }


def is_secondary_capture(dataset: pydicom.Dataset) -> bool:
    """A picture of a screen or of paper (PS3.4 B.5), which commonly shows a name."""
    kind = str(header.text(dataset, "SOPClassUID"))
    return kind == _CAPTURES or kind.startswith(_CAPTURES + ".")


def burned_in_risk(dataset: pydicom.Dataset) -> str:
    """How likely text about a person stands in the pixels: `high` where the header says YES, on
    secondary captures and secondary images, and for modalities that paint text; `low` where none of
    this is so and the header says NO; else `medium` (PS3.3 C.7.6.1.1, C.8.6.1)."""
    said = header.text(dataset, "BurnedInAnnotation")
    secondary = (
        "SECONDARY" in {str(value) for value in header.values(dataset, "ImageType")}
        or "ConversionType" in dataset
    )
    if (
        said == "YES"
        or secondary
        or is_secondary_capture(dataset)
        or header.text(dataset, "Modality") in _PAINTED
    ):
        return "high"
    return "low" if said == "NO" else "medium"


def modality_shown(dataset: pydicom.Dataset) -> str:
    """Modality where it is one of DICOM's, else `unknown`."""
    found = header.text(dataset, "Modality")
    return found if found in MODALITIES else "unknown"


def _column(dataset: pydicom.Dataset, keyword: str, vr: str) -> list[Any]:
    if vr == "DS":
        numbers = [shown_number(value) for value in header.numbers(dataset, keyword) or []]
        return [] if None in numbers else numbers
    if vr in ("IS", "US"):
        whole = header.integer(dataset, keyword)
        return [] if whole is None or shown_number(whole) is None else [whole]
    texts = [str(value).strip(" \0") for value in header.values(dataset, keyword)]
    if vr == "DA":
        return [day for day in map(_date, texts) if day is not None]
    if keyword in _FILTERS:
        shown = [_FILTERS[keyword](value) for value in texts]
    elif keyword in _ONLY_RETAINED:
        shown = []
    elif vr == "UI":
        shown = [value if value in UID_dictionary else None for value in texts]
    else:
        shown = [_term(keyword, value) for value in texts]
    return [value for value in shown if value]


def shown_number(value: float) -> float | None:
    """A number as it may leave: up to a million and six significant digits measure anything on a
    film, more may name a person."""
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}") if abs(value) <= _LARGEST_NUMBER else None


def _raw(dataset: pydicom.Dataset, keyword: str) -> list[str]:
    """A text as it stands, for `--retain`."""
    value = header.text(dataset, keyword)
    return [value] if value else []


def _term(keyword: str, value: str) -> str | None:
    """A coded value if it is one of its terms. Of several values a strange one leaves a mark, so
    that positions stay."""
    if value in _TERMS[keyword]:
        return value
    return _VALUE_HIDDEN if DICOM_COLUMNS[keyword].vm != "1" else None


def _date(value: str) -> datetime.date | None:
    """A DA value (PS3.5 section 6.2), with the dots of ACR-NEMA allowed."""
    try:
        return datetime.datetime.strptime(value.replace(".", ""), "%Y%m%d").date()
    except ValueError:
        return None


def _moved(day: datetime.date, days_earlier: int) -> datetime.date:
    return datetime.date.fromordinal(max(1, day.toordinal() - days_earlier))


def _age(value: str) -> str | None:
    """An AS value (PS3.5 section 6.2) that stops at 90 years: the few older are as good as
    named."""
    if not re.fullmatch(r"[0-9]{3}[DWMY]", value):
        return None
    years = int(value[:3]) / {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}[value[3]]
    return value if years < _MAX_AGE_YEARS else f"{_MAX_AGE_YEARS:03d}Y"


_FILTERS: dict[str, Callable[[str], str | None]] = {
    "Modality": lambda value: value if value in MODALITIES else None,
    "BodyPartExamined": mask_text,
    "ViewPosition": lambda value: mask_text(value, ("views", "sides", "fillers")),
    "Manufacturer": lambda value: mask_text(value, ("makers",)),
    "ManufacturerModelName": lambda value: mask_text(value, ("models", "makers")),
    "PatientAge": _age,
}
