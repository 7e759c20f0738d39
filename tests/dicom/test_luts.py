from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from radprep.dicom import header
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.luts import GreyTable, grey_table
from radprep.dicom.pixel_format import PixelFormat
from tests.made import PLAIN, make_dicom

ANY = np.zeros((2, 2), np.uint16)


def make_table(
    codes: np.ndarray = ANY,
    *,
    stored: int = 12,
    signed: bool = False,
    bits: int = 8,
    photometric: str = "MONOCHROME2",
    **attributes: object,
) -> GreyTable:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    form = PixelFormat(
        *codes.shape, 1, photometric, 16, stored, stored - 1, signed, 1, "1.2.840.10008.1.2.1"
    )
    return grey_table(dataset, form, codes, bits)


def grey_of(x: int, **options: object) -> int:
    return int(make_table(**options).table[x % (1 << options.get("stored", 12))])


def lut(
    entries: list[int] | bytes, first: int, bits: int, length: int | None = None, vr: str = "US"
) -> Dataset:
    item = Dataset()
    item.add_new(
        "LUTDescriptor",
        "SS" if first < 0 else "US",
        [len(entries) if length is None else length, first, bits],
    )
    item.add_new("LUTData", vr, entries)
    return item


def by_the_standard(function: str, x: float, center: float, width: float, top: float) -> float:
    """PS3.3 C.11.2.1.2.1, C.11.2.1.3.1 and C.11.2.1.3.2, with an output range of 0 to top."""
    if function == "SIGMOID":
        return top / (1 + math.exp(-4 * (x - center) / width))
    if function == "LINEAR_EXACT":
        if x <= center - width / 2:
            return 0
        return top if x > center + width / 2 else ((x - center) / width + 0.5) * top
    if x <= center - 0.5 - (width - 1) / 2:
        return 0
    return (
        top
        if x > center - 0.5 + (width - 1) / 2
        else ((x - (center - 0.5)) / (width - 1) + 0.5) * top
    )


# By hand: LINEAR maps [c - w/2, c + w/2 - 1] to the full range, LINEAR_EXACT [c - w/2, c + w/2],
# SIGMOID is 255 / (1 + e) at c - w/4.
@pytest.mark.parametrize(
    ("function", "x", "grey"),
    [
        ("LINEAR", 0, 0),
        ("LINEAR", 1000, 0),
        ("LINEAR", 1255, 255),
        ("LINEAR", 1100, 100),
        ("LINEAR", 4095, 255),
        ("LINEAR_EXACT", 1000, 0),
        ("LINEAR_EXACT", 1128, 128),
        ("LINEAR_EXACT", 1256, 255),
        ("LINEAR_EXACT", 1064, 64),
        ("SIGMOID", 1128, 128),
        ("SIGMOID", 1064, 69),
        ("SIGMOID", 1192, 186),
        ("SIGMOID", 0, 0),
        ("SIGMOID", 4095, 255),
    ],
)
def test_window_by_hand(function: str, x: int, grey: int) -> None:
    found = make_table(WindowCenter=1128, WindowWidth=256, VOILUTFunction=function)
    assert found.table[x] == grey
    assert found.applied == {
        "modality_lut": "none",
        "voi": "window",
        "function": function,
        "center": 1128.0,
        "width": 256.0,
        "monochrome1": False,
        "photometric": "MONOCHROME2",
    }


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("center", "width"), [(300, 200), (0, 1), (-50.5, 33.25), (512, 2), (511.5, 1023), (1e6, 10)]
)
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_window_by_the_standard(
    function: str, center: float, width: float, signed: bool, bits: int
) -> None:
    top = (1 << bits) - 1
    found = make_table(
        stored=10,
        signed=signed,
        bits=bits,
        WindowCenter=center,
        WindowWidth=width,
        VOILUTFunction=function,
    ).table
    assert found.dtype == (np.uint8 if bits == 8 else np.uint16)
    for code in range(0, 1024, 7):
        x = code - 1024 if signed and code >= 512 else code
        expected = (
            by_the_standard(function, x, center, width, top)
            if abs(x - center) / width < 100
            else top * (x > center)
        )
        assert abs(found[code] - expected) <= 0.5 + 1e-6


