import json

from radprep.dataset.layout import DataSet
from radprep.run import progress as progress_module
from radprep.run.progress import Progress, RunLog
from radprep.stage.work import Outcome


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
