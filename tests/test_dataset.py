import errno
import json
import os

import pyarrow.parquet as pq
import pytest

from radprep import dataset
from radprep.errors import RadprepError, UsageError
from radprep.schema import arrow_schema, new_row

STUDY = "ab12"


def row(image_id="i1", label=None, **values):
    return new_row(study_id=STUDY, source_id=f"s-{image_id}", image_id=image_id, instance_id=image_id, status="kept", label=label,
                   file_name=f"{dataset.image_folder(label, STUDY)}/{image_id}.png", **values)


def commit(root, rows, key="k", label=None):
    with dataset.Attempt(root, STUDY) as attempt:
        attempt.commit(rows, {one["file_name"]: attempt.stage(one["image_id"].encode()) for one in rows}, {"key": key, "label": label})


def files(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_study_is_images_and_a_marker_with_its_key(tmp_path):
    commit(tmp_path, [row("i1", "fracture"), row("i2", "fracture")], label="fracture")
    assert files(tmp_path) == ["images/fracture/ab/ab12/i1.png", "images/fracture/ab/ab12/i2.png", "studies/ab/ab12.parquet"]
    assert dataset.read_footer(tmp_path, STUDY) == {"key": "k", "label": "fracture", "images": 2}
    assert [one["image_id"] for one in dataset.read_rows(tmp_path, STUDY)] == ["i1", "i2"]


def test_a_new_result_replaces_all_of_the_old_one(tmp_path):
    commit(tmp_path, [row("i1"), row("i2")])
    commit(tmp_path, [row("i3", "fracture")], key="other", label="fracture")
    assert files(tmp_path) == ["images/fracture/ab/ab12/i3.png", "studies/ab/ab12.parquet"]
    assert dataset.read_footer(tmp_path, STUDY)["key"] == "other"


def test_an_attempt_that_breaks_leaves_the_old_result(tmp_path):
    commit(tmp_path, [row("i1")])
    before = files(tmp_path)
    with dataset.Attempt(tmp_path, STUDY) as attempt:
        attempt.stage(b"half")
    assert files(tmp_path) == before


@pytest.mark.parametrize("fail_at", range(6))
def test_a_commit_that_dies_between_two_renames_has_no_marker_or_is_complete(tmp_path, monkeypatch, fail_at):
    commit(tmp_path, [row("i1"), row("i2")], key="old")
    calls = {"count": 0}
    real = dataset.sync

    def dying(path):
        calls["count"] += 1
        if calls["count"] > fail_at:
            raise KeyboardInterrupt
        real(path)

    monkeypatch.setattr(dataset, "sync", dying)
    try:
        commit(tmp_path, [row("i2"), row("i3")], key="new")
    except KeyboardInterrupt:
        footer = dataset.read_footer(tmp_path, STUDY)
        assert footer is None or footer["key"] == "old" or files(tmp_path) == _complete()
    monkeypatch.setattr(dataset, "sync", real)
    commit(tmp_path, [row("i2"), row("i3")], key="new")
    assert files(tmp_path) == _complete()


def _complete():
    return ["studies/ab/ab12.parquet", "unlabelled/ab/ab12/i2.png", "unlabelled/ab/ab12/i3.png"]


def test_relabelling_moves_files_and_rewrites_rows(tmp_path):
    commit(tmp_path, [row("i1")])
    dataset.relabel_study(tmp_path, STUDY, "fracture", {"key": "k", "label": None})
    assert files(tmp_path) == ["images/fracture/ab/ab12/i1.png", "studies/ab/ab12.parquet"]
    (only,) = dataset.read_rows(tmp_path, STUDY)
    assert (only["label"], only["file_name"]) == ("fracture", "images/fracture/ab/ab12/i1.png")
    assert dataset.read_footer(tmp_path, STUDY) == {"key": "k", "label": "fracture", "images": 1}


def test_removing_a_study_leaves_nothing(tmp_path):
    commit(tmp_path, [row("i1")])
    dataset.remove_study(tmp_path, STUDY)
    assert files(tmp_path) == []


def test_instances_are_all_rows_in_the_order_of_studies(tmp_path):
    commit(tmp_path, [row("i1"), row("i2")])
    dataset.collate_instances(tmp_path)
    table = pq.read_table(tmp_path / "instances.parquet")
    assert table.schema.remove_metadata().equals(arrow_schema())
    assert table["image_id"].to_pylist() == ["i1", "i2"]


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "permission"), (errno.EROFS, "read-only")])
def test_a_full_disk_is_a_sentence_and_leaves_nothing_under_a_final_name(tmp_path, monkeypatch, number, said):
    def full(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RadprepError, match=said):
        commit(tmp_path, [row("i1")])
    assert files(tmp_path) == []


def test_a_folder_that_is_no_data_set_or_of_another_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a radprep data set"):
        dataset.read_info(tmp_path)
    for damaged in ("{", "", "[]", "null", "{}"):
        (tmp_path / "dataset.json").write_text(damaged)
        with pytest.raises(UsageError, match="damaged"):
            dataset.read_info(tmp_path)
    other = {"format_version": 99, "stage": "convert", "made_from": {}, "parameters": {}, "complete": True}
    (tmp_path / "dataset.json").write_text(json.dumps(other))
    with pytest.raises(UsageError, match="format 99"):
        dataset.read_info(tmp_path)


def test_only_old_attempts_are_removed(tmp_path):
    for name, age in (("old", 25 * 3600), ("young", 60)):
        folder = tmp_path / ".tmp" / name
        folder.mkdir(parents=True)
        stamp = folder.stat().st_mtime - age
        os.utime(folder, (stamp, stamp))
    dataset.remove_old_attempts(tmp_path)
    assert [path.name for path in (tmp_path / ".tmp").iterdir()] == ["young"]
