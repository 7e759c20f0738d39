import json

import pytest

from radprep.annotations.formats import read_boxes
from radprep.errors import UsageError


def read(tmp_path, images=None, annotations=None, categories=None):
    path = tmp_path / "instances.json"
    found = {
        "images": images or [{"id": 1, "file_name": "train/a.png", "width": 640, "height": 480}],
        "annotations": annotations or [],
        "categories": categories or [{"id": 3, "name": "fracture"}],
    }
    path.write_text(json.dumps(found))
    return read_boxes(path)


def box(**values):
    return {"id": 9, "image_id": 1, "category_id": 3, "bbox": [10, 20, 30.5, 40], **values}


def test_reads_boxes_sizes_and_classes(tmp_path):
    [film] = read(tmp_path, annotations=[box(), box(iscrowd=1, bbox=[1, 2, 3, 4])]).films.values()
    assert (film.keys, film.size) == (("train/a.png",), (640, 480))
    assert [(one.text, one.place) for one in film.boxes] == [
        ("fracture", (10, 20, 30.5, 40)),
        ("fracture", (1, 2, 3, 4)),
    ]


def test_an_image_without_annotations_was_looked_at(tmp_path):
    [film] = read(tmp_path).films.values()
    assert film.boxes == []


def test_polygons_give_a_box_only_where_there_is_none(tmp_path):
    polygons = [[5, 6, 50, 7, 8, 70], [4, 30, 9, 9, 10, 10]]
    found = read(
        tmp_path,
        annotations=[box(bbox=[], segmentation=polygons), box(segmentation=polygons)],
    )
    [film] = found.films.values()
    assert [one.place for one in film.boxes] == [(4, 6, 46, 64), (10, 20, 30.5, 40)]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (box(image_id=7), "no_film"),
        ("nonsense", "no_film"),
        (box(category_id=8), "class"),
        (box(bbox=[1, 2, 3]), "number"),
        (box(bbox=[1, 2, "3", 4]), "number"),
        (box(bbox=[1, 2, True, 4]), "number"),
        (box(bbox=[1, 2, 10**300, 4]), "number"),
        (box(bbox=[1, 2, float("nan"), 4]), "number"),
        (box(bbox=[1, 2, -3, 4]), "no_size"),
        (box(bbox=None, segmentation={"counts": [1, 2], "size": [3, 4]}), "no_box"),
        (box(bbox=None, segmentation=[[1, 2, "x", 4, 5, 6]]), "number"),
        (box(bbox=None), "no_box"),
    ],
)
def test_a_bad_annotation_is_counted_and_the_others_stay(tmp_path, entry, code):
    found = read(tmp_path, annotations=[entry, box()])
    assert dict(found.faults) == {code: 1}
    assert [(one.place, one.code) for one in found.listed] == [("annotation 1", code)]
    assert found.boxes == 1


def test_two_images_of_one_number_give_their_boxes_to_neither(tmp_path):
    images = [{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}, {"id": 2}]
    with pytest.raises(UsageError, match="nothing says on which film"):
        read(tmp_path, images, [box()])


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"images": {}, "annotations": []}',
        "{",
        '{"images": [], "annotations": ' + "[" * 500 + "]" * 500 + "}",
        '{"images": [], "annotations": ' + "[" * 100_000,
        '{"images": [], "annotations": [' + "9" * 10_000 + "]}",
        "\x00\xff",
    ],
)
def test_what_is_no_coco_file_is_a_sentence(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match="no COCO file"):
        read_boxes(path)


def test_names_in_a_folder_of_files_begin_at_each_file(tmp_path):
    for part in ("train", "valid"):
        (tmp_path / part).mkdir()
        coco = {
            "images": [{"id": 0, "file_name": "x.jpg"}],
            "annotations": [{"image_id": 0, "bbox": [1, 2, 30, 40]}],
        }
        (tmp_path / part / "_annotations.coco.json").write_text(json.dumps(coco))
    found = read_boxes(tmp_path)
    assert [film.keys for film in found.films.values()] == [("train/x.jpg",), ("valid/x.jpg",)]
    assert found.boxes == 2
