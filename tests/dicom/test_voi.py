"""What is shown of a film where its header asks for too little, for nothing that can be read, or
for something else in each frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from radprep.dicom import header, voi
from radprep.dicom.decode import decode_frames, pixel_format
from radprep.dicom.luts import GreyTable, grey_table
from tests.made import arm, convert, make_dicom, rows

RAMP = np.tile(np.rint(np.linspace(0, 4095, 64)), (8, 1)).astype(np.uint16)
RISING = np.linspace(0, 255, 64)


def lut(entries: Any, first: int = 0, bits: int = 12, count: int | None = None) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(entries) if count is None else count, first, bits]
    item.add_new("LUTData", "OW", np.asarray(entries, "<u2").tobytes())
    return item


def shown(data: bytes, window: str = "auto") -> list[tuple[np.ndarray, GreyTable]]:
    """Grey values of the first row of each frame, and its table."""
    parsed = header.read_header(data)
    form = pixel_format(parsed, 10**6, 100)
    frames = decode_frames(header.read_with_pixels(data, parsed), form, data)
    tables = [
        (codes, grey_table(parsed, form, codes, 8, window, frame))
        for frame, (codes, _) in enumerate(frames)
    ]
    return [(table.render(codes)[0].astype(int), table) for codes, table in tables]


def film(pixels: np.ndarray = RAMP, window: str = "auto", **attributes: Any) -> Any:
    [found] = shown(make_dicom(pixels, **attributes), window)
    return found


FAR = {"WindowCenter": 9000, "WindowWidth": 100}
WIDE = {"WindowCenter": 20000, "WindowWidth": 40000}


@pytest.mark.parametrize(
    ("attributes", "refused", "least", "most"),
    [
        (FAR, "window", 0, 0),
        (WIDE, "window", 0.09, 0.11),
        ({"VOILUTSequence": [lut(np.full(4096, 7))]}, "table", 0, 0),
        ({"VOILUTSequence": [lut(np.linspace(3500, 4095, 4096).astype(int))]}, "table", 0.1, 0.2),
        ({"VOILUTSequence": [lut(range(100), first=5000)]}, "table", 0, 0),
        ({"VOILUTSequence": [lut(range(100), count=4096)]}, "table", 0, 0.03),
    ],
)
def test_what_leaves_a_film_little_of_the_grey_range_falls_back_and_is_marked(
    attributes: dict[str, Any], refused: str, least: float, most: float
) -> None:
    grey, table = film(**attributes)
    assert np.abs(grey - RISING).max() <= 2
    assert (table.applied["voi"], table.applied["refused"]) == ("percentiles", refused)
    assert least <= table.applied["refused_range"] <= most
    assert "narrow_voi" in table.marks


@pytest.mark.parametrize(
    ("attributes", "voi_of_film"),
    [
        ({"WindowCenter": [9000, 2048], "WindowWidth": [100, 4096]}, "window"),
        (
            {"VOILUTSequence": [lut([7] * 4096)], "WindowCenter": 2048, "WindowWidth": 4096},
            "window",
        ),
        ({"VOILUTSequence": [lut([7] * 4096), lut(range(4096))]}, "table"),
    ],
)
def test_the_next_voi_of_the_file_comes_first(attributes: dict[str, Any], voi_of_film: str) -> None:
    grey, table = film(**attributes)
    assert np.abs(grey - RISING).max() <= 1
    assert table.applied["voi"] == voi_of_film
    assert table.applied["refused_range"] == 0
    assert "narrow_voi" in table.marks


def test_a_table_whose_first_value_was_meant_to_have_the_other_sign() -> None:
    # as a signed number the first value is -1024; the Standard has it unsigned, at 64512
    pixels = np.tile(np.rint(np.linspace(0, 3071, 64)), (8, 1)).astype(np.uint16)
    grey, table = film(pixels, bits=16, VOILUTSequence=[lut(range(4095, -1, -1), first=64512)])
    assert np.abs(grey - (4095 - 1024 - pixels[0].astype(int)) / 4095 * 255).max() <= 1
    assert table.applied["voi_lut_faults"] == ["first_value_sign"]
    assert table.marks == ("lut_mended", "narrow_voi")


def test_a_film_that_shows_nothing_keeps_its_window() -> None:
    noise = np.random.default_rng(0).normal(1000, 5, (60, 60)).astype(np.uint16)
    for pixels in (noise, np.full((60, 60), 1000, np.uint16)):
        _, table = film(pixels, WindowCenter=2048, WindowWidth=4096)
        assert (table.applied["voi"], table.marks) == ("window", ())


@pytest.mark.parametrize(("least", "most"), [(2000, 2200), (300, 400), (0, 40)])
def test_a_film_of_low_contrast_shows_something(least: int, most: int) -> None:
    pixels = np.tile(np.linspace(least, most, 200), (200, 1)).astype(np.uint16)
    grey, table = film(pixels, WindowCenter=2048, WindowWidth=4096)
    assert table.applied["voi"] == "percentiles"
    assert table.applied["refused_range"] < 0.05
    assert (grey.min(), grey.max()) == (0, 255)


def test_padding_and_a_marker_do_not_count_as_the_film() -> None:
    pixels = np.tile(np.linspace(3000, 3900, 200), (200, 1)).astype(np.uint16)
    pixels[:, :60] = 0
    pixels[:10, 100:140] = 10  # a letter
    _, table = film(pixels, PixelPaddingValue=0, WindowCenter=800, WindowWidth=1600)
    assert table.applied["refused_range"] == 0
    assert table.marks == ("narrow_voi",)


@pytest.mark.parametrize("window", voi.WINDOWS)
def test_a_window_that_leaves_little_can_be_insisted_on(window: str) -> None:
    _, table = film(window=window, **FAR)
    assert (
        table.applied["voi"]
        == {"auto": "percentiles", "dicom": "window", "percentile": "percentiles", "full": "full"}[
            window
        ]
    )
    assert table.marks == (("narrow_voi",) if window in ("auto", "dicom") else ())


@pytest.mark.parametrize(
    ("entries", "window"),
    [
        (np.linspace(600, 0, 4096).astype(int), "auto"),
        (np.linspace(4095, 0, 4096).astype(int), "percentile"),
        (np.linspace(4095, 0, 4096).astype(int), "full"),
    ],
)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_falling_table_that_is_not_used_leaves_its_polarity(
    entries: np.ndarray, window: str, photometric: str
) -> None:
    entries[1] = 4095  # which no pixel shows: the table uses all its bits
    made = lut(entries)
    grey, table = film(window=window, VOILUTSequence=[made], PhotometricInterpretation=photometric)
    expected = RISING if photometric == "MONOCHROME1" else 255 - RISING
    assert np.abs(grey - expected).max() <= 2
    assert table.applied["falling"] is True


def patched(center: bytes, width: bytes, keyword: str = "Window", **attributes: Any) -> bytes:
    """A film whose window, or rescale, is written as these bytes."""
    names = {
        "Window": ("WindowCenter", "WindowWidth"),
        "Rescale": ("RescaleIntercept", "RescaleSlope"),
    }
    written = [one + b" " * (max(8, len(one) + len(one) % 2) - len(one)) for one in (center, width)]
    places = [mark * len(one) for mark, one in zip((b"1", b"2"), written, strict=True)]
    texts = (one.decode() for one in places)
    made = make_dicom(RAMP, **dict(zip(names[keyword], texts, strict=True)), **attributes)
    for place, one in zip(places, written, strict=True):
        assert made.count(place) == 1
        made = made.replace(place, one)
    return made


@pytest.mark.parametrize(
    ("center", "width", "expected"),
    [
        (b"20,8", b"4096", (20.8, 4096)),
        (b"+2048", b"4096,0", (2048, 4096)),
        (b"2048 HU", b"4.096E+03", (2048, 4096)),
        (b" 2048\0", b"4096.00000000000000000000", (2048, 4096)),
        (b"2048,5\\1", b"4096\\2", (2048.5, 4096)),
    ],
)
def test_window_numbers_are_read_as_makers_write_them(
    center: bytes, width: bytes, expected: tuple[float, float]
) -> None:
    [(_, table)] = shown(patched(center, width))
    assert (table.applied["center"], table.applied["width"]) == expected
    assert table.marks == ()


@pytest.mark.parametrize(
    ("center", "width"),
    [
        (b"NaN", b"4096"),
        (b"2,048", b"4096"),
        (b"2048", b"4,096"),
        (b"2048", b"-4096"),
        (b"2048", b"0"),
        (b"2048", b"    "),
        (b"junk\\junk", b"4096\\1"),
    ],
)
def test_window_numbers_that_cannot_be_used_are_marked(center: bytes, width: bytes) -> None:
    [(grey, table)] = shown(patched(center, width))
    assert table.applied["voi"] == "percentiles"
    assert table.marks == ("unusable_number",)
    assert np.abs(grey - RISING).max() <= 2


def test_a_spoilt_window_before_a_good_one_is_marked_and_one_behind_it_is_not() -> None:
    [(_, table)] = shown(patched(b"x\\2048", b"1\\4096"))
    assert (table.applied["center"], table.marks) == (2048, ("unusable_number",))
    [(_, table)] = shown(patched(b"2048\\x", b"4096\\1"))
    assert (table.applied["center"], table.marks) == (2048, ())


@pytest.mark.parametrize("vr", ["FD", "FL", "IS", "US", "LO", "SH", "UN"])
def test_a_window_may_have_any_vr(vr: str) -> None:
    dataset = header.read_header(make_dicom(RAMP))
    form = pixel_format(dataset, 10**6, 1)
    texts = {"LO": ("2000", "4000"), "SH": ("2000", "4000"), "UN": (b"2000", b"4000")}
    for keyword, value in zip(
        ("WindowCenter", "WindowWidth"), texts.get(vr, (2000, 4000)), strict=True
    ):
        dataset.add_new(keyword, vr, value)
    applied = grey_table(dataset, form, RAMP, 8).applied
    assert (applied["center"], applied["width"]) == (2000, 4000)


@pytest.mark.parametrize("written", [b"", b" \0", b"\\ "])
def test_an_empty_window_is_none(written: bytes) -> None:
    [(_, table)] = shown(patched(written, written))
    assert (table.applied["voi"], table.marks) == ("percentiles", ())


@pytest.mark.parametrize(
    ("intercept", "slope", "slope_read"),
    [(b"4095", b"-1", -1), (b"0,0", b"-0,5", -0.5), (b"-1024 HU", b"1,0E+00", 1)],
)
def test_a_rescale_is_read_as_makers_write_it(
    intercept: bytes, slope: bytes, slope_read: float
) -> None:
    [(grey, table)] = shown(patched(intercept, slope, "Rescale"))
    assert (table.applied["modality_lut"], table.marks) == ("rescale", ())
    assert (grey[0] < grey[-1]) == (slope_read > 0)


@pytest.mark.parametrize(
    ("intercept", "slope", "marks"),
    [
        (b"0", b"0", ("unusable_number",)),
        (b"junk", b"1", ("unusable_number",)),
        (b"0", b"NaN", ("unusable_number",)),
        (b"0", b"1e999", ("unusable_number",)),
        (b"1,024", b"1", ("unusable_number",)),
        (b"  ", b"-1", ("unusable_number",)),
        (b"0,0", b"1,0", ()),
        (b"  ", b"  ", ()),
        (b"  ", b"1", ()),
    ],
)
def test_a_rescale_that_cannot_be_used_is_marked(
    intercept: bytes, slope: bytes, marks: tuple[str, ...]
) -> None:
    [(grey, table)] = shown(patched(intercept, slope, "Rescale"))
    assert (table.applied["modality_lut"], table.marks) == ("none", marks)
    assert np.abs(grey - RISING).max() <= 2


def group(**macros: dict[str, Any]) -> Dataset:
    """An item of functional groups: a sequence of one item for each macro."""
    made = Dataset()
    for macro, attributes in macros.items():
        inner = Dataset()
        for keyword, value in attributes.items():
            setattr(inner, keyword, value)
        setattr(made, macro, [inner])
    return made


THREE = np.stack([RAMP] * 3)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_each_frame_has_its_own_window_and_rescale(syntax: str) -> None:
    frames = [
        group(
            FrameVOILUTSequence={"WindowCenter": center, "WindowWidth": 2000},
            PixelValueTransformationSequence={"RescaleSlope": slope, "RescaleIntercept": 0},
        )
        for center, slope in ((1000, 1), (3000, 1), (-2000, -1))
    ]
    found = shown(
        make_dicom(
            THREE,
            syntax=syntax,
            PerFrameFunctionalGroupsSequence=frames,
            SharedFunctionalGroupsSequence=[group(FrameVOILUTSequence=FAR)],
            WindowCenter=9,
            WindowWidth=9,
        )
    )
    assert [table.applied["center"] for _, table in found] == [1000, 3000, -2000]
    assert [table.applied["modality_lut"] for _, table in found] == ["none", "none", "rescale"]
    assert [grey[0] < grey[-1] for grey, _ in found] == [True, True, False]


def test_what_all_frames_share_counts_before_the_data_set_itself() -> None:
    shared = group(
        FrameVOILUTSequence={
            "WindowCenter": 1000,
            "WindowWidth": 2000,
            "VOILUTFunction": "SIGMOID",
        },
        PixelValueTransformationSequence={"RescaleSlope": 0.5, "RescaleIntercept": 0},
    )
    with_its_own = [
        group(),
        group(FrameVOILUTSequence={"VOILUTSequence": [lut(range(4096))]}),
        group(),
    ]
    found = shown(
        make_dicom(
            THREE,
            SharedFunctionalGroupsSequence=[shared],
            PerFrameFunctionalGroupsSequence=with_its_own,
            WindowCenter=9,
            WindowWidth=9,
        )
    )
    assert [table.applied["voi"] for _, table in found] == ["window", "table", "window"]
    assert found[0][1].applied["function"] == "SIGMOID"
    assert {table.applied["modality_lut"] for _, table in found} == {"rescale"}


def test_the_data_set_s_own_window_serves_frames_that_have_none() -> None:
    found = shown(
        make_dicom(
            THREE,
            SharedFunctionalGroupsSequence=[group()],
            PerFrameFunctionalGroupsSequence=[group(FrameVOILUTSequence={})],
            WindowCenter=2048,
            WindowWidth=4096,
        )
    )
    assert {table.applied["center"] for _, table in found} == {2048}


XA, XRF, CR = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("12.1", "12.2", "1"))


@pytest.mark.parametrize(
    ("kind", "relationship", "is_excluded"),
    [
        (XA, "LOG", True),
        (XA, "DISP", True),
        (XRF, "log ", True),
        (XA, "LIN", False),
        (XA, None, False),
        (CR, "LOG", False),
    ],
)
@pytest.mark.parametrize("is_table", [True, False])
def test_the_modality_lut_of_angiography_leads_back_to_intensity_and_is_not_shown(
    kind: str, relationship: str | None, is_excluded: bool, is_table: bool
) -> None:
    lut_of = (
        {"ModalityLUTSequence": [lut(range(4095, -1, -1))]}
        if is_table
        else {"RescaleSlope": -1, "RescaleIntercept": 4095}
    )
    said = {"PixelIntensityRelationship": relationship} if relationship else {}
    grey, table = film(SOPClassUID=kind, **lut_of, **said)
    assert (grey[0] < grey[-1]) == is_excluded
    assert (table.applied["modality_lut"] == "excluded") is is_excluded


@pytest.mark.parametrize(
    ("photometric", "shape", "is_marked"),
    [
        ("MONOCHROME1", "INVERSE", False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME2", "INVERSE", True),
    ],
)
def test_a_presentation_shape_that_contradicts_the_photometric_is_marked(
    photometric: str, shape: str, is_marked: bool
) -> None:
    _, table = film(PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    assert table.marks == (("presentation_lut",) if is_marked else ())


def test_a_presentation_table_is_not_applied_and_marked() -> None:
    grey, table = film(PresentationLUTSequence=[lut(range(4095, -1, -1))])
    assert np.abs(grey - RISING).max() <= 2
    assert table.marks == ("presentation_lut",)


def test_marks_and_what_decided_stand_in_the_table(tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    films = {
        "far": {"WindowCenter": 90000, "WindowWidth": 100},
        "bits": {"VOILUTSequence": [lut(range(4096), bits=16)]},
        "slope": {"RescaleSlope": 0, "RescaleIntercept": 0},
        "good": {"WindowCenter": 2048, "WindowWidth": 4096},
    }
    for number, (name, attributes) in enumerate(films.items(), start=1):
        (dump / name).write_bytes(make_dicom(arm(), study=str(number), **attributes))
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw")
    found = {tuple(row.review): json.loads(row.decisions)["convert"] for row in table.itertuples()}
    assert set(found) == {
        ("convert:narrow_voi",),
        ("convert:lut_mended",),
        ("convert:unusable_number",),
        (),
    }
    assert found[("convert:narrow_voi",)]["refused_range"] == 0
    assert found[("convert:lut_mended",)]["voi_lut_faults"] == ["entries_far_below_declared_bits"]
