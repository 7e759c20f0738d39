import os

from radprep.stage import pulse
from radprep.stage.pulse import RECORD, counted, report_to


def test_each_film_is_told_once_it_is_done(tmp_path):
    told = tmp_path / "told"
    told.touch()
    report_to(str(told))
    try:
        films = counted(["a", "b", "c"], 10)
        assert [next(films), told.stat().st_size] == ["a", 0]
        assert [next(films), told.stat().st_size] == ["b", RECORD.size]
        assert list(films) == ["c"]
        assert list(RECORD.iter_unpack(told.read_bytes())) == [(3,)] * 3
    finally:
        report_to("")


def test_nobody_is_told_where_nobody_listens(tmp_path):
    report_to(str(tmp_path / "gone"))
    assert list(counted(["a", "b"], 2)) == ["a", "b"]
    report_to("")
    assert list(counted([], 2)) == []


def test_a_listener_that_cannot_be_written_to_costs_nothing():
    report_to("/dev/full")
    assert list(counted(["a", "b"], 2)) == ["a", "b"]
    report_to("")
    assert not pulse._listeners


def test_another_listener_takes_the_place_of_the_first(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        path.touch()
        report_to(str(path))
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - descriptors
    report_to(str(second))
    assert set(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
    list(counted(["a"], 1))
    report_to("")
    assert (first.stat().st_size, second.stat().st_size) == (0, RECORD.size)
