"""Archives are known by their content."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from radprep.dicom.archive_kinds import archive_kind, unopened_kind
from tests.made import make_dicom


def zipped(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return stream.getvalue()


def tarred(form):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        info = tarfile.TarInfo("x")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    return stream.getvalue()


V7 = bytearray(tarred(tarfile.USTAR_FORMAT))
V7[257:265] = bytes(8)
V7[148:156] = b"%06o\0 " % (sum(V7[:148]) + 256 + sum(V7[156:512]))

KINDS = {
    "zip": [zipped("a"), zipped(), b"PK\7\x08PK\3\4", b"MZ" + bytes(1022) + zipped("a")],
    "tar": [*map(tarred, (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)), V7],
    "gzip": [gzip.compress(b"x", mtime=0), gzip.compress(b"", mtime=0)],
    "bzip2": [bz2.compress(b"x"), bz2.compress(b"")],
    "xz": [lzma.compress(b"x")],
    None: [
        b"",
        b"MZ" + bytes(5000),
        b"MZ PK\5\6" + bytes(18),
        bytes(1024),
        b"text " * 300,
        make_dicom(),
        b"PK\3\4" + make_dicom()[4:],
        b"BZh is no archive",
    ],
}


@pytest.mark.parametrize(("kind", "data"), [(k, one) for k, all_ in KINDS.items() for one in all_])
def test_the_kind_of_an_archive(kind, data):
    assert archive_kind(io.BytesIO(data)) == kind


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("7z", b"7z\xbc\xaf\x27\x1c\0\4"),
        ("rar", b"Rar!\x1a\x07\0"),
        ("rar", b"Rar!\x1a\x07\1\0"),
        ("zstd", b"\x28\xb5\x2f\xfd\4"),
        ("lha", b"\x20\x00-lh5-"),
        ("compress", b"\x1f\x9d\x90"),
        ("iso", bytes(32768) + b"\1CD001\1"),
        (None, b"text"),
        (None, b"\x1f\x9d\xff"),
        (None, make_dicom()),
    ],
)
def test_archives_that_nobody_opens_are_known(kind, data):
    assert unopened_kind(io.BytesIO(data)) == kind
