"""What a scan remembers between runs."""

import random

import pytest

from radprep.convert.scan_index import IndexOf, Scanned, read_index, still_true, write_index
from radprep.dicom.files import FoundFile
from radprep.dicom.scan import ScannedFile
from radprep.private.key import Pseudonyms
from tests.made import private_of

KEY = Pseudonyms(bytes(32))


def scanned(files):
    found = Scanned()
    found.add(ScannedFile(file, f"1.2.{number}") for number, file in enumerate(files))
    return found


@pytest.fixture
def files():
    return [FoundFile(b"%03d" % number, 100 + number, 7_000) for number in range(50)]


@pytest.fixture
def out(tmp_path):
    private_of(tmp_path / "raw").root.mkdir()
    return tmp_path / "raw"


def test_the_index_does_not_depend_on_which_header_was_read_first(files, out):
    whole = list(scanned(files))
    indices = set()
    for seed in range(3):
        shuffled = Scanned()
        shuffled.add(random.Random(seed).sample(whole, len(whole)))
        write_index(private_of(out), IndexOf(1, "here"), KEY, shuffled)
        indices.add(private_of(out).index(1).read_bytes())
    assert len(indices) == 1
    assert list(read_index(private_of(out), 1)) == whole


def test_only_files_that_have_changed_are_read_again(files, out):
    write_index(private_of(out), IndexOf(1, "here", new=True), KEY, scanned(files))
    now = [
        FoundFile(files[0].path, 1, 7_000),
        FoundFile(files[1].path, files[1].size, 8_000),
        *files[2:40],
        FoundFile(b"new", 5, 6),
    ]
    known, unknown = still_true(read_index(private_of(out), 1), now)
    assert [one.file for one in known] == files[2:40]
    assert unknown == [now[0], now[1], now[-1]]


def test_a_changed_archive_is_read_again_as_a_whole(out):
    archive = FoundFile(b"a.zip", 9, 9)
    inside = [FoundFile(b"a.zip/%d" % number, 9, 9, b"a.zip", str(number)) for number in range(3)]
    write_index(private_of(out), IndexOf(1, "here", new=True), KEY, scanned(inside))
    assert still_true(read_index(private_of(out), 1), [archive])[1] == []
    assert [one.file for one in still_true(read_index(private_of(out), 1), [archive])[0]] == inside
    changed = FoundFile(b"a.zip", 9, 10)
    assert still_true(read_index(private_of(out), 1), [changed])[1] == [changed]
    assert len(still_true(read_index(private_of(out), 1), [changed])[0]) == 0


@pytest.mark.parametrize("damaged", [b"", b"PAR1 damaged"])
def test_an_index_that_cannot_be_read_is_none(out, damaged):
    assert len(read_index(private_of(out), 1)) == 0
    private_of(out).index(1).write_bytes(damaged)
    assert len(read_index(private_of(out), 1)) == 0
