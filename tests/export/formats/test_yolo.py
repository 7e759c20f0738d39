"""YOLO as its trainers read it: a schema of what they take, then same images and same boxes."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

import radprep
from radprep.dataset.boxes import boxes_in
from radprep.errors import UsageError
from radprep.export.formats.yolo import data_yaml
from radprep.image import png
from tests.export.sets import finish, make_set
from tests.export.turned import turned_row, turned_set
from tests.made import rows


def read(out, *, corners=False):
    """Part -> path of an image -> its classes and shares, as a trainer reads them. It fails where a
    trainer would. corners: the shares are the corners of outlines."""
    data = yaml.safe_load((out / "data.yaml").read_text())
    assert {"train", "val", "names"} <= data.keys() <= {"path", "train", "val", "test", "names"}
    assert sorted(data["names"]) == list(range(len(data["names"])))
    assert all(isinstance(name, str) for name in data["names"].values())
    root = Path(data["path"] or out)
    found = {}
    for part in ("train", "val", "test"):
        if data.get(part):
            folder = root / data[part]
            assert folder.is_dir()
            paths = sorted(path for path in folder.rglob("*.*") if path.is_file())
            assert paths
            found[part] = {path: lines_of(path, len(data["names"]), corners) for path in paths}
    return data, found


def lines_of(image, classes, corners):
    """The lines of an image's labels, in the place that a trainer looks at."""
    assert image.suffix in {".png", ".jpg"}
    folder, _, name = str(image).rpartition("/images/")
    text = Path(f"{folder}/labels/{name}").with_suffix(".txt").read_text()
    lines = [[float(word) for word in line.split()] for line in text.splitlines()]
    for number, *shares in lines:
        assert number in range(classes)
        assert all(0 <= share <= 1 for share in shares)
        assert len(shares) >= 6 and len(shares) % 2 == 0 if corners else len(shares) == 4
    assert len({tuple(line) for line in lines}) == len(lines)
    return lines


