"""No value of a header, no name of a file and no key of a label leaves: a canary sits in every one
of them."""

import io
import json
import subprocess
import sys
import warnings
import zlib

import pandas as pd
import pydicom
import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

import radprep
from radprep.export import FORMATS
from radprep.private.key import Pseudonyms, read_key
from tests.made import arm, make_dicom, private_of

CANARY = "Zanary"
NUMBER = "7301234567"
RECORD = "482137"
"""A record number that is as short as some hospitals have them."""
HITS = (CANARY.lower().encode(), NUMBER.encode())

TEXTS = {
    "AE": 16,
    "CS": 16,
    "LO": 64,
    "LT": 500,
    "SH": 16,
    "ST": 500,
    "UC": 500,
    "UT": 500,
    "UR": 500,
    "PN": 64,
    "AS": 4,
}
BYTES = ("OB", "OW", "OD", "OF", "OL", "OV", "UN")
IMAGE = {
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PixelData",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "NumberOfFrames",
    "Modality",
    "SOPClassUID",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "SOPInstanceUID",
    "PlanarConfiguration",
    "ModalityLUTSequence",
    "VOILUTSequence",
    "StudyInstanceUID",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "EncapsulatedPixelDataValueTotalLength",
    "SpecificCharacterSet",
}
"""What must be true for the film to be converted at all."""


def canary_value(vr, number, record):
    """A value of this VR that holds the canary, or None where it cannot. record: the number that
    stands in attributes of numbers."""
    if vr in TEXTS:
        return f"{CANARY}{number}"
    if vr in BYTES:
        return f"{CANARY}{number}".encode().ljust(16, b" ")
    if vr == "SQ":
        item = Dataset()
        item.add_new(0x00081030, "LO", f"{CANARY} nested {number}")
        return [item]
    return {
        "UI": f"1.2.{NUMBER}.{number}",
        "IS": record,
        "DS": f"{record}.5",
        "DA": "19731204",
        "TM": "073012.345678",
        "DT": f"19731204{CANARY}",
        "US": int(record) % 2**16,
        "UL": int(record) % 2**32,
        "SV": int(record),
        "UV": int(record),
        "FL": float(record),
        "FD": float(record),
    }.get(vr)


