"""Files of a dump and of the archives in it."""

import os
import zipfile

import pytest

from radprep.dicom import files as files_module
from radprep.dicom.files import FoundFile, find_files, list_archive, read_file
from radprep.errors import Failure
from tests.made import make_dicom


@pytest.fixture
def archive(tmp_path):
    """A dump of one archive with two films, a folder and a text file."""
    dump = tmp_path / "dump"
    dump.mkdir()
    with zipfile.ZipFile(dump / "CD of Tuesday", "w", zipfile.ZIP_DEFLATED) as handle:
        handle.writestr("DICOM/", "")
        handle.writestr("DICOM/IM1", make_dicom())
        handle.writestr("DICOM/año.dcm", make_dicom(instance="2"))
        handle.writestr("readme.txt", "hello")
    return dump


def wanted(handle):
    return True


def members(dump):
    [file] = find_files(dump)
    return list_archive(dump, file)


def test_an_archive_is_its_files_under_its_own_name(archive):
    assert [os.fsdecode(file.path) for file in members(archive)] == [
        "CD of Tuesday/DICOM/IM1",
        "CD of Tuesday/DICOM/año.dcm",
        "CD of Tuesday/readme.txt",
    ]
    assert read_file(archive, members(archive)[0], wanted) == make_dicom()
    assert read_file(archive, members(archive)[2], wanted) == b"hello"


def test_a_name_that_stands_twice_gives_two_files(archive):
    with (
        zipfile.ZipFile(archive / "CD of Tuesday", "a") as handle,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        handle.writestr("readme.txt", "goodbye")
    paths = [file.path for file in members(archive)]
    assert len(set(paths)) == 4
    assert read_file(archive, members(archive)[3], wanted) == b"goodbye"


def test_a_plain_file_has_no_members(tmp_path):
    (tmp_path / "film").write_bytes(make_dicom())
    (tmp_path / "empty").write_bytes(b"")
    assert [list_archive(tmp_path, file) for file in find_files(tmp_path)] == [[], []]


def test_a_file_that_would_unpack_to_too_much_is_refused_unread(archive, monkeypatch):
    monkeypatch.setattr(files_module, "MAX_FILE_BYTES", 1000)
    with pytest.raises(Failure) as failure:
        read_file(archive, members(archive)[0], wanted)
    assert failure.value.code == "too_large_in_archive"


def test_an_archive_of_too_many_files_or_a_broken_one_fails_as_one_file(archive, monkeypatch):
    [whole] = find_files(archive)
    monkeypatch.setattr(files_module, "MAX_MEMBERS", 2)
    assert list_archive(archive, whole) == []
    with pytest.raises(Failure) as failure:
        read_file(archive, whole, wanted)
    assert failure.value.code == "bad_archive"
    path = archive / "CD of Tuesday"
    path.write_bytes(path.read_bytes()[:300])
    [broken] = find_files(archive)
    assert list_archive(archive, broken) == []


def test_a_damaged_member_costs_that_member(archive):
    path = archive / "CD of Tuesday"
    data = bytearray(path.read_bytes())
    data[200:240] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(Failure) as failure:
        read_file(archive, members(archive)[0], wanted)
    assert failure.value.code == "bad_archive"
    assert read_file(archive, members(archive)[2], wanted) == b"hello"


def test_a_file_that_grows_or_is_gone_is_told(tmp_path):
    path = tmp_path / "film"
    path.write_bytes(b"12345")
    [file] = find_files(tmp_path)
    path.write_bytes(b"123456")
    with pytest.raises(Failure) as failure:
        read_file(tmp_path, file, wanted)
    assert failure.value.code == "changed_while_read"
    path.unlink()
    with pytest.raises(Failure) as failure:
        read_file(tmp_path, file, wanted)
    assert failure.value.code == "unreadable"
    with pytest.raises(Failure):
        read_file(tmp_path, FoundFile(b"shut", -1, 0), wanted)


def test_an_archive_that_changed_is_told(archive):
    [one, *_] = members(archive)
    with zipfile.ZipFile(archive / "CD of Tuesday", "a") as handle:
        handle.writestr("more.txt", "more")
    with pytest.raises(Failure) as failure:
        read_file(archive, one, wanted)
    assert failure.value.code == "changed_while_read"
