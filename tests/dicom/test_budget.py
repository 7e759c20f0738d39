"""What one file may cost."""

import io
import mmap
import resource

import pytest

from radprep.dicom import budget
from radprep.dicom.budget import Bounded, mapped_bytes, memory_for
from radprep.errors import Failure

MEBI = 1 << 20


def test_a_stream_gives_what_it_has_within_its_budget():
    stream = Bounded(io.BytesIO(b"abcdef"), 6)
    assert (stream.read(2), stream.tell(), stream.read(), stream.read(9)) == (
        b"ab",
        2,
        b"cdef",
        b"",
    )
    stream.check()


def test_too_many_bytes_end_it_however_they_are_asked_for():
    for size in (-1, 1000):
        stream = Bounded(io.BytesIO(bytes(1000)), 10)
        with pytest.raises(Failure, match="header_too_large"):
            stream.read(size)
        assert stream.tell() == 11  # no more was read than tells it


def test_too_many_reads_end_it_and_it_stays_ended(monkeypatch):
    monkeypatch.setattr(budget, "MAX_READS", 3)
    stream = Bounded(io.BytesIO(bytes(1000)), 1000)
    for _ in range(3):
        stream.read(1)
    for _ in range(2):
        with pytest.raises(Failure, match="header_too_large"):
            stream.read(1)
    with pytest.raises(Failure):
        stream.check()


def test_the_file_behind_a_stream_cannot_be_opened_again(tmp_path):
    (tmp_path / "film").write_bytes(b"x")
    with (tmp_path / "film").open("rb") as handle:
        assert not hasattr(Bounded(handle, 1), "name")


def test_memory_beyond_the_budget_is_refused_and_given_again_afterwards(monkeypatch):
    monkeypatch.setattr(budget, "_ANY_FILE", 50 * MEBI)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with memory_for(MEBI):
        mmap.mmap(-1, 40 * MEBI).close()
        with pytest.raises((MemoryError, OSError)):
            mmap.mmap(-1, 90 * MEBI)
        with memory_for(100 * MEBI), pytest.raises((MemoryError, OSError)):  # within what is left
            mmap.mmap(-1, 90 * MEBI)
    with memory_for(10 * MEBI):  # a larger file may take more
        mmap.mmap(-1, 90 * MEBI).close()
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_where_nobody_says_what_a_process_has_nothing_is_limited(monkeypatch):
    assert mapped_bytes() > MEBI
    monkeypatch.setattr(budget, "mapped_bytes", lambda: 0)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with memory_for(0):
        assert resource.getrlimit(resource.RLIMIT_AS) == before