def test_the_first_of_several_windows_counts() -> None:
    several = make_table(WindowCenter=[100, 2000], WindowWidth=[50, 4000])
    assert (several.table == make_table(WindowCenter=100, WindowWidth=50).table).all()


@pytest.mark.parametrize(
    ("center", "width"),
    [
        (b"junk\\100 ", b"9\\50"),
        (b"\\100", b"\\50 "),
        (b"1\\100", b"0\\50"),
        (b"1\\100", b"x\\50"),
        (b"1e999\\100\\7", b"5\\50\\z "),
        (b"100\\junk", b"50\\x "),
        (b"nan\\100 ", b"5\\50"),
        (b"100 ", b"50\\60 "),
        (b"100\\200 ", b"50"),
    ],
)
@pytest.mark.parametrize("syntax", PLAIN[:3], ids=lambda uid: uid.keyword)
def test_one_spoilt_value_does_not_cost_the_other_windows(
    syntax: str, center: bytes, width: bytes
) -> None:
    data = make_dicom(syntax=syntax, WindowCenter="1" * len(center), WindowWidth="2" * len(width))
    pad = [b" " * (len(value) % 2) for value in (center, width)]
    data = data.replace(b"1" * len(center) + pad[0], center + pad[0]).replace(
        b"2" * len(width) + pad[1], width + pad[1]
    )
    parsed = header.read_header(data)
    found = grey_table(parsed, pixel_format(parsed, 10**6, 100), ANY, 8)
    assert (found.applied["voi"], found.applied["center"], found.applied["width"]) == (
        "window",
        100.0,
        50.0,
    )


@pytest.mark.parametrize("center", [b"junk", b"a\\b ", b"\xff\xfe\\1", b"\\\\  "])
def test_nothing_but_spoilt_values_is_no_window(center: bytes) -> None:
    data = make_dicom(WindowCenter="1111", WindowWidth="50").replace(b"1111", center)
    parsed = header.read_header(data)
    assert (
        grey_table(parsed, pixel_format(parsed, 10**6, 100), ramp_with([]), 8).applied["voi"]
        == "percentiles"
    )


VOI = {"WindowCenter": 1500, "WindowWidth": 100}


@pytest.mark.parametrize(
    ("window", "with_voi", "without"),
    [
        ("auto", "window", "percentiles"),
        ("dicom", "window", "full"),
        ("percentile", "percentiles", "percentiles"),
        ("full", "full", "full"),
    ],
)
def test_what_is_shown_is_what_is_asked_for(window: str, with_voi: str, without: str) -> None:
    for attributes, expected in (
        (VOI, with_voi),
        ({}, without),
        (
            {"VOILUTSequence": [lut([0, 255], 1500, 8)]},
            "table" if with_voi == "window" else with_voi,
        ),
    ):
        dataset = Dataset()
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        codes = ramp_with([])
        form = PixelFormat(
            *codes.shape, 1, "MONOCHROME2", 16, 12, 11, False, 1, "1.2.840.10008.1.2.1"
        )
        assert grey_table(dataset, form, codes, 8, window).applied["voi"] == expected


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(
    ("attributes", "low", "high"),
    [
        ({}, 0, 4095),
        ({"RescaleSlope": -2, "RescaleIntercept": 10}, -8180, 10),
        ({"ModalityLUTSequence": [lut([7, 300, 50], 0, 16)]}, 7, 300),
    ],
)
def test_the_full_range_is_what_the_stored_bits_can_mean(
    attributes: dict[str, object], low: int, high: int, bits: int
) -> None:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    form = PixelFormat(2, 2, 1, "MONOCHROME2", 16, 12, 11, False, 1, "1.2.840.10008.1.2.1")
    found = grey_table(dataset, form, ANY, bits, "full")
    assert {name: found.applied[name] for name in ("voi", "low", "high")} == {
        "voi": "full",
        "low": low,
        "high": high,
    }
    assert (found.table.min(), found.table.max()) == (0, (1 << bits) - 1)


