"""A person draws boxes with a correction: in convert, in preprocess, and takes them back."""

import json

import numpy as np
import pytest

from radprep.dataset.boxes import as_text, as_written, boxes_in, drawn_by_person
from radprep.dataset.withheld import whole_film
from radprep.errors import UsageError
from radprep.stage.corrections import Decision
from radprep.stage.drawn_boxes import correct_boxes
from tests.made import (
    arm,
    boxes_of,
    convert,
    draw_boxes,
    image_row,
    make_dicom,
    preprocess,
    private_key,
    rows,
    tree_hash,
)

A = "0123456789abcdef"
DRAWN = "fracture 20.5 10 30 40 + implant 5 5 10 10"


@pytest.mark.parametrize("text", [DRAWN, "none", "normal -5 2 10.25 8"])
def test_what_a_person_writes_is_read_and_written_again(text):
    boxes = drawn_by_person(text)
    assert as_written(boxes) == text
    assert {box.by for box in boxes} <= {"person"}
    assert [box.number for box in boxes] == list(range(1, len(boxes) + 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fracture",
        "fracture 1 2 3",
        "fracture 1 2 0 4",
        "fracture 1 2 3 -4",
        "fracture 1 2 3 nan",
        "fracture 1 2 3 1e9",
        "fracture 1 2 3 9999999",
        "1 2 3 4",
        "smith 1 2 3 4",
        "fracture_smith 1 2 3 4",
        "../fracture 1 2 3 4",
        "fracture 1 2 3 4 +",
        "fracture 1 2 3 4" + " + fracture 1 2 3 4" * 256,
    ],
)
def test_anything_else_is_refused_and_so_is_a_label_that_may_be_a_name(text):
    assert drawn_by_person(text) is None


def test_boxes_of_a_person_replace_those_of_the_file_and_what_was_said_of_them():
    decisions = {"convert": {}, "boxes": {"shown": [0, 0, 60, 0, 60, 60, 0, 60], "lost": [1]}}
    marks = ["convert:box_outside", "convert:boxes_differ", "preprocess:box_cut", "quality:cut_off"]
    row = image_row(A, "s" * 16, width=100, height=60, decisions=json.dumps(decisions))
    row["boxes"] = boxes_of([("fracture", (1, 2, 3, 4))], row)
    row["review"] = marks
    before = {**row}
    correct_boxes(row, {A: {"inverted": Decision(True)}})
    assert row == before
    correct_boxes(row, {A: {"boxes": Decision("implant 50 20 20 10")}})
    [box] = boxes_in(row["boxes"])
    assert (box.label, box.by, box.x, box.share) == ("implant", "person", 50, 0.5)
    assert row["review"] == ["quality:cut_off"]
    assert "lost" not in row["decisions"]
    correct_boxes(row, {A: {"boxes": Decision("none")}})
    assert row["boxes"] == "[]"


@pytest.fixture
def raw(tmp_path):
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "two").write_bytes(make_dicom(np.hstack([arm(seed=1), arm(seed=2)]), study="1"))
    (dump / "one").write_bytes(make_dicom(arm(seed=3), study="2"))
    private_key(tmp_path / "raw")
    convert(dump, tmp_path / "raw")
    return tmp_path / "raw"


def given(tmp_path, *lines):
    path = tmp_path / "given.csv"
    path.write_text("\n".join(["image_id,field,value,reviewer,date", *lines]))
    return path


def wide_of(root):
    table = rows(root)
    return table.sort_values("width").image_id.iloc[-1]


def drawn_on(root, image_id):
    row = rows(root).set_index("image_id").loc[image_id]
    return as_written(boxes_in(row.boxes)), row


def test_convert_takes_boxes_keeps_them_and_takes_them_back(raw, tmp_path):
    image_id = wide_of(raw)
    convert(tmp_path / "dump", raw, "--corrections", given(tmp_path, f"{image_id},boxes,{DRAWN},,"))
    written, row = drawn_on(raw, image_id)
    assert written == DRAWN
    assert [entry.split("@")[0] for entry in row.history] == ["person_boxes"]
    assert json.loads(row.decisions)["person"]["boxes"]["value"] == DRAWN
    before = tree_hash(raw)
    again = convert(tmp_path / "dump", raw)
    assert again["run"]["done"] == 0
    assert tree_hash(raw) == before
    summary = convert(
        tmp_path / "dump", raw, "--corrections", given(tmp_path, f"{image_id},boxes,,,")
    )
    assert rows(raw).boxes.isna().all()
    assert summary["counts"]["boxes"] == {}


def test_preprocess_says_boxes_of_a_part_of_its_film(raw, tmp_path):
    clean, image_id = tmp_path / "clean", wide_of(raw)
    draw_boxes(raw, {image_id: [("fracture", (40, 40, 5, 5))]})
    preprocess(raw, clean)
    line = f"{image_id}-p2,boxes,fracture 35 40 8 8 + implant 125 50 12 8,r-0123abcd,2026-11-28"
    summary = preprocess(raw, clean, "--corrections", given(tmp_path, line))
    table = rows(clean).set_index("image_id")
    first, second = table.loc[image_id], table.loc[f"{image_id}-p2"]
    labels = [[(box.number, box.label) for box in boxes_in(one.boxes)] for one in (first, second)]
    assert labels == [[(1, "fracture")], [(2, "implant")]]
    assert summary["counts"]["boxes"] == {"whole": 2}
    assert summary["counts"]["by_person"] == {"boxes": 2}
    for one in (first, second):
        said = json.loads(one.decisions)["person"]["boxes"]
        assert (said["reviewer"], said["date"]) == ("r-0123abcd", "2026-11-28")
    before = tree_hash(clean)
    preprocess(raw, clean)
    assert tree_hash(clean) == before
    # a pipeline after it may correct them again, of the whole film
    cleaner = tmp_path / "cleaner"
    path = tmp_path / "later.toml"
    path.write_text('name = "later"\nsummary = "size"\n[steps.resize]\n')
    preprocess(clean, cleaner, "--pipeline", path)
    line = f"{image_id}-p2,boxes,lesion 30 40 8 8,,"
    preprocess(clean, cleaner, "--pipeline", path, "--corrections", given(tmp_path, line))
    table = rows(cleaner).set_index("image_id")
    found = {name: boxes_in(table.loc[name].boxes) for name in (image_id, f"{image_id}-p2")}
    assert [box.label for box in found[image_id]] == ["lesion"]
    assert found[f"{image_id}-p2"] == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("smith 1 2 3 4", "'smith' is not plainly a class, and might be a name"),
        ("fracture 4000 2 3 4", "lies on no image of that film"),
    ],
)
def test_a_slip_is_a_sentence(raw, tmp_path, value, says):
    image_id = wide_of(raw)
    path = given(tmp_path, f"{image_id},boxes,{value},,")
    with pytest.raises(UsageError, match=says):
        convert(tmp_path / "dump", raw, "--corrections", path)
    with pytest.raises(UsageError, match=says):
        preprocess(raw, tmp_path / "clean", "--corrections", path)
    assert whole_film(image_id) == image_id
    assert as_text([]) == "[]"
