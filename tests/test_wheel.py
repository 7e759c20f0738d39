"""The wheel is all that a user has."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(folder),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_it_holds_presets_samples_vocabulary_and_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in (
        "radprep/pipelines/wrist.toml",
        "radprep/data_samples/labels.csv",
        "radprep/vocabulary.toml",
        "radprep/py.typed",
        "radprep/report/templates/index.html",
    ):
        assert name in names
    assert any(name.endswith("LICENSE") for name in names)
    assert not [name for name in names if "tests/" in name]


def test_installed_it_works_from_any_folder(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site)}

    def radprep(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "radprep", *arguments],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert "Where to look" in radprep("demo", "demo")
    assert "<script" in (elsewhere / "demo" / "clean" / "report" / "index.html").read_text(
        encoding="utf-8"
    )
    assert "nothing to do" in radprep("preprocess", "demo/raw", "demo/clean", "--pipeline", "wrist")
    where = subprocess.run(
        [sys.executable, "-c", "import radprep; print(radprep.__file__)"],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(site) in where
