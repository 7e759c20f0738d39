from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from radprep.dataset.keys import file_hash
from radprep.dicom.files import FoundFile, find_files
from radprep.dicom.scan import ScannedFile, scan_file
from tests.made import PLAIN, ROOT, make_dicom


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "dump"
    found.mkdir()
    return found


def paths(folder: Path) -> list[bytes]:
    return [file.path for file in find_files(folder)]


def test_every_file_once_whatever_its_name(folder: Path) -> None:
    names = [
        "IM1",
        ".hidden",
        "a/IM1",
        "a/b/c/d/IM2",
        ".dark/IM3",
        "a b/ü.dcm",
        "new\nline",
        "z.jpg",
        "a.b",
        "n" * 255,
    ]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * len(name))
    found = list(find_files(folder))
    assert sorted(file.path for file in found) == sorted(map(os.fsencode, names))
    assert all(file.size == len(os.fsdecode(file.path)) and file.mtime_ns > 0 for file in found)


def test_the_order_does_not_depend_on_the_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "a", "sub/d", "sub/c"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    scandir, before = os.scandir, paths(folder)
    monkeypatch.setattr(
        os,
        "scandir",
        lambda path: sorted(scandir(path), key=lambda entry: entry.name, reverse=True),
    )
    assert paths(folder) == before


def test_names_that_are_no_text(folder: Path) -> None:
    name = b"caf\xe9\xff\xfe.dcm"
    (folder / os.fsdecode(name)).write_bytes(make_dicom())
    [file] = find_files(folder)
    assert file.path == name
    assert scan_file(folder, file)[0].StudyInstanceUID == f"{ROOT}.1"


def test_links_to_folders_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "IM1").touch()
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "again").symlink_to("sub")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "IM2").touch()
    (folder / "away").symlink_to(tmp_path / "outside")
    found = {file.path: file.size for file in find_files(folder)}
    assert found == {b"sub/IM1": 0, b"sub/loop": -2, b"again": -2, b"away": -2}


def test_a_link_to_a_file_counts_as_that_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "IM1").write_bytes(make_dicom())
    (folder / "link").symlink_to(tmp_path / "IM1")
    [file] = find_files(folder)
    assert file == FoundFile(
        b"link", (tmp_path / "IM1").stat().st_size, (tmp_path / "IM1").stat().st_mtime_ns
    )
    assert scan_file(folder, file)[0].PatientID == "P1"


@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_a_broken_link_counts_too(folder: Path, target: str) -> None:
    (folder / "link").symlink_to(target)
    assert list(find_files(folder)) == [FoundFile(b"link", -1, 0)]


def test_a_pipe_is_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    # so that a reader would get data instead of waiting
    descriptor = os.open(folder / "pipe", os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(descriptor, make_dicom(PixelData=None))
        [file] = find_files(folder)
        assert file == FoundFile(b"pipe", -1, 0)
        assert scan_file(folder, file) == [ScannedFile(file)]
        assert os.read(descriptor, 132)[128:] == b"DICM"
    finally:
        os.close(descriptor)


def test_a_folder_without_permission_counts_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("open", "shut"):
        (folder / name).mkdir()
        (folder / name / "IM1").touch()
    scandir = os.scandir

    def refusing(path: bytes) -> object:
        if path.endswith(b"shut"):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert sorted(find_files(folder), key=lambda file: file.path)[1] == FoundFile(b"shut", -1, 0)
    assert sorted(paths(folder)) == [b"open/IM1", b"shut"]


def test_a_file_without_permission_is_scanned_as_unknown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "IM1").write_bytes(make_dicom())
    [file] = find_files(folder)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("builtins.open", refuse)
    assert scan_file(folder, file) == [ScannedFile(file)]


def test_a_file_that_vanished_is_scanned_as_unknown(folder: Path) -> None:
    file = FoundFile(b"gone", 10, 1)
    assert scan_file(folder, file) == [ScannedFile(file)]


def test_an_empty_dump(folder: Path) -> None:
    assert paths(folder) == []


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda uid: uid.keyword)
def test_what_groups_a_file_is_read(folder: Path, syntax: str) -> None:
    (folder / "IM1").write_bytes(make_dicom(study="7", syntax=syntax, StudyID="S 7 "))
    [file] = find_files(folder)
    assert scan_file(folder, file) == [
        ScannedFile(file, f"{ROOT}.7", "P7", "A7", "S 7", f"{ROOT}.7.1.1", modality="CR")
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a text",
        b"\0" * 128 + b"DICM",
        make_dicom()[:400],
        make_dicom(StudyInstanceUID=None),
        b"\2\0\0\0" + bytes(range(256)),
    ],
)
def test_a_file_without_study_is_scanned_as_unknown(folder: Path, data: bytes) -> None:
    (folder / "IM1").write_bytes(data)
    [file] = find_files(folder)
    assert scan_file(folder, file)[0].StudyInstanceUID is None


def test_a_picture_is_known_by_all_its_bytes(folder: Path) -> None:
    start = b"\x89PNG\r\n\x1a\n" + bytes(1 << 15)
    for name, middle in (("a", b"1"), ("b", b"2"), ("c", b"1")):
        (folder / name).write_bytes(start + middle + bytes(1 << 15))
    with zipfile.ZipFile(folder / "d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "a", "in")
        archive.writestr("text", "no picture")
    found = {
        one.file.path: one.picture for file in find_files(folder) for one in scan_file(folder, file)
    }
    assert found[b"a"] == found[b"c"] == found[b"d.zip/in"] != found[b"b"]
    assert found[b"a"] == file_hash(folder / "a")
    assert found[b"d.zip/text"] is None


def test_a_picture_within_which_an_archive_breaks_is_one_all_the_same(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("in", b"\x89PNG\r\n\x1a\n" + bytes(1 << 17))
    data = bytearray((folder / "a.zip").read_bytes())
    data[1 << 16] = 1
    (folder / "a.zip").write_bytes(data)
    [file] = find_files(folder)
    assert [one.picture is not None for one in scan_file(folder, file)] == [True]


def test_a_scan_changes_nothing(folder: Path) -> None:
    (folder / "IM1").write_bytes(make_dicom())
    (folder / "IM1").chmod(0o444)
    before = (folder / "IM1").stat()
    [file] = find_files(folder)
    scan_file(folder, file)
    assert (folder / "IM1").stat()[:9] == before[:9]
    assert stat.S_IMODE((folder / "IM1").stat().st_mode) == 0o444
