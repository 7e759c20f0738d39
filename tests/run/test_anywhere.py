"""Shards, collate, status, dry runs and retries, through the command line; the tree is the same
however it was made."""

import json
import os
import random
import signal
import subprocess
import sys
import threading

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.convert.conversion import Conversion
from radprep.convert.options import ConvertOptions
from radprep.convert.scan_index import Scanned, read_index
from radprep.convert.study import ConvertStage
from radprep.dataset.info import read_info
from radprep.dataset.layout import DataSet
from radprep.dicom.scan import scan_file
from radprep.errors import InterruptedRunError
from radprep.preprocess import study as study_module
from radprep.run import runner as runner_module
from radprep.run.runner import RunOptions, run_conversion
from radprep.stage.collate import collate
from tests.made import arm, make_dicom, private_of, tree_hash

runner = CliRunner()
plain_scandir = os.scandir


def radprep(*words, code=0):
    result = runner.invoke(app, [*map(str, words)])
    assert result.exit_code == code or (
        code and result.exception and getattr(result.exception, "exit_code", None) == code
    ), result.output
    return result.stdout


def convert(dump, out, key_file, *flags, code=0):
    return radprep(
        "convert",
        dump,
        out,
        "--key",
        key_file,
        "--max-failed",
        "1",
        "--workers",
        "1",
        *flags,
        code=code,
    )


