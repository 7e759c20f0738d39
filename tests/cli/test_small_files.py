"""Whatever stands in the place of a small file that a command is given, it is a sentence."""

import os

import pytest
from typer.testing import CliRunner

from radprep.cli import app
from radprep.errors import UsageError
from tests.made import convert, make_dicom
from tests.train.synthetic import make_dataset

pytestmark = pytest.mark.slow

runner = CliRunner()


def sparse(path):
    with path.open("wb") as handle:
        handle.truncate(2**31)


KINDS = {
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "sparse": sparse,
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 10),
    "empty": lambda path: path.touch(),
    "absent": lambda path: None,
}

OPTIONS = {
    "labels of convert": "convert dump out --labels x.toml",
    "labels of inspect": "inspect dump --labels x.toml",
    "key of convert": "convert dump out --key x.toml",
    "pipeline": "preprocess raw out --pipeline ./x.toml",
    "corrections": "preprocess raw out --pipeline wrist --corrections x.toml",
    "config": "train data run --config x.toml",
    "split file": "train data run --split-file x.toml --split-column split",
    "weights": "train data run --weights x.toml",
    "data set of verify": "verify x.toml",
    "data set of status": "status x.toml",
    "data set of report": "report x.toml",
    "data set of locate": "locate x.toml 0",
    "run of predict": "predict raw x.toml out",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("small")
    (root / "dump").mkdir()
    (root / "dump" / "a.dcm").write_bytes(make_dicom())
    convert(root / "dump", root / "raw")
    make_dataset(root / "data", 12)
    return root


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", OPTIONS)
def test_it_is_a_sentence(place, tmp_path, monkeypatch, option, kind):
    for name in ("dump", "raw", "data"):
        (tmp_path / name).symlink_to(place / name)
    KINDS[kind](tmp_path / "x.toml")
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, OPTIONS[option].split())
    assert isinstance(result.exception, UsageError), (result.exc_info, result.output)
    assert len(str(result.exception)) < 700