def corner_boxes(path, lines):
    """Class and x, y, width, height in pixels of each line."""
    height, width = png.decode(path.read_bytes()).shape
    return [
        (
            int(number),
            (x - across / 2) * width,
            (y - down / 2) * height,
            across * width,
            down * height,
        )
        for number, x, y, across, down in lines
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data set, and its export."""
    root = tmp_path_factory.mktemp("yolo")
    make_set(root / "set")
    radprep.export(root / "set", root / "out", format="yolo")
    return root


def test_images_and_boxes_are_those_of_the_data_set(made):
    table = rows(made / "set").set_index("image_id")
    known = table[table.boxes.notna()]
    data, found = read(made / "out")
    parts = {"train": "training", "val": "validation", "test": "test"}
    seen = {path.stem: part for part, paths in found.items() for path in paths}
    assert seen.keys() == set(known.index)
    for part, paths in found.items():
        for path, lines in paths.items():
            row = known.loc[path.stem]
            assert parts[part] == row.split
            pixels = png.decode((made / "set" / row.file_name).read_bytes())
            assert np.array_equal(png.decode(path.read_bytes()), pixels)
            boxes = boxes_in(row.boxes)
            read_back = corner_boxes(path, lines)
            assert [data["names"][one[0]] for one in read_back] == [box.label for box in boxes]
            for one, box in zip(read_back, boxes, strict=True):
                assert one[1:] == pytest.approx((box.x, box.y, box.width, box.height), abs=1e-3)


def test_films_whose_boxes_nobody_knows_are_left_out_and_counted(made):
    about = json.loads((made / "out" / "export.json").read_text())
    assert about["left_out"] == {"no_boxes": 3}
    assert about["counts"]["exported"] == len(list((made / "out" / "images").rglob("*.png"))) == 12
    assert len(about["beware"]) == 1  # that the hold-out is in it


def test_a_turned_box_is_upright_or_its_outline(tmp_path):
    turned_set(tmp_path / "set")
    radprep.export(tmp_path / "set", tmp_path / "upright", format="yolo")
    radprep.export(tmp_path / "set", tmp_path / "outline", format="yolo", outlines=True)
    _, upright = read(tmp_path / "upright")
    _, outline = read(tmp_path / "outline", corners=True)
    for (path, boxes), corners in zip(
        upright["train"].items(), outline["train"].values(), strict=True
    ):
        pixels = png.decode(path.read_bytes())
        size = np.array(pixels.shape[::-1])
        for (number, x, y, across, down), (same, *shares) in zip(boxes, corners, strict=True):
            assert number == same
            points = np.array(shares).reshape(-1, 2)
            assert points.min(0) == pytest.approx((x - across / 2, y - down / 2), abs=1e-4)
            assert points.max(0) == pytest.approx((x + across / 2, y + down / 2), abs=1e-4)
            sides = np.linalg.norm(np.diff(points * size, axis=0), axis=1)
            drawn = (8, 16, 8) if number == 0 else (10, 6, 10)
            assert sorted(sides) in (
                pytest.approx(sorted(drawn), abs=0.1),
                pytest.approx(sorted((drawn[1], drawn[0], drawn[1])), abs=0.1),
            )


def test_shares_stay_the_same_on_smaller_images(made, tmp_path):
    radprep.export(made / "set", tmp_path / "out", format="yolo", max_side=24)
    _, large = read(made / "out")
    _, small = read(tmp_path / "out")
    assert [*large["train"].values()] == [*small["train"].values()]
    assert {png.decode(path.read_bytes()).shape for path in small["train"]} == {(24, 18)}


def test_where_there_is_no_part_to_choose_by_it_says_so(tmp_path):
    finish(tmp_path / "set", [turned_row(tmp_path / "set", 1, 0, 0.0, split=None)])
    about = radprep.export(tmp_path / "set", tmp_path / "out", format="yolo").about
    data, _ = read(tmp_path / "out")
    assert data["train"] == data["val"] == "images/train"
    assert "see export.json" in (tmp_path / "out" / "data.yaml").read_text()
    assert [text for text in about["beware"] if "there is no part val" in text]


def test_films_without_any_box_say_so(tmp_path):
    finish(tmp_path / "set", [turned_row(tmp_path / "set", 1, 0, 0.0, ())])
    about = radprep.export(tmp_path / "set", tmp_path / "out", format="yolo").about
    data, found = read(tmp_path / "out")
    assert data["names"] == {}
    assert [*found["train"].values()] == [[]]
    assert "there is no box on any of these films" in about["beware"]


def test_where_no_film_fits_nothing_is_written(tmp_path):
    finish(tmp_path / "set", [turned_row(tmp_path / "set", 1, 0, 0.0, None)])
    with pytest.raises(
        UsageError, match=r"nobody has said whether there are boxes.*`radprep convert --boxes FILE`"
    ):
        radprep.export(tmp_path / "set", tmp_path / "out", format="yolo")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


def test_a_box_that_the_edge_cuts_is_written_and_counted(tmp_path):
    drawn = (("fracture", (80.0, 10.0, 20.0, 10.0)),)
    finish(tmp_path / "set", [turned_row(tmp_path / "set", 1, 0, 0.0, drawn)])
    about = radprep.export(tmp_path / "set", tmp_path / "out", format="yolo").about
    assert about["told"] == {"boxes_cut_by_the_edge": 1, "boxes_written": 1}
    _, found = read(tmp_path / "out")
    [(path, lines)] = found["train"].items()
    assert corner_boxes(path, lines) == [(0, *map(pytest.approx, (80, 10, 10, 10)))]


def test_names_that_yaml_takes_for_something_else_stay_names():
    found = yaml.safe_load(data_yaml(["1", "no", "null", "yes"], ["train", "val"]))
    assert found["names"] == {0: "1", 1: "no", 2: "null", 3: "yes"}


def test_outlines_are_for_this_format_alone(made, tmp_path):
    with pytest.raises(UsageError, match="--outlines belongs to --format yolo"):
        radprep.export(made / "set", tmp_path / "out", format="coco", outlines=True)
