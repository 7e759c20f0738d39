from __future__ import annotations

import datetime
import io
import struct

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID

from radprep.dataset.schema import DICOM_COLUMNS, Attribute, arrow_schema, new_row, to_table
from radprep.dicom import header
from radprep.dicom.deidentify import (
    RETAINABLE,
    burned_in_risk,
    is_secondary_capture,
    public_columns,
)
from radprep.dicom.modality import modality_of
from radprep.private.key import Pseudonyms
from tests.made import make_dicom

KEY, OTHER_KEY = Pseudonyms(b"k" * 32), Pseudonyms(b"o" * 32)
DATES = [keyword for keyword, form in DICOM_COLUMNS.items() if form.vr == "DA"]
LONG_VRS = ("OB", "OW", "UN", "UT", "SQ", "UC")
DESCRIPTIONS = (
    "ProtocolName",
    "SeriesDescription",
    "StudyDescription",
    "AcquisitionDeviceProcessingDescription",
    "PerformedProcedureStepDescription",
    "RequestedProcedureDescription",
)
NEVER_SHOWN = (
    *DESCRIPTIONS,
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "AccessionNumber",
    "InstitutionName",
    "StationName",
    "OperatorsName",
    "PatientComments",
    "ImageComments",
    "DeviceSerialNumber",
    "StudyID",
    "StudyInstanceUID",
    "StudyTime",
    "ReferringPhysicianName",
    "SeriesInstanceUID",
    "SOPInstanceUID",
)


def element(keyword: str, vr: str, value: bytes) -> bytes:
    tag = tag_for_keyword(keyword)
    length = struct.pack("<HI", 0, len(value)) if vr in LONG_VRS else struct.pack("<H", len(value))
    return struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode()) + length + value


def parsed_with(*elements: bytes) -> FileDataset:
    plain = make_dicom(PixelData=None)
    start = plain[: plain.index(b"\x08\0\x16\0UI")]
    return header.read_header(
        start + element("StudyInstanceUID", "UI", b"1.2") + b"".join(elements)
    )


def columns_of(
    dataset: Dataset | None = None, key: Pseudonyms = KEY, patient: str = "p", **attributes: object
) -> dict[str, object]:
    if dataset is None:
        dataset = Dataset()
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = FileMetaDataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in attributes.items():
            setattr(
                dataset.file_meta if keyword == "TransferSyntaxUID" else dataset, keyword, value
            )
    return public_columns(dataset, key, patient)


@pytest.mark.parametrize("keyword", DICOM_COLUMNS)
def test_columns_have_the_vr_and_multiplicity_of_the_dictionary(keyword: str) -> None:
    assert DICOM_COLUMNS[keyword] == Attribute(dictionary_VR(keyword), dictionary_VM(keyword))


def test_every_column_is_given_and_nothing_else() -> None:
    columns = columns_of()
    assert list(columns) == [*DICOM_COLUMNS, "body_part", "body_part_source", "body_part_score"]
    assert {name for name, value in columns.items() if value is not None} <= {"body_part_score"}
    assert set(columns) <= set(arrow_schema().names)


@pytest.mark.parametrize(
    "canary",
    [
        b"ZAPHOD BEEBLEBROX",
        b"Zaphod^Beeblebrox",
        b"ZAPHOD\\BEEBLEBROX",
        b"ZAPHOD\\4\\BEEBLEBROX",
        b"+49 555 7755512 ZAPHOD",
        b"5.ZAPHOD.1",
    ],
)
@pytest.mark.parametrize("keyword", [*DICOM_COLUMNS, *NEVER_SHOWN])
def test_a_canary_never_leaves(keyword: str, canary: bytes) -> None:
    own = dictionary_VR(keyword)
    for vr in {own, "LO", "UN", "OB", "PN", "CS", "UT", "SH"}:
        dataset = (
            parsed_with()
            if keyword == "TransferSyntaxUID"
            else parsed_with(element(keyword, vr, canary))
        )
        if keyword == "TransferSyntaxUID":
            dataset.file_meta.add_new(
                tag_for_keyword(keyword), "UI" if vr in ("US", "OB") else vr, canary.decode()
            )
        shown = repr(columns_of(dataset)) + modality_of(dataset).name + burned_in_risk(dataset)
        assert not any(part in shown.upper() for part in ("ZAPHOD", "BEEBLE", "7755512", "555"))


