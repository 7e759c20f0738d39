"""Archives within archives, and those that were made to do harm."""

import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import zipfile

import pytest

from radprep.dicom import archives
from radprep.dicom import files as files_module
from radprep.dicom.archives import Allowance, files_in, open_archive
from radprep.dicom.facts import read_facts
from radprep.dicom.files import LinkNotFollowed, find_files, list_archive, read_file
from radprep.dicom.scan import scan_file
from radprep.errors import Failure
from tests.made import make_dicom

FILM = make_dicom()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(members, mode="w"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            data = b"" if info is content else content
            info.size = info.size or len(data)
            archive.addfile(info, io.BytesIO(data) if data else None)
    return stream.getvalue()


def special(name, kind, **more):
    info = tarfile.TarInfo(name)
    info.type = kind
    for attribute, value in more.items():
        setattr(info, attribute, value)
    return info


def found(folder, data, name="a"):
    """path -> bytes, or the code, of each file that is found in an archive."""
    (folder / name).write_bytes(data)
    [file] = find_files(folder)
    given = {}
    for one in list_archive(folder, file) or [file]:
        try:
            given[os.fsdecode(one.path)] = read_file(folder, one, lambda _: b"DICM" in _.read(200))
        except (Failure, LinkNotFollowed) as fault:
            given[os.fsdecode(one.path)] = getattr(fault, "code", None) or fault.reason
    return given


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.tar", tarred({"d/1": FILM, "2": b"text"}), {"a.tar/d/1": FILM, "a.tar/2": b"text"}),
        ("a.tgz", tarred({"1": FILM}, "w:gz"), {"a.tgz/1": FILM}),
        ("a.tar.bz2", tarred({"1": FILM}, "w:bz2"), {"a.tar.bz2/1": FILM}),
        ("a.tar.xz", tarred({"1": FILM}, "w:xz"), {"a.tar.xz/1": FILM}),
        ("1.dcm.gz", gzip.compress(FILM, mtime=0), {"1.dcm.gz/1.dcm": FILM}),
        ("1.dcm.bz2", bz2.compress(FILM), {"1.dcm.bz2/1.dcm": FILM}),
        ("1.dcm.xz", lzma.compress(FILM), {"1.dcm.xz/1.dcm": FILM}),
        ("a", zipped({"b.zip": zipped({"1": FILM, "2": FILM})}), {"a/b.zip/1", "a/b.zip/2"}),
        (
            "a",
            zipped({"b.zip": zipped({"1": FILM}), "c": FILM}, zipfile.ZIP_STORED),
            {"a/b.zip/1", "a/c"},
        ),
        ("a", zipped({"b.zip": zipped({"1": FILM})}, zipfile.ZIP_BZIP2), {"a/b.zip/1"}),
        ("a", zipped({"1.gz": gzip.compress(FILM, mtime=0)}), {"a/1.gz/1"}),
        ("a", tarred({"b.zip": zipped({"1": FILM})}, "w:gz"), {"a/b.zip/1"}),
        (
            "a",
            zipped({"b.tgz": tarred({"1.gz": gzip.compress(FILM, mtime=0)}, "w:gz")}),
            {"a/b.tgz/1.gz/1"},
        ),
        ("a.exe", b"MZ" + bytes(1022) + zipped({"1": FILM}), {"a.exe/1": FILM}),
        ("a", tarred({"1": FILM}) + tarred({}), {"a/1": FILM}),
    ],
)
def test_every_file_of_an_archive_is_found_and_read(tmp_path, name, data, expected):
    expected = expected if isinstance(expected, dict) else dict.fromkeys(expected, FILM)
    assert found(tmp_path, data, name) == expected


def test_a_large_member_is_read_again_and_again_in_any_order(tmp_path):
    films = {f"{number}": FILM + random.Random(number).randbytes(50_000) for number in range(40)}
    (tmp_path / "a").write_bytes(zipped({"b": tarred(films, "w:gz")}))
    listed = list_archive(tmp_path, next(find_files(tmp_path)))
    random.Random(1).shuffle(listed)
    for one in listed:
        whole = read_file(tmp_path, one, lambda _: True)
        assert whole == films[os.fsdecode(one.path).rpartition("/")[2]]


