"""`radprep.open`: tables, pictures, masks and decisions, and nothing from outside the data set."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import radprep
from radprep.dataset.durable import write_json, write_table
from radprep.dataset.schema import to_table
from radprep.errors import UsageError
from radprep.image import png
from tests.made import arm, boxes_of, convert, make_dicom, preprocess


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A converted dump."""
    folder = tmp_path_factory.mktemp("opened")
    (folder / "dump").mkdir()
    for number in range(3):
        film = make_dicom(arm(seed=number), study=str(number))
        (folder / "dump" / str(number)).write_bytes(film)
    (folder / "dump" / "notes.txt").write_text("not a film\n")
    (folder / "labels.csv").write_text("accession,diagnosis\nA0,fracture\nA1,normal\n")
    convert(folder / "dump", folder / "raw", "--labels", folder / "labels.csv", "--bits", 16)
    return folder / "raw"


@pytest.fixture
def mine(raw, tmp_path):
    """A copy of it that a test may damage."""
    return shutil.copytree(raw, tmp_path / "mine")


def rewrite(root, change):
    """Change the rows of instances.parquet, as somebody hostile would: dataset.json goes along."""
    listed = pq.read_table(root / "instances.parquet").to_pylist()
    for row in listed:
        change(row)
    write_table(to_table(listed), root / "instances.parquet")
    info = json.loads((root / "dataset.json").read_text())
    size = (root / "instances.parquet").stat().st_size
    write_json(root / "dataset.json", {**info, "instances_bytes": size})


def test_the_tables_are_those_on_disk(raw):
    opened = radprep.open(raw)
    pd.testing.assert_frame_equal(opened.rows, pd.read_parquet(raw / "instances.parquet"))
    assert len(opened) == len(opened.films) == 3
    assert set(opened.films.status) == {"kept"}
    assert list(opened) == opened.films.image_id.tolist()


def test_an_image_is_the_one_on_disk(raw):
    opened = radprep.open(str(raw))
    for row in opened.films.itertuples():
        film = opened.read(row.image_id)
        assert film.dtype == np.uint16
        assert film.shape == (row.height, row.width)
        assert (film == png.decode((raw / row.file_name).read_bytes())).all()
        assert opened.mask(row.image_id) is None


def test_masks_and_decisions_of_steps(raw, tmp_path):
    pipeline = tmp_path / "mask.toml"
    pipeline.write_text('name = "mask"\n\n[steps.foreground_mask]\n')
    preprocess(raw, tmp_path / "clean", "--pipeline", pipeline)
    opened = radprep.open(tmp_path / "clean")
    for image_id in opened:
        mask = opened.mask(image_id)
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 255}
        assert mask.shape == opened.read(image_id).shape
        assert "foreground_mask" in opened.decisions(image_id)
    row = opened.films.iloc[0]
    (tmp_path / "clean" / row.mask_file_name).write_bytes(
        png.encode(np.zeros(opened.read(row.image_id).shape, np.uint8))
    )
    with pytest.raises(UsageError, match="is not the one that was written"):
        opened.mask(row.image_id)


def test_boxes_are_those_of_the_column(mine):
    first, second, *_ = sorted(radprep.open(mine))
    drawn = {first: [("fracture", (10, 20, 30, 40))], second: []}
    rewrite(
        mine,
        lambda row: (
            row["image_id"] in drawn and row.update(boxes=boxes_of(drawn[row["image_id"]], row))
        ),
    )
    opened = radprep.open(mine)
    [box] = opened.boxes(first)
    assert (box.label, box.x, box.y, box.width, box.height) == ("fracture", 10, 20, 30, 40)
    assert box.is_whole
    told = [opened.boxes(image_id) for image_id in opened]
    assert sorted(map(str, told)) == sorted(map(str, [[box], [], None]))
    cells = opened.films.set_index("image_id").boxes
    assert json.loads(cells[first])[0]["label"] == "fracture"  # without radprep
    with pytest.raises(UsageError, match="There is no image"):
        opened.boxes("nobody")


def test_it_tells_a_person_what_it_is(raw, tmp_path):
    assert repr(radprep.open(raw)).splitlines()[1:] == [
        "  stage     convert",
        "  images    3 kept, of 3 studies and 3 patients",
        "  labels    unlabelled 1, fracture 1, normal 1",
        "  files     4 = 3 kept + 1 rejected + 0 failed",
        "  complete  yes",
    ]
    preprocess(raw, tmp_path / "clean", "--limit", 1)
    said = repr(radprep.open(tmp_path / "clean"))
    assert "stage     preprocess, pipeline wrist-thesis" in said
    assert "complete  no: 3 studies were left by --limit" in said