@pytest.mark.parametrize(
    "keyword",
    [
        keyword
        for keyword, form in DICOM_COLUMNS.items()
        if form.vr in ("CS", "LO", "SH", "UI", "AS")
    ],
)
@pytest.mark.parametrize(
    "canary",
    [
        "Zaphod",
        "M Zaphod",
        "F\nZAPHOD",
        "CR ZAPHOD",
        "1.2.840.10008.1.2.1 ZAPHOD",
        "047Y ZAPHOD",
        "047YZAPHOD",
        "WRIST ZAPHOD",
        "AP ZAPHOD",
        "Agfa ZAPHOD",
        "*ZAPHOD*",
        "ΖΑPHOD ZAPHOD",
    ],
)
def test_a_canary_beside_a_known_word_never_leaves(keyword: str, canary: str) -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    target = dataset.file_meta if keyword == "TransferSyntaxUID" else dataset
    target.add_new(tag_for_keyword(keyword), "UT", canary)
    assert "ZAPHOD" not in repr(columns_of(dataset)).upper()


@pytest.mark.parametrize("keyword", NEVER_SHOWN)
def test_only_the_listed_columns_leave(keyword: str) -> None:
    assert columns_of(parsed_with(element(keyword, "LO", b"1.2.3"))).get(keyword) is None


@pytest.mark.parametrize(
    ("name", "keyword", "value", "shown"),
    [
        ("dates", "StudyDate", "20190304", datetime.date(2019, 3, 4)),
        ("descriptions", "StudyDescription", "RX GARCIA", "RX GARCIA"),
        ("descriptions", "BodyPartExamined", "GARCIA", "GARCIA"),
        ("uids", "StudyInstanceUID", "1.2.3", "1.2.3"),
    ],
)
def test_retain_lets_what_it_names_leave_and_nothing_else(name, keyword, value, shown):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    with pydicom.config.disable_value_validation():
        setattr(dataset, keyword, value)
    assert public_columns(dataset, Pseudonyms(b"k" * 32), "p", (name,))[keyword] == shown
    for other in set(RETAINABLE) - {name}:
        assert public_columns(dataset, Pseudonyms(b"k" * 32), "p", (other,))[keyword] != shown


@pytest.mark.parametrize(
    ("keyword", "value", "shown"),
    [
        ("Modality", "CR", "CR"),
        ("Modality", "DX", "DX"),
        ("Modality", "XX", None),
        ("Modality", "cr ", "CR"),
        ("PatientSex", "M", "M"),
        ("PatientSex", "F", "F"),
        ("PatientSex", "O", "O"),
        ("PatientSex", "Male", None),
        ("PhotometricInterpretation", "MONOCHROME1", "MONOCHROME1"),
        ("PhotometricInterpretation", "MONOCHROME2 ", "MONOCHROME2"),
        ("ImageType", ["ORIGINAL", "PRIMARY"], ["ORIGINAL", "PRIMARY"]),
        ("ImageType", ["DERIVED", "JOE", "AXIAL"], ["DERIVED", "***", "AXIAL"]),
        ("ImageType", "ORIGINAL", ["ORIGINAL"]),
        ("ImageType", ["derived", "Secondary "], ["DERIVED", "SECONDARY"]),
        ("ImageType", ["ORIGINAL", "PRIMARY", "", "AXIAL"], ["ORIGINAL", "PRIMARY"]),
        ("ImageType", ["DERIVED", "ORIGINAL"] * 30_000, ["DERIVED", "ORIGINAL", "DERIVED"]),
        ("ImageType", ["***"] * 50_000, ["***"] * 3),
        ("Grid", ["FIXED"] * 9, ["FIXED"] * 3),
        ("PatientOrientation", ["L", "F", "A"], ["L", "F"]),
        ("Laterality", ["L", "R"], "L"),
        ("ImageType", "", None),
        ("PatientOrientation", ["A", "F"], ["A", "F"]),
        ("PatientOrientation", ["L", "joe"], ["L", "***"]),
        ("Laterality", "L", "L"),
        ("Laterality", "LEFT JOE", None),
        ("BurnedInAnnotation", "NO", "NO"),
        ("BurnedInAnnotation", "JOE", None),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1"),
        ("SOPClassUID", "1.2.826.0.1.3680043.10.999", None),
        ("SOPClassUID", "1.2.840.10008.1.4.1.1", None),
        ("TransferSyntaxUID", "1.2.840.10008.5.1.4.1.1.1", None),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.1.999999", None),
        ("TransferSyntaxUID", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.70"),
        ("TransferSyntaxUID", "1.3.6.1.4.1.5962.99.1", None),
        ("Rows", 2500, 2500),
        ("BitsStored", 12, 12),
        ("InstanceNumber", "7", 7),
        ("InstanceNumber", "-7", None),
        ("KVP", "65.5", 65.5),
        ("WindowCenter", ["1", "2.5"], [1.0, 2.5]),
        ("PixelSpacing", ["0.1", "0.1"], [0.1, 0.1]),
        ("WindowWidth", "400", [400.0]),
        ("RescaleType", "US", "US"),
        ("RescaleType", "JOE", None),
        ("FilterType", "STRIP", "STRIP"),
        ("Grid", ["NONE", "JOE"], ["NONE", "***"]),
        ("BodyPartExamined", "WRIST", "WRIST"),
        ("BodyPartExamined", "JOE", "***"),
        ("ViewPosition", "AP", "AP"),
        ("ViewPosition", "JOE", "***"),
        ("Manufacturer", "Agfa", "Agfa"),
        ("Manufacturer", "JOE", "***"),
    ],
)
def test_what_is_shown_of_a_value(keyword: str, value: object, shown: object) -> None:
    assert columns_of(**{keyword: value})[keyword] == shown


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        ("047Y", "047Y"),
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("091Y", "090Y"),
        ("095Y", "090Y"),
        ("120Y", "090Y"),
        ("130Y", "090Y"),
        ("999Y", None),
        ("999M", "999M"),
        ("999W", "999W"),
        ("999D", "999D"),
        ("003M", "003M"),
        ("47Y", "047Y"),
        ("0047Y", "047Y"),
        ("047", None),
        ("047y", "047Y"),
        ("-47Y", None),
        ("", None),
        ("०४७Y", None),
        ("047Y\\095Y", "047Y"),
    ],
)
def test_ages_stop_at_ninety(age: str, shown: str | None) -> None:
    assert columns_of(PatientAge=age)["PatientAge"] == shown


