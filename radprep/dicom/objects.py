"""What DICOM files hold that is no image: reports, presentation states, plans, documents.

They come with every export of an archive. That they have no pixels is as it should be; that an
image has none is a fault.
"""

from __future__ import annotations

import pydicom
from pydicom._uid_dict import UID_dictionary

from radprep.dicom import header
from radprep.dicom.modality import sop_class
from radprep.errors import Failure

_OF_IMAGES = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation")
"""Attributes that only images have (PS3.3 C.7.6.3)."""


def is_without_pixels(data: bytes, parsed: pydicom.Dataset) -> bool:
    """Whether a file holds no pixel data, and is no image whose pixel data is lost. data: its
    bytes; parsed: its header. Raises Failure: header_too_large."""
    return not _is_image(parsed) and not header.holds_pixels(data)


def refuse_lost_pixels(data: bytes, parsed: pydicom.Dataset) -> None:
    """Raises Failure no_pixel_data for an image that has neither a size nor pixels: that its size
    is missing would say less. data: its bytes; parsed: its header."""
    lacks_size = "Rows" not in parsed or "Columns" not in parsed
    if lacks_size and not header.holds_pixels(data):
        raise Failure("no_pixel_data")


def _is_image(parsed: pydicom.Dataset) -> bool:
    """By its SOP class (PS3.6 table A-1), and where that is not known by its other attributes."""
    known = UID_dictionary.get(sop_class(parsed))
    if known:
        return "Image Storage" in known[0]
    return any(keyword in parsed for keyword in _OF_IMAGES)