def canary_film(instance, record=NUMBER, **changes):
    """A film with every attribute of PS3.6 that can hold a canary, a private block and a character
    set that does not exist."""
    plain = pydicom.dcmread(io.BytesIO(make_dicom(arm(seed=int(instance)), instance=instance)))
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        for number, (tag, (vr, _, _, _, keyword)) in enumerate(DicomDictionary.items()):
            value = canary_value(vr.split(" or ")[0], number, record)
            if value is not None and tag >> 16 > 8 - 1 and keyword not in IMAGE and keyword:
                plain.add_new(tag, vr.split(" or ")[0], value)
        block = plain.private_block(0x0019, f"{CANARY} PRIVATE", create=True)
        block.add_new(0x10, "LO", f"{CANARY} in a private block")
        plain.SpecificCharacterSet = f"ISO {CANARY}"
        for keyword, value in changes.items():
            setattr(plain, keyword, value)
        buffer = io.BytesIO()
        pydicom.dcmwrite(
            buffer, plain, implicit_vr=False, little_endian=True, enforce_file_format=True
        )
    return buffer.getvalue()


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Everything that convert, preprocess, report and failing runs wrote and said."""
    folder = tmp_path_factory.mktemp("canary")
    dump = folder / "dump" / f"{CANARY} patient"
    dump.mkdir(parents=True)
    whole = canary_film(
        "1",
        ViewPosition=f"AP {CANARY}",
        BodyPartExamined=f"WRIST {CANARY}",
        ImageType=["ORIGINAL", CANARY],
    )
    (dump / f"{CANARY}.dcm").write_bytes(whole)
    (dump / f"{CANARY} record").write_bytes(canary_film("5", RECORD))
    (dump / f"{CANARY} cut").write_bytes(canary_film("2")[:-2000])
    (dump / f"{CANARY} knee").write_bytes(canary_film("3", BodyPartExamined="KNEE"))
    (dump / f"{CANARY} modality").write_bytes(
        canary_film("4", Modality=CANARY, SOPClassUID="1.2.3.4")
    )
    (dump / f"{CANARY} syntax").write_bytes(
        whole.replace(b"1.2.840.10008.1.2.1\0", f"1.2.{NUMBER}.1".ljust(20, "\0").encode())
    )
    (dump / f"{CANARY} bytes").write_bytes(whole[:3000] + bytes(range(256)) * 20)
    (dump / f"{CANARY}.txt").write_text(f"{CANARY} is no film")
    labels = folder / "labels.csv"
    accession = pydicom.dcmread(io.BytesIO(whole)).AccessionNumber
    (dump / f"{CANARY} other").write_bytes(
        canary_film(
            *("6", NUMBER),
            BodyPartExamined="WRIST",
            StudyInstanceUID="1.2.3.77",
            AccessionNumber=f"{CANARY} 77",
        )
    )
    labels.write_text(
        f"accession,diagnosis\n{accession},FRACTURA\n{CANARY},FRACTURA\n{CANARY} 77,NORMAL\n"
    )
    (folder / "boxes.csv").write_text(
        "path,x,y,width,height,label\n"
        f"{CANARY}.dcm,9,9,30,30,{CANARY}\n{CANARY} gone,9,9,30,30,{CANARY}\n"
    )
    boxes = ["--boxes", "boxes.csv", "--box-map", f"{CANARY}=fracture"]
    (folder / "foreign.csv").write_text(f"accession,diagnosis\n{CANARY},FRACTURA\n")
    runs = [
        [
            "convert",
            "dump",
            "raw",
            "--labels",
            "labels.csv",
            *boxes,
            "--workers",
            "2",
            "--max-failed",
            "0",
        ],
        ["convert", "dump", "raw", "--labels", "labels.csv", *boxes, "--json", "--max-failed", "1"],
        [
            "preprocess",
            "raw",
            "clean",
            "--pipeline",
            "wrist",
            "--workers",
            "2",
            "--max-failed",
            "1",
        ],
        ["report", "clean", "--source", "raw", "--single-file", "--workers", "2"],
        ["convert", "dump", "raw", "--labels", "labels.csv", "--label-column", "result"],
        ["convert", "dump", "raw"],
        ["convert", "dump", "foreign", "--labels", "foreign.csv"],
    ]
    said = [
        subprocess.run(
            [sys.executable, "-m", "radprep", *run], cwd=folder, capture_output=True, check=False
        )
        for run in runs
    ]
    assert [done.returncode for done in said] == [3, 0, 0, 0, 2, 2, 2], said
    return folder, b"".join(done.stdout + done.stderr for done in said)


def test_the_canaries_were_there_and_films_were_kept(outputs):
    folder, _ = outputs
    table = pd.read_parquet(folder / "raw" / "instances.parquet")
    assert (table.status == "kept").sum() >= 2
    assert {"modality", "not_dicom"} <= set(table.reason)
    assert (table.status == "failed").any()
    assert len(pydicom.dcmread(io.BytesIO(canary_film("1")))) > 3000
    private = b"".join(
        path.read_bytes() for path in private_of(folder / "raw").root.rglob("*") if path.is_file()
    )
    assert CANARY.encode() in private


def test_nothing_said_holds_a_canary(outputs):
    _, said = outputs
    assert not [hit for hit in HITS if hit in said.lower()], said
    assert b"Traceback" not in said


def test_nothing_written_holds_a_canary(outputs):
    folder, _ = outputs
    paths = [path for name in ("raw", "clean") for path in (folder / name).rglob("*")]
    assert len(paths) > 20
    for path in paths:
        assert CANARY.lower() not in path.name.lower()
        if path.is_file():
            data = path.read_bytes()
            unpacked = zlib.decompress(data[41:-16]) if path.suffix == ".png" else b""
            assert not [hit for hit in HITS if hit in data.lower() or hit in unpacked.lower()], path
    for name in ("raw", "clean"):  # once more, as a reader sees it: the collated file is compressed
        cells = (
            pd.read_parquet(folder / name / "instances.parquet")
            .to_json(default_handler=str)
            .lower()
            .encode()
        )
        assert not [hit for hit in HITS if hit in cells], name


@pytest.mark.parametrize("name", FORMATS)
def test_no_export_holds_a_canary(outputs, tmp_path, name):
    folder, _ = outputs
    classes = {"positive": "fractura", "negative": ["normal"]} if name == "mura" else {}
    done = radprep.export(
        folder / "raw", tmp_path / "out", format=name, with_marked=True, **classes
    )
    assert done.about["counts"]["exported"] >= 1
    paths = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(paths) > 2
    for path in paths:
        cells = repr(pd.read_parquet(path).to_dict("records")) if path.suffix == ".parquet" else ""
        held = path.read_bytes().lower() + cells.lower().encode()
        assert not [hit for hit in HITS if hit in held or hit.decode() in path.name.lower()], path
    assert not [hit for hit in HITS if hit in json.dumps(done.as_json()).lower().encode()]


def test_no_card_holds_a_canary(outputs):
    folder, _ = outputs
    for name in ("raw", "clean"):
        done = radprep.card(folder / name)
        assert "croissant.json" in done.files
        for path in (*(done.where / one for one in done.files), done.answers):
            data = path.read_bytes().lower()
            assert len(data) > 1000
            assert not [hit for hit in HITS if hit in data], path
            assert RECORD.encode() not in data


def test_no_number_is_the_record_number(outputs):
    folder, _ = outputs
    table = pd.read_parquet(folder / "raw" / "instances.parquet")
    names = [name for name in table if not name.endswith(("_id", "_hash", "_name"))]
    text = table[names].to_json(default_handler=str)
    assert RECORD not in text
    assert str(int(RECORD) % 2**16) not in text


def test_a_dictionary_attack_without_the_key_finds_nothing(outputs):
    folder, _ = outputs
    table = pd.read_parquet(folder / "raw" / "instances.parquet")
    key = read_key(private_of(folder / "raw").key)
    identifiers = pd.read_parquet(private_of(folder / "raw").identifiers)
    known = identifiers.dropna(subset="PatientID").iloc[0]
    patient, issuer = known.PatientID, known.IssuerOfPatientID
    assert key.patient_id(patient, "", issuer) in set(table.patient_id)
    for guess in (b"", b"\0" * 32, b"radprep"):
        assert Pseudonyms(guess).patient_id(patient, "", issuer) not in set(table.patient_id)
    assert patient not in json.dumps(json.loads((folder / "raw" / "dataset.json").read_text()))