def moved(date: str, key: Pseudonyms = KEY, patient: str = "p") -> datetime.date | None:
    return columns_of(key=key, patient=patient, StudyDate=date)["StudyDate"]


def test_dates_of_a_patient_move_together_into_the_past() -> None:
    shifts = {
        datetime.date(year, 3, 4) - columns_of(**dict.fromkeys(DATES, f"{year}0304"))[keyword]
        for year in (1999, 2019, 2024)
        for keyword in DATES
    }
    assert len(DATES) == 4
    assert len(shifts) == 1
    assert datetime.timedelta(1) <= shifts.pop() <= datetime.timedelta(3650)


def test_dates_move_by_patient_and_key() -> None:
    patients = [f"patient {number}" for number in range(40)]
    by_patient = {moved("20190304", patient=patient) for patient in patients}
    assert len(by_patient) >= 38
    assert all(
        moved("20190304", key=OTHER_KEY, patient=patient) != moved("20190304", patient=patient)
        for patient in patients
    )


@pytest.mark.parametrize(
    "date",
    [
        "",
        "x",
        "2019",
        "20191399",
        "20190230",
        "201903041",
        "2019-3-4",
        "20190304-20200101",
        "00000000",
    ],
)
def test_what_is_no_date_is_not_shown(date: str) -> None:
    assert moved(date) is None


def test_odd_dates() -> None:
    assert moved("2019.03.04") == moved("20190304 ") == moved("20190304")
    assert moved("2019.0304") is moved("00010101") is None


