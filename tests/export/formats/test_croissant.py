"""The export in Parquet shards with a Croissant file, read back by mlcroissant."""

import json

import numpy as np
import pytest

import radprep
from radprep.dataset.boxes import boxes_in
from radprep.dataset.card_files import is_ours
from radprep.dataset.image_file import read_image
from radprep.dataset.layout import DataSet
from tests.export.card.test_croissant import offline, opened, without_names  # noqa: F401
from tests.export.sets import make_set

PARTS = {"training": "training", "validation": "validation", "test": "holdout"}


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    root = make_set(tmp_path_factory.mktemp("croissant") / "set", studies=8)
    (root / "card.toml").write_text('licence = "cc-by-4.0"\n')
    return root


@pytest.fixture(scope="module")
def exported(data_set):
    out = data_set.with_name("out")
    return out, radprep.export(data_set, out, format="croissant", workers=2)


def test_every_film_is_read_back_with_its_image_labels_and_boxes(data_set, exported):
    out, done = exported
    found = DataSet(data_set)
    rows = {row["image_id"]: row for one in found.study_ids() for row in found.rows(one)}
    records = without_names(opened(out).records("films"))
    assert len(records) == len(rows) == done.about["counts"]["exported"]
    for one in records:
        row = rows[one["image_id"].decode()]
        wanted = read_image(data_set / row["file_name"])
        assert np.array_equal(np.asarray(one["image"]), wanted)
        assert np.asarray(one["image"]).dtype.itemsize >= wanted.dtype.itemsize
        assert (one["label"] and one["label"].decode()) == row["label"]
        assert one["part"].decode() == PARTS[row["split"]]
        assert one["label_hardware"].decode() in row["labels"]
        assert (one["mask"] is None) == (row["mask_file_name"] is None)
        if row["mask_file_name"]:
            mask = read_image(data_set / row["mask_file_name"])
            assert np.array_equal(np.asarray(one["mask"]), mask)
        assert boxes_of_record(one["objects"]) == [
            (box.label, box.x, box.y, box.width, box.height) for box in boxes_in(row["boxes"])
        ]
        if row["boxes"] is None:
            assert len(one["objects"]) == 1  # one of nulls: nobody has looked
        assert one["source_matrix"] == row["source_matrix"]


def boxes_of_record(objects):
    named = without_names(objects)
    return [
        (one["label"].decode(), *(one[name] for name in ("x", "y", "width", "height")))
        for one in named
        if one["label"] is not None
    ]


def test_every_shard_is_named_with_its_hash(exported):
    out, _ = exported
    said = json.loads((out / "croissant.json").read_text())
    hashes = {one["contentUrl"]: one["sha256"] for one in said["distribution"] if "sha256" in one}
    lines = (line.split(",") for line in (out / "manifest.csv").read_text().splitlines()[1:])
    manifest = {name: digest for name, _, digest in lines}
    assert hashes == {name: one for name, one in manifest.items() if name.startswith("data/")}
    assert said["license"] == "cc-by-4.0"


def test_the_card_of_the_data_set_comes_along(exported):
    out, done = exported
    images = done.about["counts"]["exported"]
    text = (out / "README.md").read_text()
    assert is_ours(out / "README.md")
    assert f"This is an export of {images} of the {images} images" in text


@pytest.mark.slow
def test_the_card_says_what_the_export_holds(data_set, exported, tmp_path):
    images = exported[1].about["counts"]["exported"]
    part = radprep.export(
        data_set, tmp_path / "part", format="croissant", part="training", jpeg=90, max_side=24
    )
    there = part.about["counts"]["exported"]
    text = (part.where / "README.md").read_text()
    assert f"{there} of the {images} images of a data set (of the part training, with" in text
    records = without_names(opened(part.where).records("films"))
    assert {one["part"] for one in records} == {b"training"}
    assert {one["image"].format for one in records} == {"JPEG"}
