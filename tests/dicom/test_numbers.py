"""Numbers leave if they measure something: none that could be a record number, a date or a text."""

from __future__ import annotations

from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag

from radprep.dataset.schema import DICOM_COLUMNS
from radprep.dicom.deidentify import public_columns
from radprep.dicom.numbers import LIMITS, shown_detail, shown_frames, shown_grey
from radprep.private.key import Pseudonyms
from tests.made import convert, make_dicom, rows

NUMERIC = [keyword for keyword, form in DICOM_COLUMNS.items() if form.vr in ("DS", "IS", "US")]


def shown(**attributes: Any) -> dict[str, Any]:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in attributes.items():
            dataset.add_new(pydicom.datadict.tag_for_keyword(keyword), "DS", value)
    return dict(public_columns(dataset, Pseudonyms(b"k" * 32), "p"))


def test_every_number_has_its_limits_and_its_multiplicity() -> None:
    assert sorted(LIMITS) == sorted(NUMERIC)
    for keyword, limits in LIMITS.items():
        form = DICOM_COLUMNS[keyword]
        assert (limits.values == 1) == (form.vm == "1")
        assert limits.exactly == (form.vm == "2")
        assert limits.least < limits.most


@pytest.mark.parametrize("keyword", NUMERIC)
@pytest.mark.parametrize(
    "number", ["7301234567", "48213", "482137", "19310512", "20190304", "12051931", "-48213"]
)
def test_a_record_number_or_a_date_does_not_leave(keyword: str, number: str) -> None:
    count = LIMITS[keyword].values if LIMITS[keyword].exactly else 1
    left = shown(**{keyword: [number] * count if count > 1 else number})[keyword]
    values = left if isinstance(left, list) else [left]
    assert float(number) not in values


@pytest.mark.parametrize("number", ["1931", "2019", "1205", "190304", "1000"])
@pytest.mark.parametrize("keyword", ["SeriesNumber", "AcquisitionNumber", "InstanceNumber"])
def test_a_year_or_a_day_does_not_leave_as_a_place_in_the_study(keyword: str, number: str) -> None:
    assert shown(**{keyword: number})[keyword] is None


@pytest.mark.parametrize(
    ("keyword", "value", "left"),
    [
        ("InstanceNumber", "1234567890", None),
        ("InstanceNumber", "7", 7),
        ("InstanceNumber", "999", 999),
        ("SeriesNumber", "0", 0),
        ("ExposureInuAs", "250000", 250000),
        ("ExposureInuAs", "71432", 71400),
        ("Sensitivity", "7301234567", None),
        ("KVP", "65.123456789", 65.1),
        ("KVP", "500", None),
        ("Rows", "4664", 4664),
        ("Rows", "48213", None),
        ("ExposureIndex", "319.4567", 319.0),
        ("DeviationIndex", "-4.4", -4.4),
        ("DeviationIndex", "-48", None),
        ("PixelSpacing", ["0.09409090909091", "0.09409090909091"], [0.09409, 0.09409]),
        ("PixelSpacing", ["0.1", "0.1", "0.1"], None),
        ("PixelSpacing", "0.1", None),
        ("PixelSpacing", ["0.1", "482137"], None),
        ("FocalSpots", ["0.6", "1.2"], [0.6, 1.2]),
        ("FocalSpots", ["0.6", "1.2", "1.2"], None),
        ("RescaleIntercept", "-1024", -1024.0),
        ("RescaleSlope", "-0", 0.0),
        ("WindowCenter", ["2048", "73012345678"], None),
        ("WindowCenter", ["2653", "2713", "2569"], [2653.0, 2713.0, 2569.0]),
        ("WindowCenter", ["71", "65", "82", "67", "73"], None),
        ("WindowWidth", "0", None),
        ("LossyImageCompressionRatio", "21.521", [21.5]),
    ],
)
def test_what_leaves_of_a_number(keyword: str, value: Any, left: Any) -> None:
    assert shown(**{keyword: value})[keyword] == left


