from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from radprep.dicom import budget, header
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
    monkeypatch.setattr(budget, "UNPACKED_ANYWAY", limit)
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


def test_codes_are_capitals_without_the_spaces_around_each() -> None:
    dataset = Dataset()
    with pydicom.config.disable_value_validation():
        dataset.ImageType = ["derived", " Secondary ", "", "POST\0"]
        dataset.Modality = " cr "
    assert header.codes(dataset, "ImageType") == ["DERIVED", "SECONDARY", "", "POST"]
    assert header.code(dataset, "Modality") == "CR"
    assert header.codes(dataset, "Grid") == []
    assert header.code(dataset, "Grid") is None


def sequence_of(items: bytes, length: int = 0xFFFFFFFF) -> bytes:
    """A Request Attributes Sequence with these items."""
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0) if length == 0xFFFFFFFF else b""
    return b"\x40\0\x75\2SQ\0\0" + struct.pack("<I", length) + items + end


EMPTY_ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
MODALITY = element("Modality", "CS", b"CR")


@pytest.mark.parametrize(
    "extra",
    [
        sequence_of(EMPTY_ITEM * 300_000),
        b"".join(struct.pack("<HH2sH", 0x19, 0x1000 + n, b"LO", 0) for n in range(50_000)) * 5,
        sequence_of(struct.pack("<HHIHHI", 0xFFFE, 0xE000, 0xFFFFFFFF, 0xFFFE, 0xE00D, 0))
        * 100_000,
    ],
    ids=["items", "elements", "sequences"],
)
@pytest.mark.parametrize("tags", [(), ("Rows",)], ids=["all", "some"])
def test_a_header_of_too_many_things_is_given_up(extra: bytes, tags: tuple[str, ...]) -> None:
    data = file_with(MODALITY, extra)
    with pytest.raises(Failure, match="header_too_large"):
        header.read_header(data, tags)
    with pytest.raises(Failure, match="header_too_large"):  # also behind what was read before
        header.read_with_pixels(data, header.read_header(file_with(MODALITY)))


def test_a_header_of_too_many_bytes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = b"".join(element("PatientID", "UT", b"A" * 60_000) for _ in range(10))
    assert header.text(header.read_header(file_with(MODALITY, extra)), "Modality") == "CR"
    monkeypatch.setattr(header, "MAX_HEADER_BYTES", 500_000)
    with pytest.raises(Failure, match="header_too_large"):
        header.read_header(file_with(MODALITY, extra))


def test_many_things_are_given_up_in_a_deflated_file_too() -> None:
    data = make_dicom(syntax=PLAIN[3], PixelData=None)
    start = 132 + 12 + struct.unpack("<I", data[140:144])[0]
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflate.compress(sequence_of(EMPTY_ITEM * 300_000)) + deflate.flush()
    with pytest.raises(Failure, match="header_too_large"):
        header.read_header(data[:start] + body)


@pytest.mark.parametrize("extra", [b"", b"\0", b"junk" * 100])
def test_what_stands_behind_a_deflated_data_set_is_not_read(extra: bytes) -> None:
    parsed = header.read_header(make_dicom(syntax=PLAIN[3]) + extra)
    assert header.integer(parsed, "Rows") == 120


@pytest.mark.parametrize("size", [70_000, 2_000_000], ids=["converted never", "read never"])
def test_a_text_without_end_counts_as_missing(size: int) -> None:
    data = file_with(
        MODALITY, element("PatientID", "UT", b"A" * size), element("Rows", "US", b"7\0")
    )
    parsed = header.read_header(data)
    assert header.text(parsed, "PatientID") is None
    assert header.numbers(parsed, "PatientID") is None
    assert header.raw_texts(parsed, "PatientID") == []
    assert header.integer(parsed, "Rows") == 55
    assert "PatientID" in parsed


@pytest.mark.parametrize("vr", ["UN", "UT", "UC"])
def test_numbers_without_end_count_as_missing(vr: str) -> None:
    value = b"\\".join([b"1.5"] * 20_000)
    parsed = header.read_header(file_with(MODALITY, element("WindowCenter", vr, value)))
    assert header.values(parsed, "WindowCenter") == []


