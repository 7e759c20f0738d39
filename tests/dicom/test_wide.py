from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, RLELossless

from radprep.dicom import header
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.luts import grey_table
from tests.dicom.test_decode import code_of_failure
from tests.dicom.test_fitting import values_of
from tests.made import PLAIN, arm, make_dicom

CELLS = np.zeros((30, 40), np.uint32)


def wide(values: np.ndarray, stored: int = 32, **attributes: object) -> bytes:
    """A film of cells of 32 bits."""
    order = ">" if attributes.get("syntax") == ExplicitVRBigEndian else "<"
    body = (values % (1 << stored)).astype(f"{order}u4").tobytes()
    numbers = {"BitsAllocated": 32, "BitsStored": stored, "HighBit": stored - 1}
    return make_dicom(np.zeros(values.shape, np.uint16), **numbers, PixelData=body, **attributes)


def real(values: np.ndarray, keyword: str = "FloatPixelData", **attributes: object) -> bytes:
    """A film of real numbers."""
    size = 4 if keyword == "FloatPixelData" else 8
    order = ">" if attributes.get("syntax") == ExplicitVRBigEndian else "<"
    absent = {"PixelData": None, "BitsStored": None, "HighBit": None, "PixelRepresentation": None}
    body = {keyword: values.astype(f"{order}f{size}").tobytes(), "BitsAllocated": 8 * size}
    film = np.zeros(values.shape[-2:], np.uint16)
    return make_dicom(film, **{**absent, **body, **attributes})


def noise(low: int, high: int, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).integers(low, high, CELLS.shape)
    values.flat[:2] = low, high - 1
    return values


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize(
    ("low", "high", "signed"),
    [
        (0, 4096, False),
        (2**31, 2**31 + 60_000, False),
        (-(2**31), -(2**31) + 60_000, True),
        (-2048, 2048, True),
    ],
)
def test_integers_of_32_bits_keep_every_value(
    syntax: str, low: int, high: int, signed: bool
) -> None:
    values = noise(low, high)
    found, how = values_of(wide(values, syntax=syntax, PixelRepresentation=int(signed)))
    assert (found == values).all()
    assert how.marks == ()


def test_integers_that_span_more_are_rounded_to_levels_where_the_values_are() -> None:
    values = noise(0, 5000).astype(np.int64)
    values[0, 0] = 4_000_000_000
    found, how = values_of(wide(values))
    assert np.abs(found - values).max() == 0
    assert how.seen["levels"] <= 65536
    even = noise(0, 2**32, seed=3)
    found, _ = values_of(wide(even))
    assert np.abs(found - even).max() <= 2**32 / 60_000


def test_few_bits_in_cells_of_32() -> None:
    values = noise(-2048, 2048)
    found, how = values_of(wide(values, stored=12, PixelRepresentation=1))
    assert (found == values).all()
    assert (how.form.stored, how.form.signed, how.form.levels) == (12, True, None)


def test_run_lengths_of_32_bits() -> None:
    values = noise(0, 70_000)
    source = values.astype(np.uint32)
    planes = source.astype(">u4").view(np.uint8).reshape(-1, 4).T
    segments = [
        b"".join(bytes([len(part) - 1]) + part for part in pieces_of(plane.tobytes()))
        for plane in planes
    ]
    starts = 64 + np.cumsum([0, *map(len, segments)])[:-1]
    frame = np.array([4, *starts, *[0] * 11], "<u4").tobytes() + b"".join(segments)
    data = wide_rle(frame)
    found, _ = values_of(data)
    assert np.abs(found - values).max() <= 1


def pieces_of(data: bytes) -> list[bytes]:
    return [data[start : start + 128] for start in range(0, len(data), 128)]


def wide_rle(frame: bytes) -> bytes:
    from tests.dicom.test_decode import film_of

    return film_of(
        [frame],
        CELLS.astype(np.uint16),
        RLELossless,
        BitsAllocated=32,
        BitsStored=32,
        HighBit=31,
    )