def test_width_of_one_is_a_threshold() -> None:
    table = make_table(WindowCenter=100, WindowWidth=1).table
    assert table[99] == 0
    assert table[100] == 255


@pytest.mark.parametrize(
    "window",
    [
        {"WindowCenter": 100, "WindowWidth": 0},
        {"WindowCenter": 100, "WindowWidth": -5},
        {"WindowCenter": 100, "WindowWidth": 0.5},
        {"WindowCenter": 100},
        {"WindowWidth": 100},
        {"WindowCenter": 1, "WindowWidth": 0, "VOILUTFunction": "SIGMOID"},
    ],
)
def test_an_unusable_window_falls_back_to_percentiles(window: dict[str, object]) -> None:
    codes = np.arange(1000, 2000, dtype=np.uint16).reshape(20, 50)
    assert make_table(codes, **window).applied["voi"] == "percentiles"


@pytest.mark.parametrize(
    ("entries", "bits"), [([0, 128, 255], 8), ([0, 2056, 4095], 12), ([0, 32896, 65535], 16)]
)
def test_voi_lut_is_scaled_by_its_bits_and_clamped_at_its_ends(
    entries: list[int], bits: int
) -> None:
    table = make_table(VOILUTSequence=[lut(entries, 10, bits)], WindowCenter=1, WindowWidth=9)
    assert table.applied["voi"] == "table"
    assert [int(table.table[x]) for x in (0, 10, 11, 12, 13, 4095)] == [0, 0, 128, 255, 255, 255]


@pytest.mark.parametrize(
    "data", [bytes([0, 0, 128, 0, 255, 0]), bytes([0, 128, 255, 0]), bytes([0, 128, 255, 9, 9])]
)
def test_entries_of_eight_bits_may_take_a_byte_or_a_word(data: bytes) -> None:
    table = make_table(VOILUTSequence=[lut(data, 0, 8, 3, "OW")]).table
    assert [int(table[x]) for x in (0, 1, 2, 3)] == [0, 128, 255, 255]


def test_a_length_of_zero_means_65536_entries() -> None:
    table = make_table(
        stored=16,
        bits=16,
        VOILUTSequence=[lut(np.arange(65536, dtype="<u2")[::-1].tobytes(), 0, 16, 0, "OW")],
    ).table
    assert (table == np.arange(65536)[::-1]).all()


@pytest.mark.parametrize(
    "item",
    [
        lut(b"", 0, 8, 2, "OW"),
        lut(b"\1", 0, 8, 2, "OW"),
        lut(["A", "B"], 0, 8, vr="LO"),
        lut(["NaN", "1"], 0, 8, vr="DS"),
    ],
)
@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
def test_an_unusable_lut_is_ignored(keyword: str, item: Dataset) -> None:
    found = make_table(**{keyword: [item]}, WindowCenter=100, WindowWidth=50)
    assert (found.applied["modality_lut"], found.applied["voi"]) == ("none", "window")
    assert found.marks == ("lut_unusable",)


@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
def test_an_empty_item_is_a_form_that_nobody_filled_in(keyword: str) -> None:
    item = Dataset()
    item.LUTExplanation, item.LUTDescriptor, item.LUTData = "NORMAL", None, None
    found = make_table(**{keyword: [item]}, WindowCenter=100, WindowWidth=50)
    assert (found.applied["modality_lut"], found.applied["voi"]) == ("none", "window")
    assert found.marks == ()


def test_modality_lut_comes_before_the_window_and_instead_of_a_rescale() -> None:
    table = make_table(
        ModalityLUTSequence=[lut([1000, 1255, 1100], 5, 16)],
        RescaleSlope=7,
        RescaleIntercept=7,
        WindowCenter=1128,
        WindowWidth=256,
    )
    assert table.applied["modality_lut"] == "table"
    assert [int(table.table[x]) for x in (0, 5, 6, 7, 8)] == [0, 0, 255, 100, 100]


