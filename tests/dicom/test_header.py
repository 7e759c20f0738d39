from __future__ import annotations

import io
import math
import struct
import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from radprep.dicom import files, header
from radprep.errors import Failure
from tests.made import PLAIN, arm, make_dicom

LONG_VRS = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
VRS = (
    *LONG_VRS,
    "AE",
    "AS",
    "AT",
    "CS",
    "DA",
    "DS",
    "DT",
    "FD",
    "FL",
    "IS",
    "LO",
    "LT",
    "PN",
    "SH",
    "SL",
    "SS",
    "ST",
    "TM",
    "UI",
    "UL",
    "US",
)
KEYWORDS = (
    "StudyInstanceUID",
    "PatientID",
    "PatientName",
    "Rows",
    "WindowCenter",
    "StudyDate",
    "PatientAge",
    "ImageType",
    "VOILUTSequence",
    "PixelPaddingValue",
    "SpecificCharacterSet",
)


def element(keyword: str, vr: str, value: bytes) -> bytes:
    """One element, explicit VR little endian."""
    tag = pydicom.datadict.tag_for_keyword(keyword)
    start = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return (
        start
        + (
            struct.pack("<HI", 0, len(value))
            if vr in LONG_VRS
            else struct.pack("<H", len(value) & 0xFFFF)
        )
        + value
    )


def file_with(*elements: bytes) -> bytes:
    plain = make_dicom(PixelData=None)
    return plain[: plain.index(b"\x08\0\x16\0UI")] + b"".join(elements)


def without_preamble(syntax: str) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(syntax=syntax)))
    bare, buffer = Dataset(), io.BytesIO()
    bare.update({tag: dataset[tag] for tag in dataset.keys()})  # noqa: SIM118 - a data set iterates over elements
    bare.save_as(
        buffer,
        implicit_vr=syntax == PLAIN[1],
        little_endian=syntax != PLAIN[2],
        enforce_file_format=False,
    )
    return buffer.getvalue()


def test_no_preamble_really_means_none() -> None:
    assert without_preamble(PLAIN[0])[:2] == b"\x08\0"
    assert without_preamble(PLAIN[2])[:2] == b"\0\x08"


@pytest.mark.parametrize(
    "data",
    [
        *(make_dicom(syntax=syntax) for syntax in PLAIN),
        *(without_preamble(syntax) for syntax in PLAIN[:3]),
        make_dicom()[132:],
        b"junk" * 32 + make_dicom()[128:],
        make_dicom(SOPClassUID=None),
    ],
    ids=[
        "explicit",
        "implicit",
        "big endian",
        "deflated",
        "bare explicit",
        "bare implicit",
        "bare big endian",
        "meta first",
        "preamble of junk",
        "no class",
    ],
)
def test_dicom_is_known_by_its_content(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(data)
    with (tmp_path / "notes.txt").open("rb") as handle:
        for source in (data, handle):
            parsed = header.read_header(source)
            assert (header.text(parsed, "Modality"), header.integer(parsed, "Rows")) == ("CR", 120)
            assert "PixelData" not in parsed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"a text file\n" * 50,
        b"\0" * 128 + b"DICM",
        b"\0" * 200,
        b"PK\3\4" + bytes(300),
        b"%PDF-1.7" + bytes(300),
        imagecodecs.jpeg_encode(arm(bits=8)),
        imagecodecs.png_encode(arm(bits=8)),
        b"\x08\0" + b"\xff" * 300,
        b"\2\0" * 200,
        b"\0\x08",
        b"\x08\0\5\0",
        np.random.default_rng(0).bytes(2000),
    ],
    ids=[
        "empty",
        "a byte",
        "text",
        "bare preamble",
        "zeros",
        "zip",
        "pdf",
        "jpeg",
        "png",
        "0800 junk",
        "0200 junk",
        "2 bytes",
        "tag",
        "noise",
    ],
)
def test_anything_else_is_not_dicom(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "IM1.dcm").write_bytes(data)
    with (tmp_path / "IM1.dcm").open("rb") as handle:
        for source in (data, handle):
            with pytest.raises(header.NotDicom):
                header.read_header(source)


@pytest.mark.parametrize("cut", range(0, 1000, 13))
@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_a_cut_header_is_not_dicom_or_fails_with_a_code(syntax: str, cut: int) -> None:
    try:
        parsed = header.read_header(make_dicom(syntax=syntax)[:cut])
    except header.NotDicom:
        assert cut < 500
    except Failure as failure:
        assert failure.code == "unreadable_header"  # noqa: PT017 - one of three right ends
    else:
        assert len(parsed) > 0


def test_a_deflated_file_that_is_no_deflate() -> None:
    data = make_dicom(syntax=PLAIN[3])
    with pytest.raises(Failure, match="unreadable_header"):
        header.read_header(data[:-200] + bytes(200))


@pytest.mark.parametrize(("limit", "refused"), [(20_000, True), (1 << 20, False)])
def test_a_data_set_deflated_a_thousandfold_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: int, refused: bool
) -> None:
    monkeypatch.setattr(files, "UNPACKED_ANYWAY", limit)
    data = make_dicom(np.zeros((300, 300), np.uint16), syntax=PLAIN[3])
    assert len(data) < 2000
    if refused:
        monkeypatch.setattr(header, "FileDataset", None)  # it must not come to that
        with pytest.raises(Failure, match="unreadable_header") as failure:
            header.read_header(data)
        assert failure.value.detail == "OverflowError"
    else:
        assert header.integer(header.read_header(data), "Rows") == 300


