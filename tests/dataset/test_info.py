from dataclasses import replace

import pytest

from radprep.dataset.commit import Attempt
from radprep.dataset.info import (
    Making,
    check_folders,
    check_out,
    parameters_of,
    read_complete,
    read_info,
    stages_up_to,
    write_info,
)
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from tests.made import footer_of, image_row


def pipeline(name):
    return {"name": name, "digest": "0" * 32, "steps": []}


def test_folders_inside_each_other_are_refused(tmp_path):
    for source, out in (("a", "a"), ("a", "a/b"), ("a/b", "a")):
        with pytest.raises(UsageError):
            check_folders(tmp_path / source, tmp_path / out)
    check_folders(tmp_path / "a", tmp_path / "ab")


def test_out_is_gone_on_with_only_by_what_made_it(tmp_path):
    out = tmp_path / "out"
    assert check_out(DataSet(out), "convert", {"key": "1"}) is None
    out.mkdir()
    assert check_out(DataSet(out), "convert", {"key": "1"}) is None
    write_info(DataSet(out), Making("convert", {"key": "1"}, {}), complete=False)
    assert check_out(DataSet(out), "convert", {"key": "1"})["complete"] is False
    with pytest.raises(UsageError, match="another key"):
        check_out(DataSet(out), "convert", {"key": "2"})
    with pytest.raises(UsageError, match="made by `radprep convert`"):
        check_out(DataSet(out), "preprocess", {})


def test_a_foreign_folder_or_a_file_is_not_written_to(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        check_out(DataSet(tmp_path), "convert", {})
    with pytest.raises(UsageError, match="is a file"):
        check_out(DataSet(tmp_path / "file"), "convert", {})


def test_what_a_stage_was_told_is_carried_through_the_stages_behind_it(tmp_path):
    first, second, third = (DataSet(tmp_path / name) for name in ("raw", "clean", "small"))
    before = ()
    for data_set, stage, said in (
        (first, "convert", {"retain": ["dates"]}),
        (second, "preprocess", {"pipeline": pipeline("wrist")}),
        (third, "preprocess", {"pipeline": pipeline("small")}),
    ):
        data_set.root.mkdir()
        write_info(data_set, Making(stage, {"key": "1"}, said, before), complete=False)
        before = stages_up_to(read_info(data_set))
    info = read_info(third)
    assert [one["stage"] for one in info["stages_before"]] == ["convert", "preprocess"]
    assert parameters_of(info, "convert") == {"retain": ["dates"]}
    assert parameters_of(info, "preprocess") == {"pipeline": pipeline("small")}
    assert parameters_of(read_info(first), "preprocess") is None
    assert Making.of(info).stages_before == tuple(info["stages_before"])


def test_an_interrupted_data_set_is_not_read_as_a_whole_one(tmp_path):
    data_set = DataSet(tmp_path)
    write_info(data_set, Making("convert", {}, {}), complete=False)
    with pytest.raises(UsageError, match="its `radprep convert` was interrupted"):
        read_complete(data_set)


def test_a_making_is_said_or_not():
    info = {
        "stage": "preprocess",
        "made_from": {"source": "a"},
        "parameters": {"retain": ["dates"], "source_fingerprint": "f"},
        "stages_before": [],
        "studies_planned": 3,
    }
    same = Making("preprocess", {"source": "a"}, {"source_fingerprint": "f", "retain": ("dates",)})
    assert same.is_said_by(info, 3)
    assert not same.is_said_by(info, 2)
    assert not replace(same, parameters={"source_fingerprint": "g"}).is_said_by(info, 3)
    assert not replace(same, stages_before=stages_up_to(info)).is_said_by(info, 3)


def test_of_a_lost_dataset_json_the_studies_tell_labels_and_corrections(tmp_path):
    for study_id, label, parts in (
        ("ab12000000000000", None, {}),
        ("cd12000000000000", "fracture", {"corrections": "0" * 16}),
    ):
        with Attempt(DataSet(tmp_path), study_id) as attempt:
            row = image_row("00000000000000a1", study_id, label)
            staged = {row["file_name"]: attempt.stage(b"image")}
            attempt.commit([row], staged, {**footer_of("k"), "parts": parts})
    found = check_out(DataSet(tmp_path), "convert", {})
    assert found["parameters"] == {"labels": True, "corrections": "lost"}
    assert found["complete"] is False