@pytest.mark.parametrize("cut", [-10_240, -11_000])
def test_a_tar_that_breaks_off_gives_what_it_has_and_is_told(tmp_path, cut):
    whole = tarred({"1": FILM, "2": FILM + bytes(20_000)})
    end = whole.rindex(FILM) + len(FILM) + (1000 if cut < -10_240 else 0)
    given = found(tmp_path, whole[:end])
    assert given["a/1"] == FILM
    assert given["a"] == "bad_archive"


def test_a_tar_with_a_broken_header_gives_what_stands_before_and_is_told(tmp_path):
    data = bytearray(tarred({"1": FILM, "2": FILM, "3": FILM}))
    place = data.index(b"2\0\0\0\0")
    data[place : place + 512] = b"\xff" * 512
    assert found(tmp_path, bytes(data)) == {"a/1": FILM, "a": "bad_archive"}


def test_what_follows_the_end_of_a_tar_is_told(tmp_path):
    two = tarred({"1": FILM})[:-5120] + tarred({"2": FILM})
    assert found(tmp_path, two) == {"a/1": FILM, "a": "bad_archive"}


def test_links_and_devices_of_a_tar_are_not_followed(tmp_path):
    data = tarred(
        {
            "film": FILM,
            "soft": special("soft", tarfile.SYMTYPE, linkname="/etc/passwd"),
            "hard": special("hard", tarfile.LNKTYPE, linkname="film"),
            "pipe": special("pipe", tarfile.FIFOTYPE),
            "disk": special("disk", tarfile.BLKTYPE, devmajor=8),
            "folder": special("folder", tarfile.DIRTYPE),
        }
    )
    assert found(tmp_path, data) == {
        "a/film": FILM,
        "a/soft": "link_in_archive",
        "a/hard": "link_in_archive",
        "a/pipe": "unreadable",
        "a/disk": "unreadable",
    }


@pytest.mark.parametrize("name", ["/etc/passwd", "../../up", "a\nb", "ä" * 90, "x" * 5000])
def test_hostile_names_are_names(tmp_path, name):
    [(path, data)] = found(tmp_path, tarred({name: FILM})).items()
    assert data == FILM
    assert path.startswith("a/")
    assert len(path) < 1100
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a"]


def huge_tar():
    info = tarfile.TarInfo("huge")
    info.size = 1 << 60
    return info.tobuf(tarfile.GNU_FORMAT) + FILM


