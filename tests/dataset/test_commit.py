import errno
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from radprep.dataset.checked import read_study
from radprep.dataset.commit import (
    Attempt,
    relabel_study,
    remove_old_attempts,
    remove_old_leftovers,
    remove_replaced,
    remove_sources,
    remove_study,
)
from radprep.dataset.durable import sync
from radprep.dataset.info import read_info
from radprep.dataset.labels import digest_of_rows
from radprep.dataset.layout import DataSet
from radprep.dataset.names import mask_hash, mask_name
from radprep.errors import InterruptedRunError, RadprepError, UsageError
from tests.made import footer_of, image_row, labels_of

STUDY = "ab12000000000000"


def row(image_id="00000000000000a1", label=None, **values):
    return image_row(image_id, STUDY, label, **values)


def commit(root, rows, key="k", label=None):
    with Attempt(DataSet(root), STUDY) as attempt:
        attempt.commit(
            rows,
            {one["file_name"]: attempt.stage(one["image_id"].encode()) for one in rows},
            footer_of(key),
        )


def footer_with_labels(root, images):
    """The footer that a committed study has."""
    return {
        **footer_of("k"),
        "images": images,
        "labels": digest_of_rows(DataSet(root).rows(STUDY)),
    }


def files(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_study_is_images_and_a_marker_with_its_key(tmp_path):
    commit(
        tmp_path,
        [row("00000000000000a1", "fracture"), row("00000000000000a2", "fracture")],
        label="fracture",
    )
    assert files(tmp_path) == [
        "images/fracture/ab/ab12000000000000/00000000000000a1.png",
        "images/fracture/ab/ab12000000000000/00000000000000a2.png",
        "studies/ab/ab12000000000000.parquet",
    ]
    assert DataSet(tmp_path).footer(STUDY) == footer_with_labels(tmp_path, 2)
    assert [one["image_id"] for one in DataSet(tmp_path).rows(STUDY)] == [
        "00000000000000a1",
        "00000000000000a2",
    ]


def test_a_new_result_replaces_all_of_the_old_one(tmp_path):
    commit(tmp_path, [row("00000000000000a1"), row("00000000000000a2")])
    commit(tmp_path, [row("00000000000000a3", "fracture")], key="other", label="fracture")
    assert files(tmp_path) == [
        "images/fracture/ab/ab12000000000000/00000000000000a3.png",
        "studies/ab/ab12000000000000.parquet",
    ]
    assert DataSet(tmp_path).footer(STUDY)["key"] == footer_of("other")["key"]


def test_an_attempt_that_breaks_leaves_the_old_result(tmp_path):
    commit(tmp_path, [row("00000000000000a1")])
    before = files(tmp_path)
    with Attempt(DataSet(tmp_path), STUDY) as attempt:
        attempt.stage(b"half")
    assert files(tmp_path) == before


@pytest.mark.parametrize("fail_at", range(6))
def test_a_commit_that_dies_between_two_renames_has_no_marker_or_is_complete(
    tmp_path, monkeypatch, fail_at
):
    commit(tmp_path, [row("00000000000000a1"), row("00000000000000a2")], key="old")
    calls = {"count": 0}
    real = sync

    def dying(path):
        calls["count"] += 1
        if calls["count"] > fail_at:
            raise KeyboardInterrupt
        real(path)

    monkeypatch.setattr("radprep.dataset.commit.sync", dying)
    try:
        commit(tmp_path, [row("00000000000000a2"), row("00000000000000a3")], key="new")
    except KeyboardInterrupt:
        footer = DataSet(tmp_path).footer(STUDY)
        assert (
            footer is None
            or footer["key"] == footer_of("old")["key"]
            or [name for name in files(tmp_path) if "replaced" not in name] == _complete()
        )
    monkeypatch.setattr("radprep.dataset.commit.sync", real)
    commit(tmp_path, [row("00000000000000a2"), row("00000000000000a3")], key="new")
    remove_replaced(DataSet(tmp_path))
    assert files(tmp_path) == _complete()


def _complete():
    return [
        "studies/ab/ab12000000000000.parquet",
        "unlabelled/ab/ab12000000000000/00000000000000a2.png",
        "unlabelled/ab/ab12000000000000/00000000000000a3.png",
    ]


def test_relabelling_moves_files_and_rewrites_rows(tmp_path):
    commit(tmp_path, [row("00000000000000a1")])
    relabel_study(DataSet(tmp_path), STUDY, labels_of("fracture"))
    assert files(tmp_path) == [
        "images/fracture/ab/ab12000000000000/00000000000000a1.png",
        "studies/ab/ab12000000000000.parquet",
    ]
    (only,) = DataSet(tmp_path).rows(STUDY)
    assert (only["label"], only["file_name"]) == (
        "fracture",
        "images/fracture/ab/ab12000000000000/00000000000000a1.png",
    )
    assert DataSet(tmp_path).footer(STUDY) == footer_with_labels(tmp_path, 1)


def with_mask(root, label=None):
    one = row("00000000000000a1", label)
    one["mask_file_name"] = mask_name(one)
    with Attempt(DataSet(root), STUDY) as attempt:
        staged = {
            one[column]: attempt.stage(column.encode())
            for column in ("file_name", "mask_file_name")
        }
        attempt.commit([one], staged, footer_of("k"))


@pytest.mark.parametrize(("label", "folder"), [(None, "unlabelled"), ("fracture", "fracture")])
def test_a_mask_stands_under_masks_as_its_image_does_under_images(tmp_path, label, folder):
    with_mask(tmp_path, label)
    assert f"masks/{folder}/ab/ab12000000000000/00000000000000a1.png" in files(tmp_path)
    assert sum(1 for _ in DataSet(tmp_path).files_of(STUDY)) == 2
    assert DataSet(tmp_path).footer(STUDY)["images"] == 2


@pytest.mark.parametrize(
    ("before", "after"), [(None, "fracture"), ("fracture", None), ("fracture", "normal")]
)
def test_relabelling_moves_masks_too(tmp_path, before, after):
    with_mask(tmp_path, before)
    relabel_study(DataSet(tmp_path), STUDY, labels_of(after))
    (only,) = DataSet(tmp_path).rows(STUDY)
    assert (
        only["mask_file_name"]
        == f"masks/{after or 'unlabelled'}/ab/ab12000000000000/00000000000000a1.png"
    )
    assert (tmp_path / only["mask_file_name"]).read_bytes() == b"mask_file_name"
    assert (tmp_path / only["file_name"]).read_bytes() == b"file_name"
    assert len(files(tmp_path)) == 3


def folders_of_images(root):
    return sorted(
        path.relative_to(root).as_posix()
        for top in ("images", "unlabelled", "masks")
        for path in (root / top).rglob("*/")
    )


CHANGES = {
    "another label": lambda root: relabel_study(DataSet(root), STUDY, labels_of("normal")),
    "done again with another label": lambda root: commit(
        root, [row("00000000000000a1", "normal")], label="normal"
    ),
    "rejected": lambda root: commit(root, [], label="fracture"),
    "removed": lambda root: remove_study(DataSet(root), STUDY),
    "some sources removed": lambda root: remove_sources(DataSet(root), STUDY, {"0" * 14 + "a1"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_class_folders_hold_images_or_are_not_there(tmp_path, change):
    with_mask(tmp_path, "fracture")
    CHANGES[change](tmp_path)
    labels = {path.split("/")[1] for path in folders_of_images(tmp_path)}
    assert labels == ({"normal"} if "label" in change else set())
    assert all(any((tmp_path / path).rglob("*.png")) for path in folders_of_images(tmp_path))


def test_other_studies_keep_their_class_folder(tmp_path):
    commit(tmp_path, [row("00000000000000a1", "fracture")], label="fracture")
    other = tmp_path / "images" / "fracture" / "cd" / "cd12000000000000" / "b.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"image")
    relabel_study(DataSet(tmp_path), STUDY, labels_of("normal"))
    assert folders_of_images(tmp_path) == [
        "images/fracture",
        "images/fracture/cd",
        "images/fracture/cd/cd12000000000000",
        "images/normal",
        "images/normal/ab",
        "images/normal/ab/ab12000000000000",
    ]


def test_some_sources_of_a_study_go_and_the_others_stay(tmp_path):
    commit(tmp_path, [row("00000000000000a1"), row("00000000000000a2", detail=f"{0xA1:016x}")])
    remove_sources(DataSet(tmp_path), STUDY, {f"{0xA1:016x}"})
    assert files(tmp_path)[-1] == "unlabelled/ab/ab12000000000000/00000000000000a2.png"
    assert len(files(tmp_path)) == 2
    (only,) = DataSet(tmp_path).rows(STUDY)
    assert only["detail"] == "of a source that was removed"
    assert DataSet(tmp_path).footer(STUDY)["key"] != footer_of("k")["key"]


def test_a_new_result_without_masks_removes_the_old_ones(tmp_path):
    with_mask(tmp_path)
    commit(tmp_path, [row("00000000000000a1")])
    assert files(tmp_path) == [
        "studies/ab/ab12000000000000.parquet",
        "unlabelled/ab/ab12000000000000/00000000000000a1.png",
    ]


def test_removing_a_study_removes_its_masks(tmp_path):
    with_mask(tmp_path)
    remove_study(DataSet(tmp_path), STUDY)
    assert files(tmp_path) == []


@pytest.mark.parametrize("decisions", [None, "", "[]", "{", "7", '{"mask": 3}', '{"mask": {}}'])
def test_a_mask_hash_that_cannot_be_read_is_none(decisions):
    assert mask_hash(row(decisions=decisions)) is None
    assert mask_hash(row(decisions='{"mask": {"pixel_hash": "ab"}}')) == "ab"


def test_removing_a_study_leaves_nothing(tmp_path):
    commit(tmp_path, [row("00000000000000a1")])
    remove_study(DataSet(tmp_path), STUDY)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "permission"), (errno.EROFS, "read-only")],
)
def test_a_full_disk_is_a_sentence_and_leaves_nothing_under_a_final_name(
    tmp_path, monkeypatch, number, said
):
    def full(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RadprepError, match=said):
        commit(tmp_path, [row("00000000000000a1")])
    assert files(tmp_path) == []


def test_a_folder_that_is_no_data_set_or_of_another_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a radprep data set"):
        read_info(DataSet(tmp_path))
    for damaged in ("{", "", "[]", "null", "{}"):
        (tmp_path / "dataset.json").write_text(damaged)
        with pytest.raises(UsageError, match="damaged"):
            read_info(DataSet(tmp_path))
    other = {
        "format_version": 99,
        "stage": "convert",
        "made_from": {},
        "parameters": {},
        "complete": True,
    }
    (tmp_path / "dataset.json").write_text(json.dumps(other))
    with pytest.raises(UsageError, match="format 99"):
        read_info(DataSet(tmp_path))


def test_only_old_attempts_are_removed(tmp_path):
    for name, age in (("old", 25 * 3600), ("young", 60)):
        folder = tmp_path / ".tmp" / name
        folder.mkdir(parents=True)
        stamp = folder.stat().st_mtime - age
        os.utime(folder, (stamp, stamp))
    remove_old_attempts(DataSet(tmp_path))
    assert [path.name for path in (tmp_path / ".tmp").iterdir()] == ["young"]


def set_aside(root, number):
    """What a killed commit leaves: the marker stands aside."""
    path = DataSet(root).marker(STUDY)
    return path.replace(path.with_suffix(f".{number:020d}-ab.replaced"))


def test_what_a_killed_commit_left_is_found_and_goes(tmp_path):
    commit(tmp_path, [row("00000000000000a1")])
    assert DataSet(tmp_path).last_rows("cd34000000000000") == []
    aside = set_aside(tmp_path, 1)
    assert DataSet(tmp_path).footer(STUDY) is None
    assert [one["image_id"] for one in DataSet(tmp_path).last_rows(STUDY)] == ["00000000000000a1"]
    remove_replaced(DataSet(tmp_path))
    assert aside.exists()
    commit(tmp_path, [row("00000000000000a2")])
    assert aside.exists()
    remove_replaced(DataSet(tmp_path))
    assert files(tmp_path) == [
        "studies/ab/ab12000000000000.parquet",
        "unlabelled/ab/ab12000000000000/00000000000000a2.png",
    ]


def test_of_several_killed_commits_the_last_is_believed(tmp_path):
    for number in (1, 3, 2):
        commit(tmp_path, [row(f"00000000000000a{number}")])
        set_aside(tmp_path, number)
    assert [one["image_id"] for one in DataSet(tmp_path).last_rows(STUDY)] == ["00000000000000a3"]
    remove_study(DataSet(tmp_path), STUDY)
    assert files(tmp_path) == []


def test_rows_are_found_while_another_run_replaces_them(tmp_path, monkeypatch):
    commit(tmp_path, [row("00000000000000a1")])
    aside = set_aside(tmp_path, 1)
    plain = read_study

    def meanwhile(path, study_id):
        if path == aside:
            aside.replace(DataSet(tmp_path).marker(STUDY))
        return plain(path, study_id)

    monkeypatch.setattr("radprep.dataset.layout.read_study", meanwhile)
    assert [one["image_id"] for one in DataSet(tmp_path).last_rows(STUDY)] == ["00000000000000a1"]


def test_a_commit_leaves_alone_what_another_attempt_has_set_aside(tmp_path, monkeypatch):
    """Its process may die next, and its rows are all that is known of absent sources."""
    commit(tmp_path, [row("00000000000000a1")])
    plain, asides = Attempt._place, []

    def meanwhile(attempt, staged):
        monkeypatch.setattr(Attempt, "_place", plain)
        commit(tmp_path, [row("00000000000000a1")])
        asides.append(set_aside(tmp_path, 7))
        return plain(attempt, staged)

    monkeypatch.setattr(Attempt, "_place", meanwhile)
    commit(tmp_path, [row("00000000000000a1")])
    assert asides[0].exists()


def test_an_attempt_whose_folder_was_removed_stops_the_run(tmp_path):
    """As a worker does whose run was killed, and whose data set was removed to begin anew."""

    def staged_and_gone(attempt):
        staged = attempt.stage(b"00000000000000a1")
        shutil.rmtree(tmp_path / ".tmp")
        return {row()["file_name"]: staged}

    with (
        pytest.raises(InterruptedRunError, match="removed"),
        Attempt(DataSet(tmp_path), STUDY) as attempt,
    ):
        attempt.commit([row()], staged_and_gone(attempt), {"key": "k", "labels": None})
    assert files(tmp_path) == []


def test_an_attempt_begins_though_its_folder_goes_meanwhile(tmp_path, monkeypatch):
    plain = Path.mkdir

    def slow(path, *rest, **named):
        if path.parent.name == ".tmp" and not (tmp_path / "once").exists() and path.parent.exists():
            (tmp_path / "once").touch()
            path.parent.rmdir()
        return plain(path, *rest, **named)

    monkeypatch.setattr(Path, "mkdir", slow)
    with Attempt(DataSet(tmp_path), STUDY) as attempt:
        assert attempt.folder.is_dir()
    assert (tmp_path / "once").exists()


def test_a_study_that_another_run_has_in_its_hands_is_not_relabelled(tmp_path, monkeypatch):
    commit(tmp_path, [row("00000000000000a1")])
    with monkeypatch.context() as patch:
        patch.setattr(DataSet, "footer", lambda *_: None)
        before = files(tmp_path)
        relabel_study(DataSet(tmp_path), STUDY, labels_of("fracture"))
        assert files(tmp_path) == before
    set_aside(tmp_path, 1)
    before = files(tmp_path)
    relabel_study(DataSet(tmp_path), STUDY, labels_of("fracture"))
    assert files(tmp_path) == before


OLD, YOUNG = "a" * 32, "b" * 32


def test_old_attempts_and_files_without_their_name_go(tmp_path):
    for name, age in (
        (".tmp/dead", 90_000),
        (".tmp/live", 60),
        (f".instances.parquet.{OLD}", 90_000),
        (f"studies/ab/.x.parquet.{OLD}", 90_000),
        (f".dataset.json.{YOUNG}", 60),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if ".tmp" in name else path.touch()
        os.utime(path, (time.time() - age,) * 2)
    remove_old_attempts(DataSet(tmp_path))
    remove_old_leftovers(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        f".dataset.json.{YOUNG}",
        ".tmp",
        ".tmp/live",
        "studies",
        "studies/ab",
    ]


def test_a_row_that_is_not_kept_loses_what_stood_for_its_image(tmp_path):
    said = json.dumps({"mask": {"pixel_hash": "c", "share": 0.5}, "other": {"pixel_hash": 1}})
    hashes = {"pixel_hash": "a" * 32, "perceptual_hash": "b" * 16, "decisions": said}
    lost = {**row("00000000000000a2", **hashes), "status": "failed", "reason": "truncated"}
    lost |= {"step": "convert", "mask_file_name": mask_name(lost)}
    with Attempt(DataSet(tmp_path), STUDY) as attempt:
        kept = row(**hashes)
        staged = {kept["file_name"]: attempt.stage(b"i1")}
        attempt.commit([kept, lost], staged, footer_of("k"))
    first, second = DataSet(tmp_path).rows(STUDY)
    assert (first["pixel_hash"], first["perceptual_hash"]) == ("a" * 32, "b" * 16)
    assert first["decisions"] == said
    names = ("pixel_hash", "perceptual_hash", "file_name", "mask_file_name")
    assert [second[name] for name in names] == [None] * 4
    assert json.loads(second["decisions"]) == {"mask": {"share": 0.5}, "other": {"pixel_hash": 1}}
