"""What DICOM files hold that is no image: reports, presentation states, plans, documents.

They come with every export of an archive. That they have no pixels is as it should be; that an
image has none is a fault.
"""

from __future__ import annotations

import pydicom
from pydicom._uid_dict import UID_dictionary

from radprep.dicom import header
from radprep.dicom.modality import sop_class

_OF_IMAGES = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation")
"""Attributes that only images have (PS3.3 C.7.6.3)."""


def is_without_pixels(data: bytes, parsed: pydicom.Dataset) -> bool:
    """Whether a file holds no pixel data, and is no image whose pixel data is lost. data: its
    bytes; parsed: its header. Raises Failure: header_too_large."""
    return not _is_image(parsed) and not header.holds_pixels(data)


def _is_image(parsed: pydicom.Dataset) -> bool:
    """By its SOP class (PS3.6 table A-1), and where that is not known by its other attributes."""
    known = UID_dictionary.get(sop_class(parsed))
    if known:
        return "Image Storage" in known[0]
    return any(keyword in parsed for keyword in _OF_IMAGES)