def test_a_window_is_as_many_centres_as_widths() -> None:
    columns = shown(WindowCenter=["71", "65", "82"], WindowWidth=["4000", "4000"])
    assert columns["WindowCenter"] is columns["WindowWidth"] is None
    columns = shown(WindowCenter=["40", "50"], WindowWidth=["400", "500"])
    assert (columns["WindowCenter"], columns["WindowWidth"]) == ([40.0, 50.0], [400.0, 500.0])


@pytest.mark.parametrize(
    ("keyword", "written", "left"),
    [
        ("WindowCenter", b"20,8", [20.8]),
        ("RescaleSlope", b"0,5 ", 0.5),
        ("PixelSpacing", b"0,143\\0,143 ", [0.143, 0.143]),
        ("PixelSpacing", b"0,143\\x ", None),
        ("KVP", b"65 kV ", 65.0),
        ("WindowCenter", b"1,024 ", None),
    ],
)
def test_numbers_leave_as_makers_mean_them(keyword: str, written: bytes, left: Any) -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    tag = Tag(keyword)
    dataset[tag] = RawDataElement(tag, "DS", len(written), written, 0, False, True)
    assert public_columns(dataset, Pseudonyms(b"k" * 32), "p")[keyword] == left


@settings(max_examples=300)
@given(
    keyword=st.sampled_from(NUMERIC),
    values=st.lists(
        st.floats(allow_nan=False, allow_infinity=False)
        | st.integers(-(10**12), 10**12)
        | st.floats(-100, 5000),
        max_size=9,
    ),
)
def test_whatever_the_numbers_are_few_leave_and_in_few_digits(
    keyword: str, values: list[float]
) -> None:
    left = shown(**{keyword: [f"{value:.9g}" for value in values]})[keyword]
    limits = LIMITS[keyword]
    found = left if isinstance(left, list) else [] if left is None else [left]
    assert len(found) <= limits.values
    for value in found:
        assert limits.least * 0.99 <= value <= limits.most * 1.01 or limits.least < 0
        digits = f"{abs(value):.15g}".replace(".", "").strip("0").split("e")[0]
        assert len(digits) <= limits.digits
        assert abs(value) <= 3_000_000


def test_what_is_computed_with_a_header_s_numbers_is_held_to_the_same() -> None:
    assert shown_grey(2048.4) == 2048.0
    assert shown_grey(12_345_678.0) is None
    assert shown_frames(3) == 3
    assert shown_frames(48_213_001) is None
    assert shown_detail("48213 x 1 x 9 > 200000000") == "*** x 1 x 9 > ***"
    assert shown_detail("3 frames") == "3 frames"


def test_neither_the_table_nor_the_reasons_hold_a_record_number(tmp_path: Any) -> None:
    dump = tmp_path / "dump"
    dump.mkdir()
    codes = [str(byte) for byte in b"GARCIA LOPEZ MARIA, born 12.05.1931 " * 50]
    record = "48213976"
    films = {
        "text": {"WindowCenter": codes, "WindowWidth": ["4000"] * 2},
        "record": dict.fromkeys(
            ("SeriesNumber", "AcquisitionNumber", "InstanceNumber", "ExposureIndex"), record
        ),
        "window": {"WindowCenter": record, "WindowWidth": record},
        "rescaled": {"RescaleSlope": "1", "RescaleIntercept": record},
        "frames": {"NumberOfFrames": record},
        "rows": {"Rows": 48213, "Columns": 48213},
    }
    for number, (name, attributes) in enumerate(films.items(), start=1):
        (dump / name).write_bytes(make_dicom(study=str(number), **attributes))
    convert(dump, tmp_path / "raw", "--frames", "reject", "--max-failed", "1")
    table = rows(tmp_path / "raw")
    said = table.drop(columns=[name for name in table if name.endswith(("_id", "_hash", "_name"))])
    text = said.to_json(default_handler=str)
    assert (table.status == "kept").sum() == 4
    assert "48213" not in text
    assert "4.8213" not in text
    assert table.WindowCenter.isna().all()
