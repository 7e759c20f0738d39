"""What a DICOMDIR names and the dump does not hold."""

import gzip
import io
import os
import zipfile

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

from radprep.dicom import dicomdir
from radprep.dicom.dicomdir import Named, missing_files, named_files
from radprep.dicom.files import MISSING, find_files
from radprep.dicom.scan import scan_file
from tests.made import app, convert, make_dicom, rows, runner

UID = pydicom.dcmread(io.BytesIO(make_dicom())).SOPInstanceUID


def directory(*named, implicit=False, in_use=0xFFFF):
    """A DICOMDIR that names files: (parts of the name, UID)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"
    whole = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    records = []
    for parts, uid in [(None, None), *named]:
        record = Dataset()
        record.OffsetOfTheNextDirectoryRecord = 0
        record.RecordInUseFlag = in_use
        record.DirectoryRecordType = "IMAGE" if parts else "PATIENT"
        if parts:
            record.ReferencedFileID = list(parts) if len(parts) > 1 else parts[0]
        if uid:
            record.ReferencedSOPInstanceUIDInFile = uid
        records.append(record)
    whole.DirectoryRecordSequence = records
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, whole, enforce_file_format=True)
    return stream.getvalue()


@pytest.mark.parametrize("implicit", [False, True])
def test_the_files_that_a_directory_names(implicit):
    data = directory((("DICOM", "IM1"), "1.2"), (("IM2",), None), implicit=implicit)
    assert list(named_files(data)) == [Named(b"DICOM/IM1", "1.2"), Named(b"IM2")]
    assert next(iter(named_files(data[:-20]))) == Named(b"DICOM/IM1", "1.2")
    assert list(named_files(directory((("A", "B"), "1.2"), in_use=0))) == []
    assert list(named_files(make_dicom())) == []


def missing(dump):
    scanned = [one for file in find_files(dump) for one in scan_file(dump, file)]
    found = missing_files(dump, scanned)
    assert {one.size for one in found} <= {MISSING}
    return [os.fsdecode(one.path) for one in found]


@pytest.mark.parametrize(
    "name", ["DICOM/IM1", "dicom/im1", "DICOM/IM1;1", "DICOM/IM1.dcm", "DICOM/IM1.", "other/film"]
)
def test_a_file_is_there_whatever_the_case_the_version_or_the_suffix(tmp_path, name):
    (tmp_path / "CD").mkdir()
    (tmp_path / "CD" / "DICOMDIR").write_bytes(
        directory((("DICOM", "IM1"), UID if name == "other/film" else "1.2"), (("IM2",), "1.3"))
    )
    path = tmp_path / "CD" / name
    path.parent.mkdir()
    path.write_bytes(make_dicom())
    assert missing(tmp_path) == ["CD/IM2"]


@pytest.mark.parametrize("parts", [(".", "IMG", "IM1"), ("", "IMG", "IM1"), ("./IMG/IM1",)])
def test_a_name_that_begins_as_a_path_of_windows_is_one_from_the_folder(tmp_path, parts):
    (tmp_path / "DICOMDIR").write_bytes(directory((parts, "1.2"), ((".", "IMG", "IM2"), "1.3")))
    (tmp_path / "IMG").mkdir()
    (tmp_path / "IMG" / "IM1").write_bytes(make_dicom())
    assert missing(tmp_path) == ["IMG/IM2"]


def test_a_compressed_file_is_there_under_the_name_that_it_had(tmp_path):
    (tmp_path / "dicomdir;1").write_bytes(directory((("D", "IM1"), "1.2"), (("D", "IM2"), "1.3")))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "im1.dcm.gz").write_bytes(gzip.compress(make_dicom()))
    assert missing(tmp_path) == ["D/IM2"]


def test_each_directory_speaks_of_its_own_folder_in_archives_too(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "DICOMDIR").write_bytes(directory((("IM1",), "1.2")))
    with zipfile.ZipFile(tmp_path / "2.zip", "w") as archive:
        archive.writestr("DICOMDIR", directory((("IM1",), "1.2"), (("IM2",), "1.3")))
        archive.writestr("IM1", make_dicom())
    assert missing(tmp_path) == ["1/IM1", "2.zip/IM2"]


def test_a_directory_that_names_too_much_is_heard_no_further(tmp_path, monkeypatch):
    monkeypatch.setattr(dicomdir, "_MOST_NAMED", 3)
    (tmp_path / "DICOMDIR").write_bytes(directory(*(((f"IM{one}",), None) for one in range(9))))
    assert len(missing(tmp_path)) == 3


@pytest.mark.slow
def test_a_missing_file_is_a_row_until_it_comes(tmp_path):
    dump, out = tmp_path / "dump", tmp_path / "out"
    dump.mkdir()
    (dump / "DICOMDIR").write_bytes(directory((("IM1",), "1.2"), (("..", "IM2"), UID + "2")))
    (dump / "im1").write_bytes(make_dicom())
    convert(dump, out, "--max-failed", 1)
    reasons = list(rows(out)["reason"])
    assert reasons.count("missing_file") == 1
    (dump / "late").write_bytes(make_dicom(instance="12"))
    convert(dump, out, "--max-failed", 1)
    assert "missing_file" not in list(rows(out)["reason"])


@pytest.mark.slow
def test_inspect_counts_what_is_missing(tmp_path):
    (tmp_path / "DICOMDIR").write_bytes(directory((("IM1",), "1.2"), (("IM2",), UID)))
    (tmp_path / "film").write_bytes(make_dicom())
    told = runner.invoke(app, ["inspect", str(tmp_path)], catch_exceptions=False).output
    assert "missing file              1" in told
