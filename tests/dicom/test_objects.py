"""Which files hold no image by their nature, and which have lost theirs."""

import pytest
from pydicom.dataset import Dataset

from radprep.dicom.header import read_header
from radprep.dicom.objects import is_without_pixels, refuse_lost_pixels
from radprep.errors import Failure
from tests.made import PLAIN, make_dicom

ROOT = "1.2.840.10008.5.1.4.1.1."
OBJECTS = {
    "SR": "88.11",
    "KO": "88.59",
    "PR": "11.1",
    "RTPLAN": "481.5",
    "RTSTRUCT": "481.3",
    "PDF": "104.1",
    "CDA": "104.2",
    "raw data": "66",
    "ECG": "9.1.1",
}
NO_IMAGE = dict.fromkeys(
    (
        *("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"),
        *("SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation"),
    )
)


def is_object(data: bytes) -> bool:
    return is_without_pixels(data, read_header(data))


@pytest.mark.parametrize("end", OBJECTS.values(), ids=OBJECTS)
@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_an_object_of_another_kind_has_no_pixels(end: str, syntax: str) -> None:
    assert is_object(make_dicom(SOPClassUID=ROOT + end, syntax=syntax, **NO_IMAGE))
    assert is_object(make_dicom(SOPClassUID=ROOT + end, PixelData=None))


@pytest.mark.parametrize("end", ["1", "1.1", "1.1.1", "7", "12.1", "2"])
@pytest.mark.parametrize("pixels", [None, b""])
def test_an_image_that_lost_its_pixels_is_a_fault(end: str, pixels: bytes | None) -> None:
    assert not is_object(make_dicom(SOPClassUID=ROOT + end, PixelData=pixels))
    assert not is_object(make_dicom(SOPClassUID=ROOT + end, **NO_IMAGE))


def test_an_image_without_size_and_pixels_lost_its_pixels() -> None:
    lost = make_dicom(**NO_IMAGE)
    with pytest.raises(Failure) as failure:
        refuse_lost_pixels(lost, read_header(lost))
    assert failure.value.code == "no_pixel_data"
    for data in (make_dicom(Rows=None), make_dicom(PixelData=None)):
        refuse_lost_pixels(data, read_header(data))


def test_of_an_unknown_class_the_attributes_tell() -> None:
    siemens = "1.3.12.2.1107.5.9.1"
    assert is_object(make_dicom(SOPClassUID=siemens, **NO_IMAGE))
    assert not is_object(make_dicom(SOPClassUID=siemens, PixelData=None))
    assert not is_object(make_dicom(SOPClassUID=siemens))


@pytest.mark.parametrize("keyword", ["PixelData", "FloatPixelData", "DoubleFloatPixelData"])
def test_what_has_pixels_is_no_object_without(keyword: str) -> None:
    pixels = {"PixelData": None, keyword: b"\1" * 64}
    assert not is_object(make_dicom(SOPClassUID=ROOT + "66.4", **pixels))
    assert not is_object(make_dicom(SOPClassUID=ROOT + "88.11", **pixels))


def test_an_object_that_breaks_off_is_left_to_the_decoders() -> None:
    item = Dataset()
    item.TextValue = "x" * 200
    whole = make_dicom(SOPClassUID=ROOT + "88.11", ContentSequence=[item], **NO_IMAGE)
    assert is_object(whole)
