"""What may leave: deny by default. Only the columns of schema.py pass, each through its own filter.

docs/explanation/de-identification.md holds the result against the action table of PS3.15 Annex E; a
test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pydicom
from pydicom._uid_dict import UID_dictionary

from radprep.dataset.schema import DICOM_COLUMNS, Row
from radprep.dicom import dates, header, numbers
from radprep.dicom.exposure import intent_of
from radprep.dicom.modality import modality_of
from radprep.dicom.syntaxes import is_registered
from radprep.private.key import Pseudonyms
from radprep.text.bodypart import find_body_part, mask_text

RETAINABLE: dict[str, tuple[str, ...]] = {
    "dates": dates.DATES,
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
        "YBR_PARTIAL_420 YBR_ICT YBR_RCT XYB",
        "PresentationLUTShape": "IDENTITY INVERSE",
        "LossyImageCompression": "00 01",
        "PixelIntensityRelationship": "LIN LOG DISP",
        "VOILUTFunction": "LINEAR LINEAR_EXACT SIGMOID",
        "RescaleType": "OD HU US MGML Z_EFF ED EDW HU_MOD PCT",
        "DetectorType": "DIRECT SCINTILLATOR STORAGE FILM",
        "Grid": "NONE FIXED FOCUSED RECIPROCATING PARALLEL CROSSED IN OUT",
        "PixelSpacingCalibrationType": "GEOMETRY FIDUCIAL",
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

_VALUE_HIDDEN = "***"
_MOST_VALUES = {"ImageType": 3, "PatientOrientation": 2, "Grid": 3}
"""Of attributes with several coded values: how many leave, from the first on. PS3.3 says what the
first three of ImageType mean (C.7.6.1.1.2); a longer list could spell a text."""

_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
"""Secondary Capture Image Storage; its multi-frame kinds begin with it and a dot."""
_HARDCOPIES = frozenset({"1.2.840.10008.5.1.1.29", "1.2.840.10008.5.1.1.30"})
"""Retired: pictures of printed films, grey and coloured."""
_CAPTURE_ATTRIBUTES = (
    "ConversionType",
    "DateOfSecondaryCapture",
    "TimeOfSecondaryCapture",
    "SecondaryCaptureDeviceID",
    "SecondaryCaptureDeviceManufacturer",
    "SecondaryCaptureDeviceManufacturerModelName",
    "SecondaryCaptureDeviceSoftwareVersions",
    "VideoImageFormatAcquired",
    "DigitalImageFormatAcquired",
    "HardcopyCreationDeviceID",
    "HardcopyDeviceManufacturer",
    "HardcopyDeviceSoftwareVersion",
    "HardcopyDeviceManufacturerModelName",
)
"""SC Equipment and Hardcopy Equipment (PS3.3 C.8.6.1, C.8.16.1): one of them says that the image
was converted, whatever else the header says."""
_CAPTURED = ("SECONDARY", "SCREEN")
"""Words in ImageType of such images; some machines write SCREEN SAVE, or both values as one."""
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
    moved = dates.moved_dates(dataset, pseudonyms.days_earlier(patient_id))
    columns: dict[str, Any] = {}
    for keyword, form in DICOM_COLUMNS.items():
        if form.vr == "DA":
            columns[keyword] = (
                dates.retained_date(dataset, keyword) if keyword in raw else moved[keyword]
            )
            continue
        source = dataset.file_meta if keyword == "TransferSyntaxUID" else dataset
        found = _raw(source, keyword) if keyword in raw else _column(source, keyword, form.vr)
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
    """A picture of a screen or of paper (PS3.4 B.5), which commonly shows a name. The data set says
    so, or the file meta information, whichever is there."""
    meta = getattr(dataset, "file_meta", None) or pydicom.Dataset()
    kinds = (
        str(header.text(dataset, "SOPClassUID")),
        str(header.text(meta, "MediaStorageSOPClassUID")),
    )
    return any(
        kind == _CAPTURES or kind.startswith(_CAPTURES + ".") or kind in _HARDCOPIES
        for kind in kinds
    )


def burned_in_risk(dataset: pydicom.Dataset) -> str:
    """How likely text about a person stands in the pixels: `high` where the header says YES, on
    secondary captures and secondary images, and for modalities that paint text; `low` where none of
    this is so and the header says NO; else `medium` (PS3.3 C.7.6.1.1, C.8.6.1)."""
    said = header.codes(dataset, "BurnedInAnnotation")
    if (
        any(value.startswith("Y") for value in said)
        or any(word in value for value in header.codes(dataset, "ImageType") for word in _CAPTURED)
        or any(keyword in dataset for keyword in _CAPTURE_ATTRIBUTES)
        or is_secondary_capture(dataset)
        or modality_of(dataset).term in _PAINTED
    ):
        return "high"
    return "low" if set(said) == {"NO"} else "medium"


def _column(dataset: pydicom.Dataset, keyword: str, vr: str) -> list[Any]:
    """The values of an attribute that may leave."""
    if vr == "DS":
        return numbers.shown_numbers(dataset, keyword)
    if vr == "IS" and DICOM_COLUMNS[keyword].vm != "1":
        found = numbers.shown_numbers(dataset, keyword)
        return [int(value) for value in found] if all(value.is_integer() for value in found) else []
    if vr in ("IS", "US"):
        whole = numbers.shown_number(dataset, keyword)
        return [] if whole is None else [whole]
    if keyword in _READ:
        read = _READ[keyword](dataset)
        return [read] if read else []
    if keyword in _TERMS:
        return _terms(dataset, keyword)
    if keyword in _ONLY_RETAINED:
        return []
    texts = [str(value).strip(" \0") for value in header.values(dataset, keyword)[:1]]
    shown = [
        _registered(keyword, text) if vr == "UI" else _FILTERS[keyword](text) for text in texts
    ]
    return [value for value in shown if value]


def _raw(dataset: pydicom.Dataset, keyword: str) -> list[str]:
    """A text as it stands, for `--retain`."""
    value = header.whole_text(dataset, keyword)
    return [value] if value else []


def _terms(dataset: pydicom.Dataset, keyword: str) -> list[str]:
    """Coded values that are terms of their attribute. Of several values a strange one leaves a
    mark, so that positions stay."""
    several = DICOM_COLUMNS[keyword].vm != "1"
    found = header.codes(dataset, keyword)[: _MOST_VALUES.get(keyword, 1)]
    marked = [
        value if value in _TERMS[keyword] else _VALUE_HIDDEN if several and value else None
        for value in found
    ]
    return [value for value in marked if value]


def _registered(keyword: str, uid: str) -> str | None:
    """The UID of a SOP class or transfer syntax, if PS3.6 registers it as such."""
    if keyword == "TransferSyntaxUID":
        return uid if is_registered(uid) else None
    known = UID_dictionary.get(uid)
    return uid if known and known[1] == "SOP Class" else None


def shown_view(text: str) -> str | None:
    """A view as it may leave: words of the vocabulary, and *** where it holds anything else."""
    return mask_text(text, ("views", "sides", "fillers"))


_FILTERS: dict[str, Callable[[str], str | None]] = {
    "BodyPartExamined": mask_text,
    "ViewPosition": shown_view,
    "Manufacturer": lambda value: mask_text(value, ("makers",)),
    "ManufacturerModelName": lambda value: mask_text(value, ("models", "makers")),
}

_READ: dict[str, Callable[[pydicom.Dataset], str | None]] = {
    "Modality": lambda dataset: modality_of(dataset).term,
    "PatientAge": lambda dataset: dates.shown_age(dataset)[0],
    "PresentationIntentType": intent_of,
}
"""Attributes whose column more than one attribute decides on."""
