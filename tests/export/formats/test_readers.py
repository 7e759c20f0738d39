"""The exports of the frame's own formats, read back by the libraries that they are for: the same
images pixel for pixel, the same labels, boxes, masks and parts."""

import io
import json

import cv2
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from PIL import Image as PillowImage

import radprep
from radprep.dataset.boxes import boxes_in, carried
from radprep.dataset.image_file import read_image
from radprep.dataset.labels import labels_in
from radprep.dataset.layout import DataSet
from radprep.export import survey
from radprep.export.formats import parquet
from tests.export.sets import make_set

PARTS = {"training": "training", "validation": "validation", "test": "holdout"}
SPLITS = {"training": "train", "validation": "validation", "holdout": "test"}


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    return make_set(tmp_path_factory.mktemp("readers") / "set", studies=12)


@pytest.fixture(scope="module")
def films(data_set):
    """image_id -> row of each film."""
    found = DataSet(data_set)
    rows = [row for study_id in found.study_ids() for row in found.rows(study_id)]
    return {row["image_id"]: row for row in rows}


@pytest.fixture(scope="module")
def exported(data_set, tmp_path_factory):
    """The folder of an export, made when it is first asked for."""
    place = tmp_path_factory.mktemp("exported")

    def ask(name, **options):
        out = place / "-".join([name, *map(str, options.values())])
        radprep.export(data_set, out, format=name, workers=2, **options)
        return out

    return ask