def test_a_folder_that_is_no_data_set(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        radprep.open(tmp_path / "gone")
    with pytest.raises(UsageError, match="it has no dataset"):
        radprep.open(tmp_path)


def test_a_data_set_that_is_not_complete(mine):
    info = json.loads((mine / "dataset.json").read_text())
    write_json(mine / "dataset.json", {**info, "complete": False})
    with pytest.raises(UsageError, match="is not complete: its `radprep convert` was interrupted"):
        radprep.open(mine)


def test_a_dataset_json_without_its_counts(mine):
    info = json.loads((mine / "dataset.json").read_text())
    write_json(mine / "dataset.json", {name: info[name] for name in info if name != "counts"})
    with pytest.raises(UsageError, match=r"dataset\.json is damaged"):
        radprep.open(mine)


def test_a_label_of_somebody_hostile_leaves_the_terminal_alone(mine):
    info = json.loads((mine / "dataset.json").read_text())
    info["counts"]["labels"] = {"\x1b[2Jgone": 3}
    write_json(mine / "dataset.json", info)
    with pytest.raises(UsageError, match="counts: labels") as said:
        radprep.open(mine)
    assert str(said.value).isprintable()


@pytest.mark.parametrize("text", [None, b"PAR1 not a table PAR1"])
def test_a_table_that_is_missing_or_another(mine, text):
    if text is None:
        (mine / "instances.parquet").unlink()
    else:
        (mine / "instances.parquet").write_bytes(text)
        info = json.loads((mine / "dataset.json").read_text())
        write_json(mine / "dataset.json", {**info, "instances_bytes": len(text)})
    with pytest.raises(UsageError, match=r"instances.parquet is (missing, )?damaged"):
        radprep.open(mine).rows  # noqa: B018


def test_an_id_that_is_not_there(raw):
    with pytest.raises(UsageError, match=r"There is no image .nobody. in .* 3 kept images") as said:
        radprep.open(raw).read("nobody")
    assert "-p2" in str(said.value)


def test_an_image_that_was_rejected(mine):
    wanted = radprep.open(mine).films.image_id.iloc[0]

    def reject(row):
        if row["image_id"] == wanted:
            row |= {"status": "rejected", "step": "quality", "reason": "blank", "file_name": None}
            row |= {"pixel_hash": None, "perceptual_hash": None}

    rewrite(mine, reject)
    with pytest.raises(UsageError, match=r"it was rejected by quality \(blank\)"):
        radprep.open(mine).read(wanted)


def first(root):
    """The first image: its id and its file."""
    row = radprep.open(root).films.iloc[0]
    return row.image_id, root / row.file_name


def test_an_image_that_is_missing(mine):
    image_id, file = first(mine)
    file.unlink()
    with pytest.raises(UsageError, match="is missing"):
        radprep.open(mine).read(image_id)


def test_an_image_that_was_altered(mine):
    image_id, file = first(mine)
    pixels = png.decode(file.read_bytes()).copy()
    pixels[0, 0] ^= 1
    file.write_bytes(png.encode(pixels))
    with pytest.raises(UsageError, match="its grey values were altered"):
        radprep.open(mine).read(image_id)


def test_an_image_that_is_no_png(mine):
    image_id, file = first(mine)
    file.write_bytes(b"no picture")
    with pytest.raises(UsageError, match="cannot be used: not a grey PNG"):
        radprep.open(mine).read(image_id)


@pytest.mark.parametrize("column", ["file_name", "mask_file_name"])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_row_that_leads_out_of_the_data_set(mine, tmp_path, column, absolute):
    image_id, file = first(mine)
    outside = tmp_path / "outside.png"
    outside.write_bytes(file.read_bytes())
    name = str(outside) if absolute else "../outside.png"

    def lead_out(row):
        row[column] = name if row["image_id"] else None

    rewrite(mine, lead_out)
    opened = radprep.open(mine)
    with pytest.raises(UsageError, match=f"the column {column} must hold"):
        (opened.read if column == "file_name" else opened.mask)(image_id)


def test_a_link_that_leads_out_of_the_data_set(mine, tmp_path):
    image_id, file = first(mine)
    file.rename(tmp_path / "outside.png")
    file.symlink_to(tmp_path / "outside.png")
    with pytest.raises(UsageError, match="leads out of the data set"):
        radprep.open(mine).read(image_id)


def test_a_pipe_is_not_waited_for(mine):
    image_id, file = first(mine)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(UsageError, match="no regular file"):
        radprep.open(mine).read(image_id)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_decisions_that_are_damaged(mine, text):
    rewrite(mine, lambda row: row.update(decisions=text))
    opened = radprep.open(mine)
    with pytest.raises(UsageError, match="the column decisions must hold"):
        opened.decisions(next(iter(opened)))
