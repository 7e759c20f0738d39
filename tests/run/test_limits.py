"""What a run may take: the memory of a worker, and a disk until it is full."""

import errno
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from radprep.convert.conversion import Conversion
from radprep.convert.options import ConvertOptions
from radprep.dataset.layout import DataSet
from radprep.errors import INTERRUPTED, InterruptedRunError
from radprep.preprocess.pipeline import load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.run import runner
from radprep.run.runner import RunOptions
from tests.made import arm, make_dicom, tree_hash

pytestmark = pytest.mark.slow

FILM = (2000, 2000)
BUFFERS = 10
"""Copies of a film's stored values (8 MB) that may stand in memory at once: its file, its codes,
working copies, the PNG."""


def convert(dump, out, key_file, **options):
    return runner.run_conversion(
        Conversion.prepare(dump, out, ConvertOptions(), key_file=key_file),
        RunOptions(quiet=True, **options),
    )


@dataclass(frozen=True)
class Weighed:
    """A stage whose worker writes down the most memory it has ever held."""

    stage: object
    note: Path

    def do(self, job):
        outcome = self.stage.do(job)
        (line,) = (
            line
            for line in Path("/proc/self/status").read_text().splitlines()
            if line.startswith("VmHWM")
        )
        self.note.write_text(line.split()[1])
        return outcome

    def fail(self, job, code):
        return self.stage.fail(job, code)


@pytest.fixture
def peak(tmp_path, monkeypatch):
    """Bytes that the worker of the last run has held at most."""
    plain = runner.run_stage
    monkeypatch.setattr(
        runner, "run_stage", lambda stage, *rest: plain(Weighed(stage, tmp_path / "peak"), *rest)
    )
    return lambda: 1024 * int((tmp_path / "peak").read_text())


def test_a_worker_takes_250_mb_and_the_buffers_of_its_film(tmp_path, key_file, peak):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "film").write_bytes(make_dicom(arm(*FILM), BodyPartExamined="ELBOW"))
    allowed = 250e6 + BUFFERS * 2 * FILM[0] * FILM[1]
    convert(dump, tmp_path / "raw", key_file, workers=1)
    assert peak() < allowed, peak()
    pipeline = load_pipeline("elbow", [])
    result = runner.run_preprocessing(
        Preprocessing.prepare(tmp_path / "raw", tmp_path / "clean", pipeline),
        RunOptions(1, quiet=True),
    )
    assert result.counts["images"] == 1
    assert peak() < allowed, peak()


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A folder on a disk that is soon full, and a function that gives it room. Where nothing may be
    mounted, its place is taken by fsync, which says that there is no room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    ):
        yield (
            folder,
            lambda: subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True),
        )
        subprocess.run(["umount", "--lazy", folder], check=True)
        return
    plain, left = os.fsync, iter(range(20))

    def full(descriptor):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "no space")
        plain(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    yield folder, lambda: monkeypatch.setattr(os, "fsync", plain)


def test_a_full_disk_ends_the_run_and_with_room_it_goes_on(tmp_path, key_file, small_disk):
    dump = tmp_path / "dump"
    dump.mkdir()
    for study in range(12):
        (dump / str(study)).write_bytes(make_dicom(arm(120, 90, study), study=str(study)))
    folder, give_room = small_disk
    with pytest.raises(InterruptedRunError, match="disk is full") as error:
        convert(dump, folder / "raw", key_file)
    assert error.value.exit_code == INTERRUPTED
    for study_id in DataSet(folder / "raw").study_ids():
        kept = [row["file_name"] for row in DataSet(folder / "raw").rows(study_id)]
        assert all((folder / "raw" / name).stat().st_size for name in kept)
    give_room()
    convert(dump, folder / "raw", key_file)
    convert(dump, tmp_path / "whole", key_file)
    assert tree_hash(folder / "raw") == tree_hash(tmp_path / "whole")
