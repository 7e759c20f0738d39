"""Who may read what: the private tree is its owner's whatever the umask, the data set follows it or
--group-readable."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.made import private_of

pytestmark = pytest.mark.slow


def radprep(umask, *arguments):
    script = (
        f"import os, sys; os.umask({umask}); sys.argv[0] = 'radprep'; from radprep.cli import run; "
        "run()"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )


def modes(root):
    """(modes of folders, modes of files) under a folder, the folder itself included."""
    folders, files = set(), set()
    for folder, _, names in os.walk(root):
        folders.add(stat.S_IMODE(Path(folder).stat().st_mode))
        files |= {stat.S_IMODE((Path(folder) / name).stat().st_mode) for name in names}
    return folders, files


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("accession,diagnosis\nA1,FRACTURA\n")
    return path


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("umask", "flags", "folders", "files"),
    [
        (0o000, (), {0o777}, {0o666}),
        (0o077, (), {0o700}, {0o600}),
        (0o077, ("--group-readable",), {0o750}, {0o640}),
        (0o022, ("--group-readable",), {0o755}, {0o644}),
    ],
)
def test_modes_of_a_data_set_and_its_private_tree(
    dump, labels, tmp_path, workers, umask, flags, folders, files
):
    raw, clean = tmp_path / "new" / "raw", tmp_path / "clean"
    radprep(
        umask,
        "convert",
        dump,
        raw,
        "--labels",
        labels,
        "--max-failed",
        "1",
        "--workers",
        workers,
        *flags,
    )
    radprep(
        umask,
        "preprocess",
        raw,
        clean,
        "--pipeline",
        "wrist",
        "--max-failed",
        "1",
        "--workers",
        workers,
        *flags,
    )
    for root in (raw, clean):
        assert modes(root) == (folders, files)
    assert {path.name for path in raw.iterdir()} >= {
        "dataset.json",
        "instances.parquet",
        "logs",
        "images",
        "studies",
    }
    assert modes(private_of(raw).root) == ({0o700}, {0o600})
    assert {path.name for path in private_of(raw).root.iterdir()} == {
        "key",
        "index.parquet",
        "identifiers.parquet",
        "studies",
        "labels",
        "logs",
    }


def test_an_existing_data_set_is_opened_by_a_later_run(dump, tmp_path):
    raw = tmp_path / "raw"
    radprep(0o077, "convert", dump, raw, "--max-failed", "1")
    radprep(0o077, "convert", dump, raw, "--max-failed", "1", "--group-readable")
    assert modes(raw) == ({0o750}, {0o640})
    assert modes(private_of(raw).root) == ({0o700}, {0o600})