def test_lut_of_signed_data_starts_below_zero() -> None:
    options = {"signed": True, "VOILUTSequence": [lut([0, 100, 255], -1, 8)]}
    assert [grey_of(x, **options) for x in (-2048, -1, 0, 1, 2047)] == [0, 0, 100, 255, 255]


@pytest.mark.parametrize("syntax", PLAIN)
@pytest.mark.parametrize("bits", [8, 16])
def test_lut_sequences_are_read_from_files_of_every_encoding(syntax: str, bits: int) -> None:
    entries = [(x * (7 if bits == 8 else 659)) % (1 << bits) for x in range(100)]
    words = np.array(entries, ">u2" if syntax == PLAIN[2] else "<u2").tobytes()
    for item in (lut(entries, -50, bits), lut(words, -50, bits, 100, "OW")):
        pixels = np.arange(-100, 100, dtype=np.int16).reshape(10, 20)
        data = make_dicom(
            pixels, syntax=syntax, bits=16, VOILUTSequence=[item], PixelRepresentation=1
        )
        parsed = header.read_header(data)
        form = pixel_format(parsed, 10**6, 100)
        [(codes, _)] = decode_frames(header.read_with_pixels(data, parsed), form, data)
        grey = grey_table(parsed, form, codes, bits).render(codes)
        assert grey.ravel().tolist() == [entries[min(max(x + 50, 0), 99)] for x in range(-100, 100)]


@pytest.mark.parametrize(
    ("slope", "intercept"), [(1, -1024), (0.25, 0), (2, 10), (-1, 4095), (0.001, -0.5)]
)
def test_rescale_comes_before_the_window(slope: float, intercept: float) -> None:
    found = make_table(
        RescaleSlope=slope, RescaleIntercept=intercept, WindowCenter=100, WindowWidth=300
    )
    assert found.applied["modality_lut"] == "rescale"
    for x in range(0, 4096, 37):
        assert (
            abs(found.table[x] - by_the_standard("LINEAR", x * slope + intercept, 100, 300, 255))
            <= 0.5 + 1e-6
        )


@pytest.mark.parametrize(
    "rescale",
    [
        {"RescaleSlope": 0, "RescaleIntercept": 5},
        {"RescaleSlope": 2},
        {"RescaleIntercept": 5},
        {"RescaleSlope": 1, "RescaleIntercept": 0},
        {"RescaleSlope": "1e308", "RescaleIntercept": 0},
        {"RescaleSlope": "1e306", "RescaleIntercept": "-1e308"},
    ],
)
def test_an_unusable_rescale_is_ignored(rescale: dict[str, object]) -> None:
    codes = np.arange(1000, dtype=np.uint16).reshape(20, 50)
    found = make_table(codes, **rescale)
    assert found.applied["modality_lut"] == "none"
    assert (found.table == make_table(codes).table).all()


@pytest.mark.parametrize(
    ("photometric", "shape", "turned"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME2", "INVERSE", True),
    ],
)
@pytest.mark.parametrize("bits", [8, 16])
def test_inversion_is_done_once_and_last(
    photometric: str, shape: str | None, turned: bool, bits: int
) -> None:
    options = {"WindowCenter": 1000, "WindowWidth": 500, "bits": bits}
    found = make_table(
        photometric=photometric, **options, **({"PresentationLUTShape": shape} if shape else {})
    )
    plain, top = make_table(**options).table.astype(int), (1 << bits) - 1
    assert found.applied["monochrome1"] is turned
    # a half may be rounded either way
    assert np.abs(found.table - (top - plain if turned else plain)).max() <= 1
    assert (found.table[0], found.table[4095]) == ((top, 0) if turned else (0, top))


def test_inversion_of_a_voi_lut() -> None:
    table = make_table(photometric="MONOCHROME1", VOILUTSequence=[lut([0, 100, 255], 0, 8)]).table
    assert table[:3].tolist() == [255, 155, 0]


def ramp_with(padding: list[int]) -> np.ndarray:
    return np.concatenate([np.arange(1000, 2000), np.repeat(padding, 500)]).astype(np.uint16)[None]


