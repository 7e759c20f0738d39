"""How much memory a worker may take."""

import os
import resource

import pytest

from radprep.run import memory, workers
from radprep.run.memory import LEAST_FOR_A_WORKER, MOST_FOR_A_WORKER, memory_available
from radprep.run.workers import limit_process, limited_process

GIBI = 1 << 30
MEBI = 1 << 20


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A machine of 64 GiB whose control groups a test writes: name of a file -> its text."""
    monkeypatch.setattr(os, "sysconf", lambda name: 64 * GIBI if name == "SC_PHYS_PAGES" else 1)
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_OWN_CGROUPS", tmp_path / "own")

    def write(own="", **files):
        (tmp_path / "own").write_text(own)
        for name, text in files.items():
            path = tmp_path / "cgroup" / name.replace("__", "/").replace("memory_", "memory.")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")

    return write


def test_without_limits_it_is_the_machine(system):
    assert memory_available({}) == 64 * GIBI
    system("0::/user\n", user__memory_max="max")
    assert memory_available({}) == 64 * GIBI


@pytest.mark.parametrize("place", ["a__b__memory_max", "a__memory_max", "memory_max"])
def test_the_least_limit_of_version_2_counts_wherever_it_stands_above(system, place):
    system("0::/a/b\n", **{"a__b__memory_max": "max", place: 3 * GIBI})
    assert memory_available({}) == 3 * GIBI


def test_in_a_container_the_group_stands_at_the_root(system):
    system("0::/docker/of/the/host\n", memory_max=2 * GIBI)
    assert memory_available({}) == 2 * GIBI


@pytest.mark.parametrize("place", ["job__step", "job"])
def test_version_1_has_a_tree_for_memory(system, place):
    name = f"memory__{place}__memory_limit_in_bytes"
    system("5:cpu,cpuacct:/x\n4:memory:/job/step\n", **{name: 5 * GIBI})
    assert memory_available({}) == 5 * GIBI
    system("4:memory:/job/step\n", memory__memory_limit_in_bytes=9223372036854771712)
    assert memory_available({}) == 5 * GIBI


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SLURM_MEM_PER_NODE": "4096"}, 4 * GIBI),
        ({"SLURM_MEM_PER_NODE": "0"}, 64 * GIBI),
        ({"SLURM_MEM_PER_CPU": "1024", "SLURM_CPUS_ON_NODE": "8"}, 8 * GIBI),
        ({"SLURM_MEM_PER_CPU": "1024", "SLURM_CPUS_PER_TASK": "3"}, 3 * GIBI),
        ({"SLURM_MEM_PER_CPU": "1024"}, GIBI),
        ({"SLURM_MEM_PER_CPU": "a lot", "SLURM_MEM_PER_NODE": "-1"}, 64 * GIBI),
    ],
)
def test_slurm_says_what_a_job_has(system, variables, expected):
    assert memory_available(variables) == expected


@pytest.mark.parametrize("own", ["", "nonsense", "0", "::", "4:memory", "0::/../../etc\n"])
def test_what_cannot_be_read_limits_nothing(system, own):
    system(own)
    assert memory_available({}) == 64 * GIBI


@pytest.mark.parametrize(
    ("available", "count", "expected"),
    [
        (64, 7, 8 * GIBI),
        (64, 1, MOST_FOR_A_WORKER),
        (6, 2, 2 * GIBI),
        (1, 1, LEAST_FOR_A_WORKER),
        (64, 500, LEAST_FOR_A_WORKER),
        (10, 0, 5 * GIBI),
    ],
)
def test_a_worker_has_its_share(monkeypatch, available, count, expected):
    monkeypatch.setattr(memory, "memory_available", lambda: available * GIBI)
    assert memory.memory_of_worker(count) == expected


def test_a_process_that_is_limited_again_gets_no_more():
    limit_process(GIBI)
    before = resource.getrlimit(resource.RLIMIT_AS)
    assert GIBI < before[0] < GIBI + 64 * GIBI
    kept = bytearray(50 * MEBI)
    limit_process(GIBI)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(kept)


def test_a_lower_limit_stays():
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    low = workers._mapped_at_start() + 600 * MEBI
    resource.setrlimit(resource.RLIMIT_AS, (low, hard))
    limit_process(GIBI)
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == low


def test_a_process_that_works_by_itself_is_limited_for_as_long_only():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with limited_process():
        assert resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    assert resource.getrlimit(resource.RLIMIT_AS) == before