def test_items_nested_without_end_are_no_crash() -> None:
    nested = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 5000
    try:
        parsed = header.read_header(file_with(element("Modality", "CS", b"CR"), nested))
    except Failure as failure:
        assert failure.code == "unreadable_header"  # noqa: PT017 - either is right
    else:
        assert header.text(parsed, "Modality") == "CR"


@pytest.mark.parametrize("value", ["1.2.3", "1.2.3\0", " 1.2.3 ", "1.2.3\\4.5.6"])
def test_text_is_the_first_value_without_padding(value: str) -> None:
    parsed = header.read_header(file_with(element("StudyInstanceUID", "UI", value.encode())))
    assert header.text(parsed, "StudyInstanceUID") == "1.2.3"


@pytest.mark.parametrize("value", [b"A 1\r\n", b"\tA 1\0\0", b"  A 1 \0 "])
def test_text_is_stripped_whatever_the_padding(value: bytes) -> None:
    assert (
        header.text(header.read_header(file_with(element("PatientID", "LO", value))), "PatientID")
        == "A 1"
    )


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("DS", b"1.5\\2", [1.5, 2.0]),
        ("DS", b" 7 ", [7.0]),
        ("DS", b"1e400", None),
        ("DS", b"nan ", None),
        ("DS", b"inf ", None),
        ("DS", b"-inf", None),
        ("DS", b"1\\x ", None),
        ("DS", b"", None),
        ("LO", b"12", [12.0]),
        ("US", b"\1\0\2\0", [1.0, 2.0]),
        ("FD", struct.pack("<d", math.nan), None),
        ("SQ", b"", None),
        ("UN", b"\xff\xfe", None),
        ("DS", "１２".encode(), None),
    ],
)
def test_numbers_are_finite_or_none(vr: str, value: bytes, expected: list[float] | None) -> None:
    parsed = header.read_header(
        file_with(element("Modality", "CS", b"CR"), element("WindowCenter", vr, value))
    )
    assert header.numbers(parsed, "WindowCenter") == expected
    assert header.number(parsed, "WindowCenter") == (expected[0] if expected else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"3", 3),
        (b"-3", -3),
        (b"3.0", 3),
        (b"3.5", None),
        (b"1e15", 10**15),
        (b"1e16", None),
        (b"x", None),
        (b"", None),
    ],
)
def test_integer_is_whole_and_fits(value: bytes, expected: int | None) -> None:
    parsed = header.read_header(file_with(element("WindowCenter", "DS", value)))
    assert header.integer(parsed, "WindowCenter") == expected


def test_values_of_a_sequence_are_its_items() -> None:
    parsed = header.read_header(make_dicom(VOILUTSequence=[Dataset(), Dataset()]))
    assert [type(item) for item in header.values(parsed, "VOILUTSequence")] == [Dataset, Dataset]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    keyword=st.sampled_from(KEYWORDS),
    vr=st.sampled_from(VRS),
    value=st.binary(max_size=40)
    | st.sampled_from(
        [
            b"1\\2",
            b"1e999",
            b"nan",
            b"\\\\",
            b"-0",
            b"9" * 400,
            b"\x1b$B\x1b(J=^=",
            b"\xfe\xff\0\xe0",
        ]
    ),
)
def test_no_accessor_ever_raises_or_warns(keyword: str, vr: str, value: bytes) -> None:
    data = file_with(element("Modality", "CS", b"CR"), element(keyword, vr, value))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parsed = header.read_header(data)
        except (Failure, header.NotDicom):
            return
        for accessor in (header.values, header.text, header.numbers, header.number, header.integer):
            accessor(parsed, keyword)
    assert [
        str(warning.message) for warning in caught if "unclosed" not in str(warning.message)
    ] == []


@pytest.mark.parametrize("vr", VRS)
def test_nothing_is_printed_that_quotes_a_value(
    vr: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for keyword in KEYWORDS:
        data = file_with(
            element("Modality", "CS", b"ZAPHOD"),
            element(keyword, vr, b"ZAPHOD\\BEEBLEBROX^\xff\xfe\1" * 3),
        )
        try:
            parsed = header.read_header(data)
        except (Failure, header.NotDicom) as error:
            assert "ZAPHOD" not in f"{error!r} {getattr(error, 'detail', '')}"  # noqa: PT017
            continue
        for name in (keyword, "Modality"):
            header.text(parsed, name)
            header.numbers(parsed, name)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_hostile_study_uid_is_only_a_text() -> None:
    parsed = header.read_header(make_dicom(StudyInstanceUID="../../../etc/x"))
    assert header.text(parsed, "StudyInstanceUID") == "../../../etc/x"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (make_dicom(PixelData=None), "no_pixel_data"),
        (make_dicom(PixelData=b""), "no_pixel_data"),
        (make_dicom(syntax="1.2.840.10008.1.2.4.70", bits=16)[:-400], "truncated"),
    ],
)
def test_reading_the_pixels_of_a_broken_file(data: bytes, code: str) -> None:
    with pytest.raises(Failure, match=code):
        header.read_with_pixels(data, header.read_header(data))