@pytest.mark.parametrize("keyword", ["FloatPixelData", "DoubleFloatPixelData"])
@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_real_numbers_become_levels(syntax: str, keyword: str) -> None:
    values = np.random.default_rng(1).normal(0.3, 0.1, CELLS.shape)
    data = real(values, keyword, syntax=syntax)
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**6, 100)
    [(codes, how)] = decode_frames(header.read_with_pixels(data, parsed), form, data)
    assert codes.dtype == np.uint16
    found = how.form.stored_values()[codes]
    assert np.abs(found - values).max() <= np.ptp(values) / 60_000
    grey = grey_table(parsed, how.form, codes, 8, "full").render(codes)
    expected = (values - values.min()) / np.ptp(values) * 255
    assert np.abs(grey - expected).max() <= 0.51


def test_pixels_that_are_no_numbers_are_counted() -> None:
    values = np.ones(CELLS.shape)
    values[:2, :3] = np.nan
    values[5, 5], values[6, 6], values[0, 0] = 9, -4, np.inf
    found, how = values_of(real(values))
    assert (how.marks, how.seen["not_finite"]) == (("not_finite_values",), 6)
    assert (found[0, 0], found[6, 6], found[5, 5]) == (-4, -4, 9)
    assert code_of_failure(real(np.full(CELLS.shape, np.nan))) == "decode_error"


def test_frames_of_real_numbers_have_levels_of_their_own() -> None:
    values = np.stack([np.full(CELLS.shape, 1.5), np.full(CELLS.shape, -8.0)])
    data = real(values, NumberOfFrames=2)
    parsed = header.read_header(data)
    whole = header.read_with_pixels(data, parsed)
    found = [
        how.form.stored_values()[codes].max()
        for codes, how in decode_frames(whole, pixel_format(parsed, 10**6, 100), data)
    ]
    assert found == [1.5, -8.0]


@pytest.mark.parametrize(
    "attributes", [{"BitsAllocated": 16}, {"BitsAllocated": 64}, {"SamplesPerPixel": 3}]
)
def test_real_numbers_under_another_header(attributes: dict[str, int]) -> None:
    if "SamplesPerPixel" in attributes:
        attributes = {**attributes, "PhotometricInterpretation": "RGB"}
    code = "bad_pixel_attributes" if "SamplesPerPixel" in attributes else "unsupported_bits"
    assert code_of_failure(real(np.ones(CELLS.shape), **attributes)) == code
    assert code_of_failure(real(np.ones((5, 4)), Rows=30, Columns=40)) == "truncated"


def test_padding_of_wide_pixels_is_not_looked_at() -> None:
    values = np.where(arm(30, 40, bits=8) > 100, 0.75, 0.25)
    values[:15] = -1e6
    data = real(values, FloatPixelPaddingValue=-1e6)
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**6, 100)
    [(codes, how)] = decode_frames(header.read_with_pixels(data, parsed), form, data)
    table = grey_table(parsed, how.form, codes, 8, "percentile")
    assert (table.applied["low"], table.applied["high"]) == pytest.approx((0.25, 0.75))


@pytest.mark.parametrize("bits", [24, 25])
def test_jpeg_2000_is_read_as_far_as_its_decoder_is_right(bits: int) -> None:
    from tests.dicom.test_decode import film_of

    values = noise(0, 60_000) + (1 << bits) - 60_000
    stream = imagecodecs.jpeg2k_encode(
        values.astype(np.uint32), codecformat="j2k", reversible=True, bitspersample=bits
    )
    film = film_of(
        [stream],
        CELLS.astype(np.uint16),
        JPEG2000Lossless,
        BitsAllocated=32,
        BitsStored=bits,
        HighBit=bits - 1,
    )
    if bits == 24:
        assert (values_of(film)[0] == values).all()
    else:
        assert code_of_failure(film) == "unsupported_bits"