@pytest.mark.parametrize(
    ("attributes", "risk"),
    [
        ({}, "medium"),
        ({"BurnedInAnnotation": "NO"}, "low"),
        ({"BurnedInAnnotation": "YES"}, "high"),
        ({"BurnedInAnnotation": "JOE"}, "medium"),
        ({"BurnedInAnnotation": "NO", "ImageType": ["ORIGINAL", "PRIMARY"]}, "low"),
        ({"ImageType": ["ORIGINAL", "PRIMARY"]}, "medium"),
        ({"BurnedInAnnotation": "NO", "ImageType": ["DERIVED", "PRIMARY"]}, "low"),
        ({"Modality": "US"}, "high"),
        ({"BurnedInAnnotation": "NO", "ImageType": ["ORIGINAL", "SECONDARY"]}, "high"),
        ({"BurnedInAnnotation": "NO", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "high"),
        ({"BurnedInAnnotation": "NO", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2"}, "high"),
        ({"BurnedInAnnotation": "NO", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1"}, "low"),
        ({"BurnedInAnnotation": "NO", "ConversionType": "WSD"}, "high"),
        ({"BurnedInAnnotation": "NO", "ImageType": ["DERIVED", "SECONDARY ", "POST"]}, "high"),
        ({"BurnedInAnnotation": "NO", "ImageType": ["derived", "secondary", "post "]}, "high"),
        ({"BurnedInAnnotation": "NO", "ImageType": "DERIVED SECONDARY"}, "high"),
        ({"BurnedInAnnotation": "NO", "ImageType": ["DERIVED", "PRIMARY", "SCREEN SAVE"]}, "high"),
        ({"BurnedInAnnotation": "yes"}, "high"),
        ({"BurnedInAnnotation": " Yes "}, "high"),
        ({"BurnedInAnnotation": ["NO", "YES"]}, "high"),
        ({"BurnedInAnnotation": "no"}, "low"),
        ({"BurnedInAnnotation": "NO", "Modality": "us "}, "high"),
        ({"BurnedInAnnotation": "NO", "DateOfSecondaryCapture": "20200101"}, "high"),
        ({"BurnedInAnnotation": "NO", "SecondaryCaptureDeviceManufacturer": "X"}, "high"),
        ({"BurnedInAnnotation": "NO", "SecondaryCaptureDeviceID": ""}, "high"),
        ({"BurnedInAnnotation": "NO", "HardcopyDeviceManufacturer": "X"}, "high"),
        ({"BurnedInAnnotation": "NO", "SOPClassUID": "1.2.840.10008.5.1.1.29"}, "high"),
    ],
)
def test_burned_in_risk(attributes: dict[str, object], risk: str) -> None:
    dataset = Dataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    assert burned_in_risk(dataset) == risk


def test_a_secondary_capture_that_only_the_file_meta_information_knows() -> None:
    dataset = Dataset()
    dataset.BurnedInAnnotation = "NO"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7.3"
    assert is_secondary_capture(dataset)
    assert burned_in_risk(dataset) == "high"


@pytest.mark.parametrize("keyword", ["BodyPartExamined", *DESCRIPTIONS])
def test_of_a_description_only_the_body_part_leaves(keyword: str) -> None:
    columns = columns_of(**{keyword: "Zaphod B. Hand 12.03.1961"})
    assert (columns["body_part"], columns["body_part_source"]) == ("hand", keyword)
    assert not any(canary in repr(columns) for canary in ("Zaphod", "1961", "12.03"))


def test_body_part_examined_is_trusted_first() -> None:
    columns = columns_of(StudyDescription="Knee", BodyPartExamined="HAND")
    assert (columns["body_part"], columns["body_part_source"]) == ("hand", "BodyPartExamined")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    keyword=st.sampled_from([*DICOM_COLUMNS, *DESCRIPTIONS]),
    vr=st.sampled_from(
        [
            "AE",
            "AS",
            "AT",
            "CS",
            "DA",
            "DS",
            "FD",
            "FL",
            "IS",
            "LO",
            "LT",
            "OB",
            "OW",
            "PN",
            "SH",
            "SL",
            "SQ",
            "SS",
            "UI",
            "UN",
            "US",
            "UT",
        ]
    ),
    value=st.binary(max_size=30)
    | st.sampled_from(
        [b"99999999999999999999", b"-1", b"1e300", b"\xfe\xff\0\xe0\0\0\0\0", b"\\", b"\0"]
    ),
)
def test_any_bytes_give_columns_that_fit_the_schema(keyword: str, vr: str, value: bytes) -> None:
    try:
        dataset = parsed_with(element(keyword, vr, value))
    except (header.NotDicom, header.Failure):
        return
    columns = columns_of(dataset)
    burned_in_risk(dataset)
    modality_of(dataset)
    table = to_table([new_row(**columns, source_id="s", instance_id="i", status="failed")])
    assert table.num_rows == 1


def test_a_whole_file() -> None:
    data = make_dicom(ImageType=["ORIGINAL", "PRIMARY"], SeriesDescription="Beeblebrox")
    columns = public_columns(pydicom.dcmread(io.BytesIO(data)), KEY, "p")
    assert (columns["Modality"], columns["PatientAge"], columns["body_part"]) == (
        "CR",
        "047Y",
        "wrist",
    )
    assert UID(columns["TransferSyntaxUID"]).name == "Explicit VR Little Endian"
    assert not any(
        canary in repr(columns)
        for canary in ("SECRET", "secret", "Beeblebrox", "2019, 3, 4", "P1", "A1")
    )
