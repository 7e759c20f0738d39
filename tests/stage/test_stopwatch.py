import pytest

from radprep.stage import stopwatch
from radprep.stage.stopwatch import Stopwatch


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is moved on."""
    now = [0.0]
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: now[0])

    def move_on(seconds):
        now[0] += seconds

    return move_on


def test_seconds_of_a_stage_add_up(clock):
    watch = Stopwatch()
    for seconds in (1.0, 2.5):
        with watch.timing("decode"):
            clock(seconds)
        clock(100)
    with watch.timing("encode"):
        clock(4)
    assert watch.seconds == {"decode": 3.5, "encode": 4.0}


def test_what_raises_was_work_too(clock):
    def decode():
        clock(2)
        raise ValueError("broken")

    watch = Stopwatch()
    with pytest.raises(ValueError, match="broken"), watch.timing("decode"):
        decode()
    assert watch.seconds == {"decode": 2.0}
