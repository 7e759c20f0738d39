import json
import os
import signal

import pytest

from radprep.cli.tables import as_json
from radprep.convert.named_labels import LabelsWanted
from radprep.errors import InterruptedRunError, UsageError
from radprep.preprocess.pipeline import load_pipeline
from radprep.run import inspector
from radprep.run.inspector import inspect_folder
from radprep.run.runner import RunOptions
from radprep.upkeep.estimate import Place
from radprep.upkeep.table import Inspection
from tests.made import convert, make_dicom, tree_hash


def end_the_process(dump, file):
    os._exit(3)


WRIST = load_pipeline("wrist")


def test_any_number_of_workers_counts_the_same(dump, monkeypatch):
    monkeypatch.setattr(inspector, "_FILES_A_TASK", 2)
    alone = inspect_folder(dump, WRIST, None, RunOptions(1, quiet=True))
    assert alone.source == "dump"
    assert inspect_folder(dump, WRIST, None, RunOptions(2, quiet=True)) == alone


@pytest.mark.parametrize("files", [1, 2, 3, 4])
def test_every_file_is_in_a_task(files, tmp_path, monkeypatch):
    monkeypatch.setattr(inspector, "_FILES_A_TASK", 2)
    for number in range(files):
        (tmp_path / str(number)).touch()
    [kinds] = [
        table
        for table in inspect_folder(tmp_path, WRIST, None, RunOptions(quiet=True)).tables
        if table.name == "kind"
    ]
    assert kinds.rows == [("not_dicom", files)]


def test_nothing_is_written(dump, tmp_path, monkeypatch):
    monkeypatch.chdir(dump)
    before = tree_hash(tmp_path), {path: path.stat().st_mtime_ns for path in dump.rglob("*")}
    inspect_folder(dump, WRIST, None, RunOptions(quiet=True))
    assert (
        tree_hash(tmp_path),
        {path: path.stat().st_mtime_ns for path in dump.rglob("*")},
    ) == before


def test_an_estimate_is_made_from_films_in_memory(dump, tmp_path):
    before = tree_hash(tmp_path)
    found = inspect_folder(dump, WRIST, None, RunOptions(1, quiet=True), Place(1, tmp_path / "out"))
    assert tree_hash(tmp_path) == before
    estimate = found.tables[-1]
    assert (estimate.name, estimate.rows[0]) == ("estimate", ("films", 6, 6, 6))
    assert "An estimate from " in estimate.note


def test_a_film_that_ends_its_worker_costs_its_trial(tmp_path, monkeypatch):
    monkeypatch.setattr(inspector, "try_film", end_the_process)
    (tmp_path / "film").write_bytes(make_dicom())
    found = inspect_folder(tmp_path, WRIST, None, RunOptions(1, quiet=True), Place(1))
    assert "estimate" not in [table.name for table in found.tables]


def test_progress_counts_headers(dump, capsys):
    inspect_folder(dump, WRIST, None, RunOptions())
    assert "inspect: 7/7 headers" in capsys.readouterr().err


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        inspect_folder(tmp_path / "gone", WRIST, None, RunOptions())
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        inspect_folder(tmp_path / "file", WRIST, None, RunOptions())


def test_an_empty_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    with pytest.raises(UsageError, match="There is no file under"):
        inspect_folder(tmp_path, WRIST, None, RunOptions())


def test_a_data_set_takes_no_labels(tmp_path):
    (tmp_path / "dataset.json").write_text("{}")
    with pytest.raises(UsageError, match="leave --labels out"):
        inspect_folder(tmp_path, WRIST, LabelsWanted(tmp_path / "labels.csv"), RunOptions())


def test_labels_that_cannot_be_read_are_said_before_the_dump_is(dump, tmp_path, monkeypatch):
    monkeypatch.setattr(inspector, "read_facts", None)
    with pytest.raises(UsageError, match="cannot be read"):
        inspect_folder(dump, WRIST, LabelsWanted(tmp_path / "gone.csv"), RunOptions())


def test_asked_to_stop_it_stops(dump, monkeypatch):
    monkeypatch.setattr(inspector, "_FILES_A_TASK", 1)
    read, seen = inspector.read_facts, []

    def read_and_ask(*arguments):
        seen.append(arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return read(*arguments)

    monkeypatch.setattr(inspector, "read_facts", read_and_ask)
    with pytest.raises(InterruptedRunError, match="run the same command again"):
        inspect_folder(dump, WRIST, None, RunOptions(1, quiet=True))
    assert len(seen) == 1


def test_a_data_set_is_asked_how_unique_its_patients_are(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--max-failed", 1)
    tables = inspect_folder(tmp_path / "raw", WRIST, None, RunOptions(quiet=True)).tables
    alike = json.loads(as_json(Inspection("dataset", "wrist", tables)))["uniqueness"]
    assert len(alike) == 11
    assert alike[0]["name"] == "age band, sex, maker, body part, month"
    assert {"count", "in_small_groups", "groups", "smallest", "rarest"} < alike[0].keys()
