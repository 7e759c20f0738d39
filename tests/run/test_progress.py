import json
import re
import time

from radprep.dataset.layout import DataSet
from radprep.run import progress as progress_module
from radprep.run.listener import address
from radprep.run.progress import Progress, RunLog
from radprep.stage.pulse import counted, report_to
from radprep.stage.work import Outcome


def wait_until(is_true):
    """Wait for what another thread does; a minute at most."""
    end = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_without_a_terminal_plain_lines_and_no_carriage_return(capsys, monkeypatch):
    monkeypatch.setattr(progress_module, "LINE_EVERY_S", 0.0)
    with Progress("convert", 2) as progress:
        progress.step(Outcome("a", kept=2))
        progress.step(Outcome("b", failed=1, rejected=1))
    out, err = capsys.readouterr()
    assert out == ""
    assert "\r" not in err
    assert err.splitlines()[-1].startswith("convert: 2/2 studies")
    assert "2 kept, 1 rejected, 1 failed" in err


def test_a_line_is_said_every_half_minute_at_most(capsys):
    with Progress("convert", 500) as progress:
        for number in range(500):
            progress.step(Outcome(str(number)))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_large_study_does_not_stand_still(capsys, monkeypatch):
    monkeypatch.setattr(progress_module, "LINE_EVERY_S", 0.02)
    monkeypatch.setattr(progress_module, "LOOK_EVERY_S", 0.01)
    report_to(address())
    with Progress("convert", 2, effort=1000) as progress:
        for number, _ in enumerate(counted(range(500), 900)):
            if number == 450:
                wait_until(lambda: "450 " in capsys.readouterr().err or progress._films == 450)
                line = progress.line()
        progress.step(Outcome("a", kept=500), effort=900)
        assert progress.line().startswith("convert: 1/2 studies (90%), ")
        progress.step(Outcome("b", kept=1), effort=100)
    assert re.match(
        r"convert: 0/2 studies \(45%\), [\d.]+ films/s, \d:\d\d:\d\d left, files: 0 kept", line
    )
    assert "convert: 2/2 studies (100%), " in capsys.readouterr().err


def test_lines_come_by_themselves_while_one_study_is_done(capsys, monkeypatch):
    monkeypatch.setattr(progress_module, "LINE_EVERY_S", 0.02)
    monkeypatch.setattr(progress_module, "LOOK_EVERY_S", 0.01)
    said = []
    with Progress("convert", 1):
        wait_until(lambda: said.append(capsys.readouterr().err) or "".join(said).count("0/1") > 2)


def test_a_study_that_was_tried_twice_is_not_more_than_all():
    report_to(address())
    progress = Progress("convert", 1, effort=10)
    with progress:
        for _ in range(3):
            list(counted(range(5), 10))
        progress.step(Outcome("a"), effort=10)
    assert "(100%)" in progress.line()


def test_nothing_to_do_says_nothing(capsys):
    with Progress("convert", 0):
        pass
    assert capsys.readouterr().err == ""


def test_the_log_is_json_lines_and_the_status_says_how_it_ended(tmp_path):
    log = RunLog(DataSet(tmp_path), "convert", 1)
    assert not (tmp_path / "logs" / "status.json").exists()
    log.study(Outcome("abcd", kept=1, images=1))
    assert json.loads((tmp_path / "logs" / "status.json").read_text())["state"] == "running"
    log.close("done")
    (path,) = (tmp_path / "logs").glob("*.jsonl")
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == [
        "started",
        "study",
        "done",
    ]
    status = json.loads((tmp_path / "logs" / "status.json").read_text())
    assert (status["state"], status["done"], status["kept"]) == ("done", 1, 1)


def test_the_time_left_is_told_from_the_work_left(monkeypatch):
    progress = Progress("convert", 10, effort=100)
    progress.step(effort=50)
    assert progress.seconds_left(7.0) == 7.0
    progress.step(effort=25, number=3)
    assert (progress.done, progress.seconds_left(6.0)) == (4, 2.0)
