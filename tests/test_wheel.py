"""The wheel is all that a user has. `make wheel` also installs it and runs the demo with it."""

import email
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from radprep import __version__
from radprep.revision import revision

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Folder of the wheel and the source archive: RADPREP_DIST, else built now without the
    network."""
    if "RADPREP_DIST" in os.environ:
        return Path(os.environ["RADPREP_DIST"]).absolute()
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    [path] = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files(*names):
    """Files of the repository with these names or in folders of these names."""
    paths = [path for name in names for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    relative = [path.relative_to(ROOT).as_posix() for path in paths if path.is_file()]
    return {path for path in relative if "__pycache__" not in path}


def test_the_wheel_holds_the_package_presets_samples_and_licence(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "radprep/text/vocabulary.toml" in names
    assert "radprep/py.typed" in names
    assert "radprep/report/templates/index.html" in names
    assert files("radprep") <= names
    assert {f"radprep/{name}" for name in files("pipelines", "data_samples")} <= names
    assert f"radprep-{__version__}.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if not name.startswith(("radprep/", "radprep-"))]
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_says_what_it_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        said = archive.read(f"radprep-{__version__}.dist-info/METADATA")
    metadata = email.message_from_bytes(said)
    assert metadata["Name"] == "radprep"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    needed = metadata.get_all("Requires-Dist")
    assert not [line for line in needed if line.startswith("torch") and "extra ==" not in line]
    assert set(metadata.get_all("Provides-Extra")) >= {"dask", "torch", "tensorboard"}


def test_the_source_archive_can_be_built_and_tested(dist):
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = ("radprep", "pipelines", "data_samples", "tests", "Makefile", "LICENSE", "README.md")
    assert files(*needed) <= names


def test_unpacked_it_finds_its_presets_and_samples_from_any_folder(unpacked, tmp_path):
    script = (
        "import radprep; print(radprep.__file__)\n"
        "from radprep.preprocess.pipeline import preset_names; print(*preset_names())\n"
        "from radprep.resources import folder; print(folder('data_samples'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said[0] == str(unpacked / "radprep" / "__init__.py")
    assert {"wrist", "wrist-thesis", "elbow", "mura"} <= set(said[1].split())
    assert said[2] == str(unpacked / "radprep" / "data_samples")


def test_the_wheel_names_the_commit_that_it_was_built_from(unpacked):
    assert revision(unpacked / "radprep") == revision(ROOT / "radprep")
