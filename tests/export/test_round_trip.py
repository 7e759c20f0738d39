"""Boxes all the way: from a table of pictures through convert and the steps of `wrist` into COCO
and YOLO, and from these into a data set again."""

import json

import pytest
from pycocotools.coco import COCO

import radprep
from radprep.dataset.boxes import boxes_in
from radprep.image import png
from tests.made import arm, convert, preprocess, rows

pytestmark = pytest.mark.slow

COLUMNS = (
    *("--path-column", "path", "--patient-column", "patient", "--study-column", "study"),
    *("--label-column", "label", "--body-part-column", "part"),
)
HEAD = "path,patient,study,label,part"
BOXES = ((20, 30, 30, 20), (40, 70, 12, 16))


def of_table(source, table, out, *flags):
    return convert(source, out, "--layout", "table", "--table", table, *COLUMNS, *flags)


def boxes_of(root):
    """Label, x, y, width and height of each box of each image, images and boxes in order."""
    kept = rows(root).query("status == 'kept'")
    found = {
        one.pixel_hash: sorted(
            (box.label, *(round(side, 2) for side in (box.x, box.y, box.width, box.height)))
            for box in boxes_in(one.boxes)
        )
        for one in kept.itertuples()
    }
    assert len(found) == len(kept)
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A data set of pictures that went through `wrist`; two films have boxes, one has none."""
    folder = tmp_path_factory.mktemp("round-trip")
    (folder / "films").mkdir()
    lines, drawn = [HEAD], ["path,x,y,width,height,label"]
    for number in range(3):
        pixels = (arm(200, 150, seed=number) >> 4).astype("uint8")
        (folder / "films" / f"{number}.png").write_bytes(png.encode(pixels))
        lines.append(f"{number}.png,P{number},1,{'fracture' if number else 'normal'},wrist")
        drawn += [f"{number}.png,{x},{y},{w},{h},fracture" for x, y, w, h in BOXES[:number]]
    drawn.append("0.png,,,,,")
    (folder / "films.csv").write_text("\n".join(lines))
    (folder / "boxes.csv").write_text("\n".join(drawn))
    flags = ("--boxes", folder / "boxes.csv")
    of_table(folder / "films", folder / "films.csv", folder / "raw", *flags)
    preprocess(folder / "raw", folder / "clean", "--pipeline", "wrist")
    assert rows(folder / "clean").status.tolist() == ["kept"] * 3
    return folder / "clean"


def test_coco_has_the_boxes_of_the_rows(clean, tmp_path):
    radprep.export(clean, tmp_path / "coco", format="coco")
    read = COCO(str(tmp_path / "coco" / "annotations" / "instances_train.json"))
    names = {one["id"]: one["name"] for one in read.loadCats(read.getCatIds())}
    hashes = {f"{one.image_id}.png": one.pixel_hash for one in rows(clean).itertuples()}
    found = {
        hashes[image["file_name"].rpartition("/")[2]]: sorted(
            (names[one["category_id"]], *(round(side, 2) for side in one["bbox"]))
            for one in read.imgToAnns[image["id"]]
        )
        for image in read.loadImgs(read.getImgIds())
    }
    assert found == boxes_of(clean)
    assert sorted(map(len, found.values())) == [0, 1, 2]


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_what_was_exported_is_converted_again(clean, tmp_path, name):
    out = tmp_path / name
    radprep.export(clean, out, format=name)
    places = {path.stem: path for path in (out / "images").rglob("*.png")}
    lines = [
        f"{places[one.image_id].relative_to(out / 'images')},{one.patient_id},{one.study_id},"
        f"{one.label},wrist"
        for one in rows(clean).itertuples()
    ]
    (tmp_path / "table.csv").write_text("\n".join([HEAD, *lines]))
    boxes = {"coco": "annotations/instances_train.json", "yolo": "labels"}[name]
    flags = ("--boxes", out / boxes)
    made = of_table(out / "images", tmp_path / "table.csv", tmp_path / "again", *flags)
    assert made["counts"]["images"] == 3
    again, before = boxes_of(tmp_path / "again"), boxes_of(clean)
    assert again.keys() == before.keys()
    for image, boxes in before.items():
        assert [one[0] for one in again[image]] == [one[0] for one in boxes]
        for one, other in zip(again[image], boxes, strict=True):
            assert one[1:] == pytest.approx(other[1:], abs=0.02)
    assert json.loads((tmp_path / "again" / "dataset.json").read_text())["counts"]["boxes"] == {
        "whole": 3
    }
