"""COCO as pycocotools reads it back: same images, labels, boxes and masks."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO

import radprep
from radprep.dataset.boxes import boxes_in
from radprep.dataset.labels import labels_in
from radprep.errors import InterruptedRunError
from radprep.export.formats import coco
from radprep.export.work import Work
from radprep.image import png
from tests.export.sets import finish, make_set
from tests.export.turned import turned_row, turned_set
from tests.made import rows, tree_hash


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data set, and its export."""
    root = tmp_path_factory.mktemp("coco")
    make_set(root / "set")
    radprep.export(root / "set", root / "out", format="coco")
    return root


def files(out, kind):
    """Name of a part -> a file of annotations of this kind, as pycocotools reads it."""
    found = (out / "annotations").glob(f"{kind}_*.json")
    return {path.stem.removeprefix(f"{kind}_"): COCO(str(path)) for path in found}


def images(out, *kinds):
    """Every image of some kinds of files, with the name of its part and its file."""
    return [
        (name, file, image)
        for kind in kinds
        for name, file in files(out, kind).items()
        for image in file.dataset["images"]
    ]


def test_images_and_labels_are_those_of_the_data_set(made):
    table = rows(made / "set").set_index("image_id")
    found = images(made / "out", "instances", "image_info")
    assert len({image["id"] for _, _, image in found}) == len(found) == len(table)
    parts = {"train": "training", "validation": "validation", "test": "test"}
    for part, _, image in found:
        row = table.loc[image["file_name"].rpartition("/")[2].removesuffix(".png")]
        exported = png.decode((made / "out" / "images" / image["file_name"]).read_bytes())
        pixels = png.decode((made / "set" / row.file_name).read_bytes())
        assert np.array_equal(exported, pixels)
        assert (image["height"], image["width"]) == pixels.shape
        assert parts[part] == row.split
        assert image["labels"] == labels_in(row.labels)
        assert image["label"] == (row.label if isinstance(row.label, str) else None)
        assert (image["study_id"], image["patient_id"]) == (row.study_id, row.patient_id)


def test_boxes_are_those_of_the_data_set(made):
    table = rows(made / "set").set_index("image_id")
    ids = []
    for _, file, image in images(made / "out", "instances"):
        row = table.loc[image["file_name"].rpartition("/")[2].removesuffix(".png")]
        annotations = file.loadAnns(file.getAnnIds(imgIds=[image["id"]]))
        ids += [one["id"] for one in annotations]
        said = [(file.cats[one["category_id"]]["name"], *one["bbox"]) for one in annotations]
        assert said == [(b.label, b.x, b.y, b.width, b.height) for b in boxes_in(row.boxes)]
    assert sorted(ids) == list(range(1, len(ids) + 1))
    assert len(ids) == 9


def test_a_film_whose_boxes_nobody_knows_is_no_negative_example(made):
    table = rows(made / "set")
    unknown = set(table[table.boxes.isna()].image_id)
    found = {
        image["file_name"].rpartition("/")[2].removesuffix(".png")
        for _, _, image in images(made / "out", "image_info")
    }
    assert found == unknown != set()
    for _, file, _ in images(made / "out", "image_info"):
        assert "annotations" not in file.dataset
    about = json.loads((made / "out" / "export.json").read_text())
    assert about["told"]["films_without_known_boxes"] == len(unknown)
    assert about["told"]["films_with_known_boxes"] == len(table) - len(unknown)


def test_masks_have_a_file_of_their_own(made):
    table = rows(made / "set").set_index("image_id")
    found = images(made / "out", "masks")
    assert len(found) == table.mask_file_name.notna().sum()
    for _, file, image in found:
        row = table.loc[image["file_name"].rpartition("/")[2].removesuffix(".png")]
        mask = png.decode((made / "set" / row.mask_file_name).read_bytes())
        [annotation] = file.loadAnns(file.getAnnIds(imgIds=[image["id"]]))
        assert np.array_equal(file.annToMask(annotation), mask > 0)
        assert annotation["area"] == np.count_nonzero(mask)
        assert file.cats[annotation["category_id"]]["name"] == "limb"
    for _, file, _ in images(made / "out", "instances"):
        assert {one["name"] for one in file.dataset["categories"]} == {"fracture"}


def test_an_empty_mask_is_an_image_without_a_limb(tmp_path):
    nothing = np.zeros((60, 90), np.uint8)
    finish(tmp_path / "set", [turned_row(tmp_path / "set", 1, 0, 0.0, (), mask=nothing)])
    radprep.export(tmp_path / "set", tmp_path / "out", format="coco")
    [(_, file, _)] = images(tmp_path / "out", "masks")
    assert file.dataset["annotations"] == []


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """Turned films, and their export."""
    root = tmp_path_factory.mktemp("turned")
    turned_set(root / "set")
    radprep.export(root / "set", root / "out", format="coco")
    return root


