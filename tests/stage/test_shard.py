import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.errors import UsageError
from radprep.stage.shard import Shard, parse_shard


@given(st.text(), st.integers(1, 50))
def test_a_study_is_in_one_shard(study_id, count):
    assert sum(Shard(number, count).holds(study_id) for number in range(1, count + 1)) == 1


def test_shards_are_about_equal_and_stay_as_they_are():
    held = [
        sum(Shard(number, 4).holds(f"{study:016x}") for study in range(4000))
        for number in range(1, 5)
    ]
    assert min(held) > 900
    assert [
        Shard(1, 4).holds(name) for name in ("0123456789abcdef", "fedcba9876543210", "unassigned")
    ] == [False, True, False]


def test_what_a_person_writes():
    assert parse_shard(None) is None
    assert parse_shard("3/20") == Shard(3, 20)
    for wrong in ("0/4", "5/4", "1", "a/b", "1/0", "-1/4", ""):
        with pytest.raises(UsageError, match="--shard"):
            parse_shard(wrong)


@pytest.mark.parametrize(
    ("task", "first", "last", "count", "shard"),
    [(0, 0, 19, 20, Shard(1, 20)), (20, 1, 20, 20, Shard(20, 20))],
)
def test_the_task_of_an_array(monkeypatch, task, first, last, count, shard):
    for name, value in (("ID", task), ("MIN", first), ("MAX", last), ("COUNT", count)):
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", str(value))
    assert parse_shard("auto") == shard


def test_an_array_with_gaps_or_none_is_refused(monkeypatch):
    with pytest.raises(UsageError, match="inside a SLURM job array"):
        parse_shard("auto")
    for name, value in (("ID", 7), ("MIN", 3), ("MAX", 7), ("COUNT", 2)):
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", str(value))
    with pytest.raises(UsageError, match="without gaps"):
        parse_shard("auto")