@pytest.mark.parametrize(
    ("padding", "attributes"),
    [
        ([], {}),
        ([0], {"PixelPaddingValue": 0}),
        ([4095], {"PixelPaddingValue": 4095}),
        ([0, 5, 9], {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 9}),
        ([9, 0], {"PixelPaddingValue": 9, "PixelPaddingRangeLimit": 0}),
    ],
)
def test_percentiles_ignore_padding(padding: list[int], attributes: dict[str, int]) -> None:
    found = make_table(ramp_with(padding), **attributes).applied
    assert (found["voi"], found["low"], found["high"]) == ("percentiles", 1004.0, 1994.0)


def test_padding_that_is_not_declared_counts() -> None:
    assert make_table(ramp_with([0])).applied["low"] == 0.0


@pytest.mark.parametrize(("vr", "value"), [("SS", -2000), ("US", 63536)])
def test_padding_of_signed_data_whatever_its_vr_says(vr: str, value: int) -> None:
    dataset = Dataset()
    dataset.add_new("PixelPaddingValue", vr, value)
    codes = ramp_with([(-2000) % 4096])
    form = PixelFormat(*codes.shape, 1, "MONOCHROME2", 16, 12, 11, True, 1, "1.2.840.10008.1.2.1")
    assert grey_table(dataset, form, codes, 8).applied["low"] == 1004.0


def test_percentiles_are_of_rescaled_values_and_clip_outliers() -> None:
    found = make_table(ramp_with([]), RescaleSlope=-2, RescaleIntercept=1)
    assert (found.applied["low"], found.applied["high"]) == (-3989.0, -2009.0)
    assert (found.table[1000], found.table[1005], found.table[1995], found.table[1999]) == (
        255,
        255,
        0,
        0,
    )


@pytest.mark.parametrize("bits", [8, 16])
def test_a_constant_film_stays_constant(bits: int) -> None:
    codes = np.full((5, 5), 777, np.uint16)
    assert len(np.unique(make_table(codes, bits=bits).render(codes))) == 1


def test_nothing_but_padding_is_recorded_as_such() -> None:
    found = make_table(np.zeros((3, 3), np.uint16), PixelPaddingValue=0)
    assert found.applied["voi"] == "none"
    assert not found.table.any()


def test_render_keeps_the_shape_and_8_bit_codes() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(8, 32)
    grey = make_table(codes, stored=8, WindowCenter=128, WindowWidth=256).render(codes)
    assert (grey == codes).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    stored=st.integers(8, 12),
    signed=st.booleans(),
    center=st.integers(-2000, 5000),
    width=st.integers(1, 5000),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    slope=st.sampled_from([1, 0.5, 2.25, -1, -0.125]),
    intercept=st.integers(-1100, 1100),
    mapped=st.none()
    | st.tuples(st.integers(0, 300), st.sampled_from([10, 12, 16]), st.integers(2, 600)),
)
def test_pydicom_agrees(
    stored: int,
    signed: bool,
    center: int,
    width: int,
    function: str,
    slope: float,
    intercept: int,
    mapped: tuple[int, int, int] | None,
) -> None:
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = (
        "MONOCHROME2",
        stored,
        int(signed),
    )
    if mapped:
        first, bits, length = mapped
        rng = np.random.default_rng(length)
        dataset.VOILUTSequence = [lut(rng.integers(0, 1 << bits, length).tolist(), first, bits)]
    else:
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
        dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = center, width, function
    form = PixelFormat(
        1, 1, 1, "MONOCHROME2", 16, stored, stored - 1, signed, 1, "1.2.840.10008.1.2.1"
    )
    ours = grey_table(dataset, form, ANY, 8).table
    codes = np.arange(1 << stored)
    values = np.where(codes >= 1 << stored - 1, codes - (1 << stored), codes) if signed else codes
    theirs = apply_voi_lut(apply_modality_lut(values, dataset), dataset).astype(float)
    low, high = (
        (0, (1 << mapped[1]) - 1)
        if mapped
        else (edge * slope + intercept for edge in (values.min(), values.max()))
    )
    assert np.abs(ours - (theirs - low) / (high - low) * 255).max() <= 1