def test_a_turned_box_has_its_outline(turned):
    table = rows(turned / "set").set_index("image_id")
    several = 0
    for _, file, image in images(turned / "out", "instances"):
        pixels = png.decode((turned / "out" / "images" / image["file_name"]).read_bytes())
        for one in file.loadAnns(file.getAnnIds(imgIds=[image["id"]])):
            row = table.loc[image["file_name"].rpartition("/")[2].removesuffix(".png")]
            is_turned = row.source_matrix[1] != 0
            drawn = 128 if file.cats[one["category_id"]]["name"] == "fracture" else 60
            assert one["area"] == pytest.approx(drawn, abs=0.2)
            width, height = one["bbox"][2:]
            assert (width * height > 1.3 * drawn) == is_turned
            inside = file.annToMask(one).astype(bool)
            assert inside.sum() == pytest.approx(drawn, rel=0.15)
            assert (pixels[inside] > 200).mean() > 0.8
            several += 1
    assert several == 3


def test_categories_are_the_same_in_every_part(turned):
    found = {
        part: [(one["id"], one["name"]) for one in file.dataset["categories"]]
        for part, file in files(turned / "out", "instances").items()
    }
    assert found == {part: [(1, "fracture"), (2, "metal")] for part in ("train", "validation")}


def test_boxes_and_masks_become_smaller_with_the_images(made, tmp_path):
    radprep.export(made / "set", tmp_path / "out", format="coco", max_side=24, jpeg=90)
    before = {
        image["file_name"].removesuffix(".png"): (file, image)
        for _, file, image in images(made / "out", "instances")
    }
    for _, file, image in images(tmp_path / "out", "instances"):
        old_file, old = before[image["file_name"].removesuffix(".jpg")]
        assert (image["width"], image["height"]) == (18, 24)
        assert (old["width"], old["height"]) == (36, 48)
        assert (tmp_path / "out" / "images" / image["file_name"]).is_file()
        smaller = [one["bbox"] for one in file.imgToAnns[image["id"]]]
        larger = [one["bbox"] for one in old_file.imgToAnns[old["id"]]]
        assert smaller == [[value / 2 for value in box] for box in larger]
    for _, file, image in images(tmp_path / "out", "masks"):
        for one in file.imgToAnns[image["id"]]:
            assert file.annToMask(one).shape == (24, 18)


def test_the_same_bytes_again_after_a_stop_and_from_the_disk(made, tmp_path, monkeypatch):
    place, calls = Work.place, []

    def stopped(work, film, name):
        calls.append(name)
        if len(calls) == 8:
            raise InterruptedRunError("stopped")
        return place(work, film, name)

    monkeypatch.setattr(Work, "place", stopped)
    monkeypatch.setattr(coco, "_IN_MEMORY", 200)
    with pytest.raises(InterruptedRunError):
        radprep.export(made / "set", tmp_path / "out", format="coco")
    radprep.export(made / "set", tmp_path / "out", format="coco")
    assert tree_hash(tmp_path / "out") == tree_hash(made / "out")


def test_it_says_that_there_is_nothing_to_learn(tmp_path):
    finish(tmp_path / "set", [turned_row(tmp_path / "set", 1, 0, 0.0, None, label="fracture")])
    about = radprep.export(tmp_path / "set", tmp_path / "out", format="coco").about
    assert [text for text in about["beware"] if "--boxes" in text]
    assert [path.name for path in (tmp_path / "out/annotations").iterdir()] == [
        "image_info_train.json"
    ]


def test_a_box_that_somebody_has_moved_off_the_image_is_not_written(tmp_path):
    row = turned_row(tmp_path / "set", 1, 0, 0.0)
    [box] = json.loads(row["boxes"])
    forged = [{**box, "number": 2, "x": 500.0}, {**box, "number": 3, "x": 80.0, "width": 1e6}]
    row["boxes"] = json.dumps([box, *forged], sort_keys=True, separators=(",", ":"))
    finish(tmp_path / "set", [row])
    about = radprep.export(tmp_path / "set", tmp_path / "out", format="coco").about
    assert about["told"]["boxes_written"] == 2
    assert about["told"]["boxes_not_on_the_image"] == 1
    [(_, file, _)] = images(tmp_path / "out", "instances")
    assert [one["bbox"] for one in file.dataset["annotations"]] == [
        [20.0, 12.0, 16.0, 8.0],
        [80.0, 12.0, 10.0, 8.0],
    ]
