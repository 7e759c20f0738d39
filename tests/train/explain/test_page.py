"""`radprep explain`, from a run to a page."""

import json
import re
import shutil

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radprep.train import models as models_module
from radprep.train.explain.page import overlay
from tests.train.commands import radprep, refused
from tests.train.small_torch import torch
from tests.train.synthetic import make_dataset

SMALL = [
    word
    for one in ("width=48", "height=64", "epochs=2", "batch=8", "amp=off")
    for word in ("--set", one)
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = make_dataset(tmp_path_factory.mktemp("explain") / "ds", 120)
    folder = root.parent / "runs" / "net"
    result = radprep("train", root, folder, "--model", "rx-lite", *SMALL, "--holdout", 0.2)
    assert result.exit_code == 0, result.output
    return root, folder


@pytest.mark.parametrize("method", ["gradcam", "lrp"])
def test_the_page_shows_the_most_wrong_and_the_surest(run, tmp_path, method):
    root, folder = run
    result = radprep(
        "explain", root, folder, tmp_path / "maps", "--method", method, "--limit", 6, "--json"
    )
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    table = pd.read_csv(folder / "validation" / "images.csv").set_index("image_id")
    wrong = (table.label - table.score).abs().sort_values()
    assert {one["image_id"] for one in shown} == {*wrong.index[:3], *wrong.index[-3:]}
    assert shown[0]["image_id"] == wrong.index[-1]
    assert all(
        one["score"] == pytest.approx(table.score[one["image_id"]], abs=1e-4) for one in shown
    )
    text = (tmp_path / "maps" / "index.html").read_text()
    assert "<script" not in text
    names = re.findall(r'src="([^"]+)"', text)
    assert len(names) == 6
    assert all(cv2.imread(str(tmp_path / "maps" / name)).shape == (64, 96, 3) for name in names)


def test_red_speaks_for_and_blue_against():
    pixels, relevances = np.full((10, 8), 100, np.uint8), np.zeros((10, 8), np.float32)
    relevances[2, 3], relevances[7, 5] = 2, -2
    found = overlay(pixels, relevances)
    assert (found.shape, found.dtype) == ((10, 16, 3), np.uint8)
    assert np.all(found[:, :8] == 100)
    blue, _, red = found[2, 8 + 3].astype(int)
    assert red > 150 > blue
    blue, _, red = found[7, 8 + 5].astype(int)
    assert blue > 150 > red
    assert np.all(found[4, 8:] == 100)
    assert np.all(overlay(pixels, relevances * 0) == 100)


def test_the_hold_out_is_explained_only_after_it_was_opened(run, tmp_path):
    root, folder = run
    assert "`radprep evaluate`" in refused(
        "explain", root, folder, tmp_path / "maps", "--part", "holdout"
    )
    assert radprep("evaluate", root, folder).exit_code == 0
    assert (
        radprep(
            "explain", root, folder, tmp_path / "maps", "--part", "holdout", "--limit", 2
        ).exit_code
        == 0
    )


def test_mistakes_are_sentences(run, tmp_path, monkeypatch):
    root, folder = run
    assert "no image of the part 'test'" in refused(
        "explain", root, folder, tmp_path / "maps", "--part", "test"
    )
    assert (
        radprep(
            "train",
            root,
            tmp_path / "plain",
            "--set",
            "width=16",
            "--set",
            "height=16",
            "--set",
            "trees=1",
        ).exit_code
        == 0
    )
    assert "classic learns from numbers" in refused(
        "explain", root, tmp_path / "plain", tmp_path / "maps"
    )
    monkeypatch.setattr(models_module, "find_spec", lambda name: None)
    assert "radprep[torch]" in refused("explain", root, folder, tmp_path / "maps")


def test_a_torch_run_goes_on_and_is_repeated_from_its_configuration(run, tmp_path):
    root, folder = run
    assert (
        radprep(
            "train", root, folder, "--model", "rx-lite", *SMALL, "--holdout", 0.2, "--resume"
        ).exit_code
        == 0
    )
    result = radprep("train", root, tmp_path / "again", "--config", folder / "config.toml")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (
        folder / "model.safetensors"
    ).read_bytes()
    assert torch.__version__ in json.dumps(
        json.loads((folder / "environment.json").read_text())["versions"]
    )


def test_films_that_may_show_a_name_are_left_out_and_earlier_overlays_go(run, tmp_path):
    root, folder = run
    maps = tmp_path / "maps"
    ask = ("explain", root, folder, maps, "--limit", 4, "--json")
    before = {one["image_id"] for one in json.loads(radprep(*ask).stdout)}
    (maps / "mine.png").write_bytes(b"not ours")
    table = pq.read_table(root / "instances.parquet")
    risks = pa.array(["high" if one in before else "low" for one in table["image_id"].to_pylist()])
    place = table.schema.get_field_index("burned_in_risk")
    marked = tmp_path / "marked"
    shutil.copytree(root, marked)
    pq.write_table(table.set_column(place, "burned_in_risk", risks), marked / "instances.parquet")
    result = radprep("explain", marked, folder, maps, "--limit", 4, "--json")
    assert json.loads(result.stdout) == []
    assert [path.name for path in maps.glob("*.png")] == ["mine.png"]
