"""Files of a dump and of the archives in it."""

import gc
import os
import struct
import zipfile
from pathlib import Path

import pytest

from radprep.dicom import archives, budget
from radprep.dicom import files as files_module
from radprep.dicom.facts import read_facts
from radprep.dicom.files import FoundFile, find_files, list_archive, read_file
from radprep.dicom.scan import ScannedFile, scan_file
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
    monkeypatch.setattr(budget, "MAX_FILE_BYTES", 1000)
    with pytest.raises(Failure) as failure:
        read_file(archive, members(archive)[0], wanted)
    assert failure.value.code == "too_large_in_archive"


def test_an_archive_of_too_many_files_or_a_broken_one_fails_as_one_file(archive, monkeypatch):
    [whole] = find_files(archive)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    assert list_archive(archive, whole) == []
    with pytest.raises(Failure) as failure:
        read_file(archive, whole, unwanted)
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


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def unwanted(handle):
    return False


def zip_of(entries, local=b"", start=0):
    """An archive that lists as many entries as it is told, of one file of eight bytes."""
    one = (
        b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, 0, 0, 8, 0) + b"aaaaaaaa" + local
    )
    entry = b"PK\1\2" + struct.pack(
        "<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 33, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0
    )
    listed = b"".join(entry + b"%08d" % number for number in range(entries))
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(one) + start, 0)
    return one + listed + b"PK\5\6" + end  # it claims to list one


def listed(dump, data):
    (dump / "a.zip").write_bytes(data)
    [file] = find_files(dump)
    return list_archive(dump, file)


def test_entries_are_counted_before_objects_are_made_of_them(tmp_path, monkeypatch):
    # what the archive says of their number counts for nothing
    assert len(listed(tmp_path, zip_of(900, bytes(100_000)))) == 900
    monkeypatch.setattr(archives.zipfile, "ZipFile", lambda *_: pytest.fail("opened"))
    assert listed(tmp_path, zip_of(6001)) == []
    monkeypatch.setattr(archives, "_DIRECTORY_BYTES", 200)
    assert listed(tmp_path, zip_of(5)) == []


def test_a_larger_archive_may_hold_more(tmp_path):
    assert len(listed(tmp_path, zip_of(6100, bytes(7_000_000)))) == 6100


def test_files_that_share_their_bytes_are_a_bomb(tmp_path):
    assert len(listed(tmp_path, zip_of(1))) == 1
    assert listed(tmp_path, zip_of(100)) == []
    [whole] = find_files(tmp_path)
    with pytest.raises(Failure, match="bad_archive"):
        read_file(tmp_path, whole, unwanted)


def test_files_that_unpack_to_too_much_are_a_bomb(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as handle:
        for number in range(10):
            handle.writestr(f"{number}", bytes(100_000))
    assert len(members(tmp_path)) == 10
    files_module._opened.cache_clear()
    monkeypatch.setattr(budget, "UNPACKED_ANYWAY", 100_000)
    assert members(tmp_path) == []


def test_a_small_file_may_unpack_to_less_than_a_large_one(archive, monkeypatch):
    monkeypatch.setattr(budget, "UNPACKED_ANYWAY", 1000)
    assert read_file(archive, members(archive)[0], wanted) == make_dicom()
    monkeypatch.setattr(budget, "MOST_UNPACKED", 1)
    with pytest.raises(Failure, match="too_large_in_archive"):
        read_file(archive, members(archive)[0], wanted)


def test_what_is_not_wanted_is_read_no_further_than_its_head(tmp_path):
    with (tmp_path / "backup").open("wb") as handle:
        handle.truncate(1 << 40)  # to read it whole would end the process
    [file] = find_files(tmp_path)
    assert read_file(tmp_path, file, unwanted) == bytes(files_module.HEAD_BYTES)
    with pytest.raises(Failure, match="file_too_large"):
        read_file(tmp_path, file, wanted)


def test_what_is_not_wanted_of_an_archive_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as handle:
        handle.writestr("zeros", bytes(20_000_000))
    assert len(read_file(tmp_path, members(tmp_path)[0], unwanted)) == files_module.HEAD_BYTES


@pytest.mark.parametrize("made", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_became_a_pipe_a_folder_or_a_device_is_not_waited_for(tmp_path, made):
    path = tmp_path / "film"
    path.write_bytes(make_dicom())
    [file] = find_files(tmp_path)
    path.unlink()
    made(path)
    before = open_files()
    with pytest.raises(Failure, match="unreadable"):
        read_file(tmp_path, file, wanted)
    assert list_archive(tmp_path, file) == []
    assert scan_file(tmp_path, file) == [ScannedFile(file)]
    assert [one.kind for [one] in read_facts(tmp_path, [file])] == ["unreadable"]
    assert open_files() == before


def test_an_archive_that_became_a_pipe_is_not_waited_for(archive):
    found = members(archive)
    (archive / "CD of Tuesday").unlink()
    os.mkfifo(archive / "CD of Tuesday")
    files_module._opened.cache_clear()
    with pytest.raises(Failure, match="unreadable"):
        read_file(archive, found[0], wanted)


def test_a_file_that_grows_while_it_is_read_costs_no_more_than_it_had(tmp_path):
    path = tmp_path / "film"
    path.write_bytes(b"12345")
    [file] = find_files(tmp_path)

    def grow(handle):
        with path.open("ab") as more:
            more.truncate(1 << 40)
        return True

    with pytest.raises(Failure, match="changed_while_read"):
        read_file(tmp_path, file, grow)


def test_an_archive_is_closed_with_its_last_reader(archive):
    files_module._opened.cache_clear()
    before = open_files()
    read_file(archive, members(archive)[0], wanted)
    assert open_files() == before + 1
    files_module._opened.cache_clear()
    gc.collect()
    assert open_files() == before


@pytest.mark.parametrize("error", [MemoryError, struct.error, ValueError, RuntimeError])
def test_an_archive_that_breaks_its_reader_costs_itself(archive, monkeypatch, error):
    def broken(*_):
        raise error

    files_module._opened.cache_clear()
    monkeypatch.setattr(archives.zipfile, "ZipFile", broken)
    before = open_files()
    assert members(archive) == []
    assert open_files() == before