def decoded(data):
    """Pixels of a file of an image, as OpenCV reads them."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def as_array(image):
    """Pixels of an image of Pillow."""
    return np.asarray(image)


def same_pixels(root, name, pixels):
    wanted = read_image(root / name)
    return wanted.dtype.itemsize <= pixels.dtype.itemsize and np.array_equal(wanted, pixels)


def boxes_as_numbers(row):
    if row["boxes"] is None:
        return None
    return [(box.x, box.y, box.width, box.height, box.label) for box in boxes_in(row["boxes"])]


def objects_as_numbers(objects):
    if objects is None:
        return None
    return [tuple(one[name] for name in ("x", "y", "width", "height", "label")) for one in objects]


def test_csv_is_read_by_pandas(data_set, films, exported):
    out = exported("csv")
    table = pd.read_csv(out / "films.csv", keep_default_na=False)
    assert list(table.image_id) == sorted(
        films, key=lambda one: (films[one]["study_id"], films[one]["image_id"])
    )
    for line in table.to_dict("records"):
        row = films[line["image_id"]]
        assert same_pixels(data_set, row["file_name"], decoded((out / line["path"]).read_bytes()))
        assert line["label"] == (row["label"] or "")
        assert line["label_hardware"] == labels_in(row["labels"])["hardware"]
        assert line["part"] == PARTS[row["split"]]
        assert line["boxes"] == (row["boxes"] or "")
        assert bool(line["mask_path"]) == (row["mask_file_name"] is not None)
        if line["mask_path"]:
            mask = decoded((out / line["mask_path"]).read_bytes())
            assert same_pixels(data_set, row["mask_file_name"], mask)


def test_parquet_is_read_by_polars(data_set, films, exported):
    table = pl.read_parquet(exported("parquet") / "*.parquet")
    assert sorted(table["image_id"]) == sorted(films)
    for line in table.iter_rows(named=True):
        row = films[line["image_id"]]
        assert same_pixels(data_set, row["file_name"], decoded(line["image"]["bytes"]))
        assert line["image"]["path"] == f"{row['image_id']}.png"
        assert (line["label"], line["part"]) == (row["label"], PARTS[row["split"]])
        assert objects_as_numbers(line["objects"]) == boxes_as_numbers(row)
        assert (line["mask"] is None) == (row["mask_file_name"] is None)
        if line["mask"]:
            assert same_pixels(data_set, row["mask_file_name"], decoded(line["mask"]["bytes"]))
        assert line["Manufacturer"] == "Agfa"
        assert line["pixel_hash"] == row["pixel_hash"]


def test_hf_is_read_by_datasets(data_set, films, exported, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import ClassLabel, Image, load_dataset

    found = load_dataset(str(exported("hf")), cache_dir=str(tmp_path / "cache"))
    assert set(found) == {"train", "validation", "test"}
    seen = 0
    for split, lines in found.items():
        assert isinstance(lines.features["image"], Image)
        assert lines.features["label"] == ClassLabel(names=["fracture", "normal"])
        for line in lines:
            row = films[line["image_id"]]
            seen += 1
            assert same_pixels(data_set, row["file_name"], as_array(line["image"]))
            number = line["label"]
            label = None if number is None else lines.features["label"].int2str(number)
            assert (label, split) == (row["label"], SPLITS[PARTS[row["split"]]])
            assert objects_as_numbers(line["objects"]) == boxes_as_numbers(row)
            if row["mask_file_name"]:
                assert same_pixels(data_set, row["mask_file_name"], as_array(line["mask"]))
            else:
                assert line["mask"] is None
    assert seen == len(films)


def test_webdataset_is_read_by_webdataset(data_set, films, exported):
    import webdataset

    out = exported("webdataset")
    classes = json.loads((out / "classes.json").read_text())
    seen = []
    for shard in sorted(out.glob("*.tar")):
        split = shard.name.partition("-")[0]
        for sample in webdataset.WebDataset(str(shard), shardshuffle=False):
            row = films[sample["__key__"]]
            seen.append(sample["__key__"])
            assert same_pixels(data_set, row["file_name"], decoded(sample["png"]))
            said = json.loads(sample["json"])
            assert said.get("label") == row["label"]
            assert SPLITS[said["part"]] == split == SPLITS[PARTS[row["split"]]]
            assert objects_as_numbers(said.get("boxes")) == boxes_as_numbers(row)
            if row["label"]:
                assert classes[int(sample["cls"])] == row["label"]
            else:
                assert "cls" not in sample
            assert ("mask.png" in sample) == (row["mask_file_name"] is not None)
            if row["mask_file_name"]:
                assert same_pixels(data_set, row["mask_file_name"], decoded(sample["mask.png"]))
    assert sorted(seen) == sorted(films)


def test_a_study_lies_in_one_shard(data_set, films, exported, monkeypatch):
    monkeypatch.setattr(survey, "MOST_OF_A_SHARD", 3)
    shards = sorted(exported("parquet", shard_mb=1).glob("*.parquet"))
    assert len(shards) > 4
    names = {shard.name.rpartition("-of-")[0] for shard in shards}
    assert "train-00001" in names
    found = {shard: set(pq.read_table(shard)["study_id"].to_pylist()) for shard in shards}
    assert sum(map(len, found.values())) == len({row["study_id"] for row in films.values()})


def test_row_groups_are_small(exported, monkeypatch):
    monkeypatch.setattr(parquet, "_GROUP_FILMS", 2)
    out = exported("parquet", shard_mb=2)
    files = [pq.ParquetFile(path) for path in out.glob("*.parquet")]
    groups = [
        file.metadata.row_group(n).num_rows for file in files for n in range(file.num_row_groups)
    ]
    assert max(groups) == 2
    assert sum(groups) == len(pl.read_parquet(out / "*.parquet"))


def test_a_smaller_copy_takes_its_boxes_masks_and_places_along(data_set, films, exported):
    table = pl.read_parquet(exported("parquet", max_side=24) / "*.parquet")
    for line in table.iter_rows(named=True):
        row = films[line["image_id"]]
        pixels = decoded(line["image"]["bytes"])
        assert pixels.shape == (line["height"], line["width"]) == (24, 18)
        assert pixels.dtype.itemsize * 8 == line["bits"] == row["bits"]
        assert line["pixel_hash"] is None
        assert line["pixel_spacing"] == pytest.approx([0.4, 0.2])
        if line["mask"]:
            mask = decoded(line["mask"]["bytes"])
            assert mask.shape == pixels.shape
            assert set(np.unique(mask)) <= {0, 1}
        if line["objects"]:
            matrix = np.array([*line["source_matrix"], 0, 0, 1]).reshape(3, 3)
            again = carried(boxes_in(row["boxes"]), matrix, line["width"], line["height"])
            for one, box in zip(line["objects"], again, strict=True):
                assert (one["x"], one["y"], one["width"], one["height"]) == pytest.approx(
                    (box.x, box.y, box.width, box.height), abs=0.002
                )


def test_jpeg_has_eight_bits(data_set, films, exported):
    out = exported("csv", jpeg=95)
    done = json.loads((out / "export.json").read_text())
    deep = sum(row["bits"] == 16 for row in films.values())
    assert f"{deep} films of 16 bits became JPEG of 8 bits" in done["beware"]
    for line in pd.read_csv(out / "films.csv").to_dict("records"):
        assert line["path"].endswith(".jpg")
        image = PillowImage.open(io.BytesIO((out / line["path"]).read_bytes()))
        assert (image.mode, line["bits"]) == ("L", 8)
        assert not image.getexif()
        wanted = read_image(data_set / films[line["image_id"]]["file_name"])
        wanted = wanted >> 8 if wanted.dtype == np.uint16 else wanted
        assert np.abs(wanted.astype(int) - as_array(image)).mean() < 4


def test_a_csv_of_smaller_copies_says_where_boxes_lie_on_them(films, exported):
    """As the Parquet files of the same copies say it."""
    told = pl.read_parquet(exported("parquet", max_side=24) / "*.parquet")
    objects = dict(zip(told["image_id"], told["objects"].to_list(), strict=True))
    out = exported("csv", max_side=24)
    found = 0
    for line in pd.read_csv(out / "films.csv", keep_default_na=False).to_dict("records"):
        said = boxes_as_numbers({"boxes": line["boxes"] or None})
        assert said == objects_as_numbers(objects[line["image_id"]])
        found += len(said or ())
        assert decoded((out / line["path"]).read_bytes()).shape == (24, 18)
    assert found > 2