@pytest.fixture
def many(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for study in range(9):
        (folder / str(study)).write_bytes(make_dicom(arm(24, 20, study), study=str(study)))
    (folder / "text").write_text("no film")
    return folder


def everything(out):
    return tree_hash(out), tree_hash(
        out.with_name(out.name + ".private"), "studies", "identifiers", "index"
    )


def test_any_number_of_shards_gives_the_tree_of_one_run(many, tmp_path, key_file):
    whole = tmp_path / "whole"
    convert(many, whole, key_file)
    for count in (1, 4, 20):
        out = tmp_path / f"of{count}"
        radprep("scan", many, out, "--key", key_file)
        assert (out.with_name(out.name + ".private") / "index.parquet").exists()
        for number in reversed(range(1, count + 1)):
            said = convert(many, out, key_file, "--shard", f"{number}/{count}")
            assert f"shard {number}/{count}" in said
            assert not (out / "instances.parquet").exists()
        radprep("collate", out, "--max-failed", "1")
        assert everything(out) == everything(whole)
        before = everything(out)
        radprep("collate", out, "--max-failed", "1")
        assert everything(out) == before


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_any_number_of_workers_gives_the_same_tree(many, tmp_path, key_file, workers):
    for out, options in (
        ("whole", RunOptions(quiet=True)),
        ("raw", RunOptions(workers, quiet=True)),
    ):
        run_conversion(
            Conversion.prepare(many, tmp_path / out, ConvertOptions(), key_file=key_file), options
        )
    assert everything(tmp_path / "raw") == everything(tmp_path / "whole")


class Shuffled:
    """What os.scandir gives, in an order of chance."""

    def __init__(self, folder="."):
        with plain_scandir(folder) as entries:
            self.entries = list(entries)
        random.shuffle(self.entries)

    def __iter__(self):
        return self

    def __next__(self):
        if not self.entries:
            raise StopIteration
        return self.entries.pop()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.entries = []


def test_the_order_in_which_a_disk_lists_files_does_not_matter(
    many, tmp_path, key_file, monkeypatch
):
    """Nor that in which headers and studies come back."""
    for study in range(3):  # several files a study, some of them the same or in conflict
        for name in ("a", "b", "c"):
            (many / f"{study}-{name}").write_bytes(
                make_dicom(arm(24, 20, study + 10 * (name == "c")), study=str(study))
            )
    convert(many, tmp_path / "whole", key_file)
    plain = Scanned.__iter__
    monkeypatch.setattr(
        Scanned, "__iter__", lambda scanned: iter(random.sample(list(plain(scanned)), len(scanned)))
    )
    monkeypatch.setattr(os, "scandir", Shuffled)
    for number in range(3):
        random.seed(number)
        convert(many, tmp_path / str(number), key_file)
        assert everything(tmp_path / str(number)) == everything(tmp_path / "whole")


def test_the_number_of_shards_may_change_and_a_missing_one_is_said(many, tmp_path, key_file):
    out = tmp_path / "raw"
    convert(many, out, key_file, "--shard", "1/3")
    radprep("collate", out, code=75)
    assert not read_info(DataSet(out))["complete"]
    for number in (1, 2):
        convert(many, out, key_file, "--shard", f"{number}/2")
    assert json.loads(radprep("collate", out, "--json"))["counts"]["files"] == 10
    convert(many, tmp_path / "whole", key_file)
    assert everything(out) == everything(tmp_path / "whole")


def test_pre_processing_in_shards(many, tmp_path, key_file):
    raw = tmp_path / "raw"
    convert(many, raw, key_file)
    common = ("--pipeline", "wrist-thesis", "--workers", "1", "--max-failed", "1")
    radprep("preprocess", raw, tmp_path / "whole", *common)
    for number in (2, 1):
        radprep("preprocess", raw, tmp_path / "parts", *common, "--shard", f"{number}/2")
    radprep("collate", tmp_path / "parts", "--max-failed", "1")
    assert tree_hash(tmp_path / "parts") == tree_hash(tmp_path / "whole")


@pytest.mark.slow
def test_two_whole_runs_at_once(many, tmp_path, key_file):
    out = tmp_path / "raw"
    command = [
        sys.executable,
        "-m",
        "radprep",
        "convert",
        str(many),
        str(out),
        "--key",
        str(key_file),
        "--workers",
        "1",
    ]
    runs = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for run in runs:
        said = run.communicate()[1]
        assert run.returncode in (0, 75), said
    convert(many, out, key_file)
    convert(many, tmp_path / "whole", key_file)
    assert everything(out) == everything(tmp_path / "whole")


def test_runs_with_other_parameters_at_once_are_told(many, tmp_path, key_file, monkeypatch):
    out = tmp_path / "raw"
    plain = ConvertStage.do

    def meanwhile(stage, job):
        if stage.options.bits == 8:
            with monkeypatch.context() as patch:
                patch.setattr(ConvertStage, "do", plain)
                run_conversion(
                    Conversion.prepare(many, out, ConvertOptions(bits=16), key_file=key_file),
                    RunOptions(quiet=True),
                )
        return plain(stage, job)

    monkeypatch.setattr(ConvertStage, "do", meanwhile)
    with pytest.raises(InterruptedRunError, match="other parameters"):
        run_conversion(
            Conversion.prepare(many, out, ConvertOptions(), key_file=key_file),
            RunOptions(quiet=True),
        )
    assert not read_info(DataSet(out))["complete"]


def test_a_study_in_the_hands_of_another_run_is_waited_for(many, tmp_path, key_file):
    """Its marker is away for a moment: the tables must not be made without it."""
    out = tmp_path / "raw"
    convert(many, out, key_file)
    before = everything(out)
    marker = DataSet(out).marker(DataSet(out).study_ids()[3])
    aside = marker.replace(marker.with_suffix(".1-ab.replaced"))
    comes_back = threading.Timer(0.5, aside.replace, (marker,))
    comes_back.start()
    collate(DataSet(out), left=0)
    comes_back.join()
    assert everything(out) == before
    marker.replace(aside)
    with pytest.raises(InterruptedRunError, match="1 of 10 studies"):
        collate(DataSet(out), left=0)
    assert not read_info(DataSet(out))["complete"]


def test_shards_may_remove_what_has_left_the_dump(many, tmp_path, key_file):
    out = tmp_path / "raw"
    convert(many, out, key_file)
    for name in ("1", "4", "7"):
        (many / name).unlink()
    for number in (1, 2, 3):
        convert(many, out, key_file, "--prune", "--shard", f"{number}/3")
    radprep("collate", out, "--max-failed", "1")
    convert(many, tmp_path / "whole", key_file)
    assert everything(out)[0] == everything(tmp_path / "whole")[0]


def test_a_dry_run_says_why_and_writes_nothing(many, tmp_path, key_file):
    out = tmp_path / "raw"
    assert set(json.loads(convert(many, out, key_file, "--dry-run", "--json"))["do"].values()) == {
        "new"
    }
    assert not out.exists()
    convert(many, out, key_file)
    before = everything(out)
    (many / "3").write_bytes(make_dicom(arm(24, 20, 99), study="3"))
    assert list(json.loads(convert(many, out, key_file, "--dry-run", "--json"))["do"].values()) == [
        "input"
    ]
    assert set(
        json.loads(convert(many, out, key_file, "--bits", "16", "--dry-run", "--json"))[
            "do"
        ].values()
    ) == {"input", "parameters"}
    assert "a parameter has changed" in convert(many, out, key_file, "--bits", "16", "--dry-run")
    assert everything(out) == before


def test_a_dry_run_of_a_pipeline_says_why(many, tmp_path, key_file, monkeypatch):

    raw, out = tmp_path / "raw", tmp_path / "clean"
    convert(many, raw, key_file)
    common = (
        "preprocess",
        raw,
        out,
        "--pipeline",
        "wrist-thesis",
        "--workers",
        "1",
        "--max-failed",
        "1",
    )
    radprep(*common)
    assert json.loads(radprep(*common, "--dry-run", "--json"))["do"] == {}
    changed = radprep(*common, "--set", "colour_inversion.threshold=90", "--dry-run", "--json")
    assert set(json.loads(changed)["do"].values()) == {"parameters"}
    next(
        DataSet(out).files_of(
            next(name for name in DataSet(out).study_ids() if name != "unassigned")
        )
    ).unlink()
    assert list(json.loads(radprep(*common, "--dry-run", "--json"))["do"].values()) == ["images"]
    monkeypatch.setattr(study_module, "VERSION", 99)
    assert set(json.loads(radprep(*common, "--dry-run", "--json"))["do"].values()) == {"versions"}


def test_failed_studies_are_tried_again_when_asked(many, tmp_path, key_file, monkeypatch):
    out = tmp_path / "raw"

    def broken(stage, job):
        return stage.fail(job, "worker_died")

    with monkeypatch.context() as patch:
        patch.setattr(ConvertStage, "do", broken)
        run_conversion(
            Conversion.prepare(many, out, ConvertOptions(), key_file=key_file),
            RunOptions(quiet=True, limit=3),
        )
    assert len(json.loads(convert(many, out, key_file, "--dry-run", "--json"))["do"]) == 7
    assert "retry" not in convert(
        many, out, key_file, "--dry-run", "--json", "--retry", "failed:decoder_died"
    )
    convert(many, out, key_file, "--retry", "failed:worker_died")
    convert(many, tmp_path / "whole", key_file)
    assert everything(out) == everything(tmp_path / "whole")
    convert(many, out, key_file, "--retry", "worse", code=2)


def test_what_a_retry_mended_is_redone_in_the_next_stage(many, tmp_path, key_file, monkeypatch):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    with monkeypatch.context() as patch:
        patch.setattr(ConvertStage, "do", lambda stage, job: stage.fail(job, "worker_died"))
        run_conversion(
            Conversion.prepare(many, raw, ConvertOptions(), key_file=key_file),
            RunOptions(quiet=True),
        )
    common = (
        "preprocess",
        raw,
        clean,
        "--pipeline",
        "wrist-thesis",
        "--workers",
        "1",
        "--max-failed",
        "1",
    )
    radprep(*common)
    convert(many, raw, key_file, "--retry", "failed")
    assert set(json.loads(radprep(*common, "--dry-run", "--json"))["do"].values()) == {"input"}


def test_status_calls_no_trial_complete(many, tmp_path, key_file):
    convert(many, tmp_path / "raw", key_file, "--limit", "4")
    assert "4 of 10 studies on the disk, not complete: --limit left 6 undone" in radprep(
        "status", tmp_path / "raw"
    )
    convert(many, tmp_path / "raw", key_file)
    assert "10 of 10 studies on the disk, complete" in radprep("status", tmp_path / "raw")


def test_status_tells_of_shards(many, tmp_path, key_file):
    out = tmp_path / "raw"
    convert(many, out, key_file, "--shard", "2/2")
    said = radprep("status", out)
    assert "shared tables not made yet" in said
    assert "shard 2/2     done" in said
    convert(many, out, key_file, "--shard", "1/2")
    radprep("collate", out)
    status = json.loads(radprep("status", out, "--json"))
    assert (status["complete"], status["planned"], status["studies"]) == (True, 10, 10)
    assert [run["shard"] for run in status["runs"]] == ["1/2", "2/2"]
    path = out / "logs" / "status-1-of-2.json"
    path.write_text(
        json.dumps(
            {
                **json.loads(path.read_text()),
                "state": "running",
                "updated": "2020-01-01T00:00:00Z",
                "started": "2019-12-31T23:59:00Z",
                "effort": 3,
                "effort_done": 1,
            }
        )
    )
    assert "0:02:00 left" in radprep("status", out)
    assert "it may be dead" in radprep("status", out)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_to_the_group_ends_with_75_and_the_rest_follows(many, tmp_path, key_file, number):
    out = tmp_path / "raw"
    for study in range(20, 140):
        (many / str(study)).write_bytes(make_dicom(arm(24, 20, study), study=str(study)))
    command = [
        sys.executable,
        "-m",
        "radprep",
        "convert",
        str(many),
        str(out),
        "--key",
        str(key_file),
        "--workers",
        "1",
    ]
    run = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    while run.poll() is None and not DataSet(out).study_ids():
        pass
    os.killpg(run.pid, number)
    said = run.communicate(timeout=60)[1]
    assert run.returncode == 75, said
    assert not list(out.glob(".tmp/*"))
    convert(many, out, key_file)
    convert(many, tmp_path / "whole", key_file)
    assert everything(out) == everything(tmp_path / "whole")


@pytest.mark.slow
def test_a_file_that_kills_its_worker_in_the_scan_costs_that_file(
    many, tmp_path, key_file, monkeypatch
):
    (many / "killer").write_bytes(b"killer")
    convert(many, tmp_path / "whole", key_file)
    monkeypatch.setattr(runner_module, "_scan_files", deadly_scan)
    monkeypatch.setattr(runner_module, "_FILES_A_TASK", 4)
    conversion = Conversion.prepare(many, tmp_path / "raw", ConvertOptions(), key_file=key_file)
    assert runner_module.run_scan(conversion, RunOptions(workers=2, quiet=True)) == 11
    assert (
        read_index(private_of(tmp_path / "raw"), 1)
        .table()
        .equals(read_index(private_of(tmp_path / "whole"), 1).table())
    )


def deadly_scan(dump, files):
    """As the real one; one of the files ends the process."""
    if any(file.path == b"killer" for file in files):
        os.kill(os.getpid(), signal.SIGKILL)
    return len(files), [one for file in files for one in scan_file(dump, file)]
