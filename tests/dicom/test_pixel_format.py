from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from radprep.dicom import header
from radprep.dicom.decode import Frame, decode_frames, pixel_format
from radprep.dicom.fitting import STRAY_BITS
from radprep.errors import Failure
from radprep.review_marks import REVIEW_MARKS
from tests.dicom.test_colour import coloured
from tests.made import make_dicom

FILM = np.arange(4096, dtype=np.uint16).reshape(64, 64)
JPEGXL = "1.2.840.10008.1.2.4.110"


def with_typed(syntax: str = ExplicitVRLittleEndian, **typed: object) -> bytes:
    """A film whose attributes are typed as texts; None: left out."""
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(FILM, syntax=syntax)))
    for keyword, value in typed.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            dataset.add_new(keyword, "LO" if isinstance(value, str) else "US", value)
    return saved(dataset)


def saved(dataset: FileDataset) -> bytes:
    buffer = io.BytesIO()
    with pydicom.config.disable_value_validation():
        dataset.save_as(buffer)
    return buffer.getvalue()


def read(data: bytes) -> Frame:
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**7, 100)
    return next(decode_frames(header.read_with_pixels(data, parsed), form, data))


def failure_of(data: bytes) -> Failure:
    with pytest.raises(Failure) as failure:
        read(data)
    return failure.value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("monochrome2", "MONOCHROME2"),
        ("Monochrome1", "MONOCHROME1"),
        ("MONOCHROME 2", "MONOCHROME2"),
        ("MONOCHROME_1", "MONOCHROME1"),
        ("\tMONOCHROME2 ", "MONOCHROME2"),
        ("mono1", "MONOCHROME1"),
        ("MONOCHROME2\\MONOCHROME2", "MONOCHROME2"),
    ],
)
def test_photometric_interpretations_as_makers_type_them(typed: str, meant: str) -> None:
    found = read(with_typed(PhotometricInterpretation=typed))
    assert found.how.form.photometric == meant
    assert (found.codes == FILM).all()


@pytest.mark.parametrize("typed", [None, "", "GRAYSCALE", "MONOCHROME1\\MONOCHROME2", "x" * 99])
def test_a_polarity_that_nobody_knows_is_not_guessed(typed: str | None) -> None:
    failure = failure_of(with_typed(PhotometricInterpretation=typed))
    assert failure.code == "unsupported_photometric"


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize(
    "typed",
    [
        {"SamplesPerPixel": None},
        {"PixelRepresentation": None},
        {"BitsStored": None},
        {"HighBit": None},
        {"BitsStored": "12", "HighBit": "11", "SamplesPerPixel": "1", "PixelRepresentation": "0"},
    ],
)
def test_attributes_that_are_missing_where_only_one_value_can_be(
    typed: dict[str, object], syntax: str
) -> None:
    assert (read(with_typed(syntax, **typed)).codes == FILM).all()


@pytest.mark.parametrize(
    ("keyword", "typed"),
    [
        ("Rows", "64"),
        ("Rows", [64, 64]),
        ("Columns", "64.0"),
        ("Columns", 0),
        ("BitsAllocated", "16"),
        ("SamplesPerPixel", 0),
        ("SamplesPerPixel", "one"),
    ],
)
def test_an_attribute_that_cannot_be_used_is_named(keyword: str, typed: object) -> None:
    photometric = "RGB" if keyword == "SamplesPerPixel" else "MONOCHROME2"
    data = with_typed(**{keyword: typed, "PhotometricInterpretation": photometric})
    failure = failure_of(data)
    assert (failure.code, failure.detail) == ("bad_pixel_attributes", keyword)


def test_colour_without_its_order_is_named() -> None:
    data = with_typed(PhotometricInterpretation="RGB", SamplesPerPixel=3)
    failure = failure_of(data)
    assert (failure.code, failure.detail) == ("bad_pixel_attributes", "PlanarConfiguration")


SIGNED = (FILM.astype(np.int32) - 2048).astype(np.int16)


@pytest.mark.parametrize(
    ("film", "stored", "attributes", "stray"),
    [
        (FILM, 12, {}, 0),
        (FILM, 10, {}, 3072),
        (FILM << 4, 12, {}, 3840),
        (FILM << 4, 12, {"HighBit": 15}, 0),
        (SIGNED, 12, {"PixelRepresentation": 1}, 0),
        (SIGNED.view(np.uint16) & 0xFFF, 12, {"PixelRepresentation": 1}, 0),
        (SIGNED, 10, {"PixelRepresentation": 1}, 3072),
        (FILM | 0x8000, 12, {}, 4096),
        (FILM | 0x8000, 12, {"overlay": 15}, 0),
        (FILM | 0x9000, 12, {"overlay": 15}, 4096),
        (FILM | 0x8000, 12, {"overlay": 0}, 4096),
        (SIGNED.view(np.uint16) & 0xFFF | 0x1000, 12, {"PixelRepresentation": 1, "overlay": 12}, 0),
    ],
)
def test_bits_above_those_stored(
    film: np.ndarray, stored: int, attributes: dict[str, int], stray: int
) -> None:
    attributes = {"BitsStored": stored, "HighBit": stored - 1, **attributes}
    place = attributes.pop("overlay", None)
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(FILM, **attributes)))
    dataset.PixelData = film.astype(film.dtype.newbyteorder("<")).tobytes()
    if place is not None:
        dataset.add_new((0x6002, 0x0102), "US", place)
    how = read(saved(dataset)).how
    assert how.seen.get("stray", 0) == stray
    assert (STRAY_BITS in how.marks) is bool(stray)
    assert f"convert:{STRAY_BITS}" in REVIEW_MARKS


def test_the_colours_that_a_jpeg_xl_stream_names_count() -> None:
    film = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    stream = imagecodecs.jpegxl_encode(film, lossless=True)
    found = {
        name: read(coloured([stream], film, JPEGXL, name)) for name in ("RGB", "XYB", "YBR_FULL")
    }
    assert (found["YBR_FULL"].codes == found["RGB"].codes).all()
    marks = {name: frame.how.marks for name, frame in found.items()}
    assert marks == {"RGB": (), "XYB": (), "YBR_FULL": ("stream_colour",)}