def sparse_tar():
    """One of the old GNU kind, which would unpack to a terabyte."""
    block = bytearray(special("s", tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    block[483:495] = b"%011o\0" % (1 << 32)
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(block) + bytes(10_240)


def long_header_tar():
    info = special("x", tarfile.GNUTYPE_LONGNAME, size=1 << 40)
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)


def chained_tar():
    """Headers that are followed by headers, without end."""
    one = special("x", tarfile.GNUTYPE_LONGNAME, size=4).tobuf(tarfile.GNU_FORMAT)
    return (one + b"name".ljust(512, b"\0")) * 3000


@pytest.mark.parametrize("made", [huge_tar, sparse_tar, long_header_tar, chained_tar])
def test_a_tar_made_to_do_harm_costs_itself(tmp_path, made):
    given = found(tmp_path, made())
    assert set(given.values()) <= {"bad_archive", "too_large_in_archive", "unreadable"}


def test_a_negative_size_does_not_go_in_a_circle(tmp_path):
    block = bytearray(special("x", tarfile.REGTYPE).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" * 11 + b"\x00"
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    assert set(found(tmp_path, bytes(block) * 4).values()) <= {"bad_archive", b""}


def test_a_zip_in_a_zip_in_a_zip_ends(tmp_path):
    data = FILM
    for _ in range(archives.MAX_DEPTH + 3):
        data = zipped({"x": data})
    [(path, code)] = found(tmp_path, data).items()
    assert (path.count("/"), code) == (archives.MAX_DEPTH, "bad_archive")


def test_archives_that_multiply_are_ended(tmp_path, monkeypatch):
    """As 42.zip does: each holds sixteen of the next kind."""
    monkeypatch.setattr(archives, "_MEMBERS_ANYWAY", 1000)
    data = bytes(1000)
    for _ in range(5):
        data = zipped({f"{number}": data for number in range(16)})
    given = found(tmp_path, data)
    assert len(given) < 3000
    assert "bad_archive" in given.values()


def test_a_cd_with_a_viewer_of_many_small_files_is_listed(tmp_path):
    viewer = {f"viewer/{number}.txt": b"a" for number in range(5000)}
    (tmp_path / "a").write_bytes(zipped({**viewer, "DICOM/1": FILM}))
    [file] = find_files(tmp_path)
    assert list_archive(tmp_path, file)[-1].path == b"a/DICOM/1"


@pytest.mark.parametrize("made", [zipped, tarred])
def test_an_archive_of_too_many_files_says_so(tmp_path, monkeypatch, made):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    (tmp_path / "a").write_bytes(made({"1": FILM, "2": FILM, "3": FILM}))
    [file] = find_files(tmp_path)
    assert list_archive(tmp_path, file) == []
    with pytest.raises(Failure) as failure:
        read_file(tmp_path, file, lambda _: False)
    assert "more files" in failure.value.detail


def test_all_that_lies_in_it_counts_against_the_archive_on_the_disk(tmp_path, monkeypatch):
    inner = zipped({f"{number}": bytes(100_000) for number in range(10)})
    data = zipped({f"{number}": inner for number in range(10)})
    assert len(found(tmp_path, data)) == 100
    files_module._opened.cache_clear()
    monkeypatch.setattr(archives.budget, "UNPACKED_ANYWAY", 1_500_000)
    given = found(tmp_path, data)
    assert 0 < list(given.values()).count("bad_archive") < 10


def test_a_gzip_bomb_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(archives.budget, "UNPACKED_ANYWAY", 100_000)
    data = gzip.compress(FILM + bytes(3_000_000))
    assert found(tmp_path, data) == {"a/a": "too_large_in_archive"}


def encrypted():
    data = bytearray(zipped({"1": FILM, "2": FILM}, zipfile.ZIP_STORED))
    for start, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := data.find(start, at + 1)) >= 0:
            data[at + place] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (encrypted(), ["bad_archive"] * 2),
        (zipped({}), ["bad_archive"]),
        (tarred({}), [b""]),
        (tarred({"1": FILM})[:300], ["bad_archive"]),
        (gzip.compress(FILM, mtime=0)[:-200], ["bad_archive"]),
        (gzip.compress(b"", mtime=0), [b""]),
        (b"\x1f\x8b\x08 this is none", ["bad_archive"]),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), ["unsupported_archive"]),
        (b"Rar!\x1a\x07\1\0" + bytes(100), ["unsupported_archive"]),
        (zipped({"a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(100)}), ["unsupported_archive"]),
        (zipped({"a.zip": zipped({"1": FILM})[:-30]}), ["bad_archive"]),
    ],
)
def test_an_archive_that_cannot_be_opened_is_a_failure(tmp_path, data, codes):
    given = [
        code[:0] if code == bytes(len(code)) else code for code in found(tmp_path, data).values()
    ]
    assert given == codes
    kinds = [
        one.kind for [*facts] in read_facts(tmp_path, list(find_files(tmp_path))) for one in facts
    ]
    # its header is whole, and inspect reads no further
    readable = {"dicom_image"} if data.startswith(b"\x1f\x8b") else set()
    assert set(kinds) <= {code or "not_dicom" for code in codes} | readable


def test_scan_reads_the_headers_of_all_films(tmp_path):
    (tmp_path / "a").write_bytes(zipped({"b": tarred({"1": FILM, "2": FILM}, "w:gz")}))
    [file] = find_files(tmp_path)
    assert [one.StudyInstanceUID is not None for one in scan_file(tmp_path, file)] == [True, True]


def test_members_of_one_archive_have_paths_of_their_own(tmp_path):
    (tmp_path / "a").write_bytes(two_alike())
    [file] = find_files(tmp_path)
    paths = [one.path for one in list_archive(tmp_path, file)]
    assert len(set(paths)) == len(paths) == 2


def two_alike():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for content in (FILM, b"other"):
            info = tarfile.TarInfo("same")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def test_the_allowance_of_an_archive_is_for_all_that_lies_in_it():
    allowance = Allowance.of(1 << 30)
    assert allowance.members == archives.MAX_MEMBERS
    small = Allowance.of(10)
    archive = open_archive(io.BytesIO(zipped({"1": FILM})), "zip", b"", 10, small)
    assert (list(files_in(archive, 10, small)), small.members) == ([(b"1", "0")], 5999)
