"""The snippets of docs/how-to/export.md run as they stand, on an export without a split."""

import re
from pathlib import Path

import pytest

import radprep
from radprep.dataset.layout import DataSet
from tests.export.sets import finish, make_set

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/export.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"### ([^\n]+)\n\n```python\n(.*?)```", PAGE, re.DOTALL)
FORMAT_OF = {
    "Hugging Face datasets": "hf",
    "PyTorch with webdataset": "webdataset",
    "Ultralytics": "yolo",
    "COCO": "coco",
    "MURA's readers": "mura",
    "Croissant": "croissant",
    "fastai": "csv",
    "Keras": "csv",
    "TorchXRayVision, MONAI and code of your own": "csv",
    "Polars, DuckDB, Lance, Ray and Daft": "parquet",
}

NOT_RUN = ("Ultralytics", "fastai", "Keras")
"""Their libraries are not ours to ask for: one is AGPL, the others bring gigabytes."""
RUN = [(title, snippet) for title, snippet in SNIPPETS if title not in NOT_RUN]


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    """A data set of which nobody has told a split."""
    root = make_set(tmp_path_factory.mktemp("snippets") / "set")
    rows = [row for one in DataSet(root).study_ids() for row in DataSet(root).rows(one)]
    finish(root, [{**row, "split": None} for row in rows])
    return root


def run(snippet, root, place, monkeypatch, name):
    """Run a snippet beside the export that it reads. Returns what it has made."""
    radprep.export(root, place / "for-others", format=name)
    monkeypatch.chdir(place)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made = {}
    exec(snippet, made)
    return made


def test_every_snippet_is_known():
    assert [title for title, _ in SNIPPETS] == list(FORMAT_OF)


@pytest.mark.parametrize("title", NOT_RUN)
def test_a_snippet_that_is_not_run_is_python(title):
    compile(dict(SNIPPETS)[title], title, "exec")


@pytest.mark.parametrize(("title", "snippet"), RUN, ids=[title for title, _ in RUN])
def test_a_snippet_runs_and_finds_films(data_set, tmp_path, monkeypatch, title, snippet):
    made = run(snippet, data_set, tmp_path, monkeypatch, FORMAT_OF[title])
    if title.startswith("Hugging"):
        assert made["films"].num_rows == {"train": 15}
    elif title.startswith("PyTorch"):
        assert len(list(made["films"])) == 15
    elif title.startswith("Torch"):
        assert len(made["records"]) == 15
        for record in made["records"]:
            assert (tmp_path / record["path"]).is_file()
            assert record["mask_path"] is None or (tmp_path / record["mask_path"]).is_file()
    elif title.startswith("Polars"):
        assert made["first"].startswith(b"\x89PNG")
    elif title == "COCO":
        assert len(made["films"].getImgIds()) == 12
    elif title.startswith("MURA"):
        assert 0 < made["studies"].positive.mean() < 1
