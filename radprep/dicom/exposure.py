"""What an image says of the exposure that it comes from: whether it is raw, when the detector was
read, and of which images it was made.

A digital detector may give two images of one exposure: the raw one, FOR PROCESSING, and one that
was made from it, FOR PRESENTATION (PS3.3 C.8.11.1).
"""

from __future__ import annotations

import re

import pydicom

from radprep.dicom import header
from radprep.dicom.modality import sop_class

PRESENTATION, PROCESSING = "FOR PRESENTATION", "FOR PROCESSING"

_PROCESSING_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{end}"
    for end in ("1.1.1", "1.2.1", "1.3.1", "13.1.5", "14.2", "501.2.2")
)
"""SOP classes whose names end in `For Processing` (PS3.6 table A-1)."""
_PRESENTATION_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("1.1", "1.2", "1.3", "13.1.4", "14.1", "501.2.1")
)
_SPACES = re.compile(r"[\s_-]+")
_MOST_SOURCES = 16
"""Images that one was made of, of which note is taken."""
_DAY = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?:\.[0-9]*)?")
"""TM (PS3.5 section 6.2) down to the second, with the colons of ACR-NEMA allowed."""
_DAY_AND_TIME = re.compile(r"([0-9]{8})([0-9]{6})(?:[.+-].*)?")
_NO_TIME = "000000"
"""What anonymisers write into every image."""


def intent_of(dataset: pydicom.Dataset) -> str | None:
    """PresentationIntentType, or what the SOP class says of it; None for the many images of which
    neither says anything, such as those of CR."""
    said = _SPACES.sub(" ", header.code(dataset, "PresentationIntentType") or "")
    for intent in (PRESENTATION, PROCESSING):
        if said in (intent, intent.removeprefix("FOR ")):
            return intent
    kind = sop_class(dataset)
    if kind in _PROCESSING_CLASSES:
        return PROCESSING
    return PRESENTATION if kind in _PRESENTATION_CLASSES else None


def moment_of(dataset: pydicom.Dataset) -> str | None:
    """When the image was acquired, to the second, or the UID of its irradiation event: equal for
    the images of one exposure. None where neither is told."""
    day, time = (header.text(dataset, one) or "" for one in ("AcquisitionDate", "AcquisitionTime"))
    whole = _DAY_AND_TIME.fullmatch(header.text(dataset, "AcquisitionDateTime") or "")
    clock = _TIME.fullmatch(time)
    found = "".join(clock.groups()) if clock else whole[2] if whole else _NO_TIME
    if found == _NO_TIME:
        return header.text(dataset, "IrradiationEventUID")
    return (day if _DAY.fullmatch(day) else whole[1] if whole else "") + found


def sources_of(dataset: pydicom.Dataset) -> list[str]:
    """The SOPInstanceUIDs of the images that this one was made of (PS3.3 C.7.6.1.1.4)."""
    items = header.values(dataset, "SourceImageSequence")[:_MOST_SOURCES]
    found = [
        header.text(item, "ReferencedSOPInstanceUID")
        for item in items
        if isinstance(item, pydicom.Dataset)
    ]
    return [uid for uid in found if uid]