def test_a_table_as_long_as_one_may_be_is_read() -> None:
    table = bytes(1 << 17)
    parsed = header.read_header(
        file_with(MODALITY, element("RedPaletteColorLookupTableData", "OW", table))
    )
    assert header.values(parsed, "RedPaletteColorLookupTableData") == [table]


@pytest.mark.parametrize("keyword", ["VOILUTSequence", "PatientID", "NumberOfFrames"])
@pytest.mark.parametrize(("items", "read"), [(900, True), (1100, False)])
def test_items_without_end_are_not_looked_into(keyword: str, items: int, read: bool) -> None:
    value = EMPTY_ITEM * items
    parsed = header.read_header(file_with(MODALITY, element(keyword, "SQ", value)))
    assert (len(header.values(parsed, keyword)) == items) is read


@pytest.mark.parametrize("tag", [(0xFFFC, 0xFFFC), (0x40, 0x275)], ids=["padding", "any"])
def test_what_stands_behind_the_pixels_is_not_read(tag: tuple[int, int]) -> None:
    data = make_dicom()
    trailing = struct.pack("<HH2sHI", *tag, b"SQ", 0, 0xFFFFFFFF) + EMPTY_ITEM * 300_000
    whole = header.read_with_pixels(data + trailing, header.read_header(data + trailing))
    assert len(whole.PixelData) == 120 * 90 * 2


def test_no_more_is_read_of_an_open_file_than_its_header(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"x" * 128 + b"DICM" + file_with(MODALITY)[132:])
    with (tmp_path / "film").open("r+b") as handle:
        handle.truncate(1 << 40)
    with (tmp_path / "film").open("rb") as handle, pytest.raises(Failure):
        header.read_header(handle)
    (tmp_path / "text").write_bytes(b"a text, and nothing but a text")
    with (tmp_path / "text").open("rb", buffering=0) as handle:
        with pytest.raises(header.NotDicom):
            header.read_header(handle)  # type: ignore[arg-type]
        assert handle.tell() <= header.HEADER_BYTES


def meta_with(extra: bytes) -> bytes:
    """A film with one more element in its meta information, which counts its own bytes."""
    data = make_dicom()
    start = 132 + 12
    length = struct.unpack("<I", data[140:144])[0]
    behind = start + length
    return (
        data[:140]
        + struct.pack("<I", length + len(extra))
        + data[start:behind]
        + extra
        + data[behind:]
    )


@pytest.mark.parametrize(
    "data",
    [
        meta_with(struct.pack("<HH2sHI", 2, 0x16, b"SQ", 0, 70_000) + EMPTY_ITEM * 8750),
        meta_with(struct.pack("<HH2sHI", 2, 0x16, b"UT", 0, 70_000) + b"A" * 70_000),
        file_with(element("SpecificCharacterSet", "UT", b"\\" * 70_000), MODALITY),
    ],
    ids=["sequence", "text", "character set"],
)
def test_what_pydicom_converts_while_it_parses_is_held_before(data: bytes) -> None:
    with pytest.raises(Failure, match="header_too_large"):
        header.read_header(data)


def test_private_meta_information_may_be_long() -> None:
    data = meta_with(struct.pack("<HH2sHI", 2, 0x102, b"OB", 0, 70_000) + bytes(70_000))
    assert header.integer(header.read_header(data), "Rows") == 120


def test_without_a_preamble_too_much_is_no_dicom() -> None:
    with pytest.raises(header.NotDicom):
        header.read_header(MODALITY + sequence_of(EMPTY_ITEM * 300_000))


def test_decoders_are_not_handed_what_is_too_large() -> None:
    data = make_dicom()
    place = data.index(b"\x28\0\x10\0US")
    bomb = element("NumberOfFrames", "SQ", EMPTY_ITEM * 1100)
    data = data[:place] + bomb + data[place:]
    whole = header.read_with_pixels(data, header.read_header(data))
    assert "NumberOfFrames" not in whole
    assert len(whole.PixelData) == 120 * 90 * 2


def test_what_stands_in_binary_is_no_text_that_a_number_is_read_from() -> None:
    dataset, tag = header.read_header(make_dicom()), Tag("Rows")
    for vr, found in (("US", []), ("LO", [12.0]), ("DS", [12.0])):
        dataset[tag] = RawDataElement(tag, vr, 3, b"12 ", 0, False, True)
        assert header.decimals(dataset, "Rows") == found
