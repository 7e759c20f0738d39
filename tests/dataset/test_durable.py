import os

import pytest

from radprep.dataset.durable import (
    leftovers,
    name_of_temporary,
    replacing,
    sync_tree,
    temporary_of,
    write_json,
    write_whole,
)


def test_temporary_names_tell_what_they_are_for(tmp_path):
    target = tmp_path / "instances.parquet"
    first, second = temporary_of(target), temporary_of(target)
    assert first != second
    assert first.parent == tmp_path
    assert name_of_temporary(first) == target.name
    assert name_of_temporary(target) is None


def write_half(target):
    with replacing(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError


def test_a_file_that_could_not_be_written_leaves_what_stood_there(tmp_path):
    target = tmp_path / "list.csv"
    write_whole(target, b"before")
    with pytest.raises(RuntimeError):
        write_half(target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_run_leaves_is_found_wherever_it_stands(tmp_path):
    wanted = set()
    for name in ("key", "labels/studies_without_label.csv", "studies/ab/abc.arrow"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {})
        left = temporary_of(path)
        left.write_text("PATIENT 7")
        wanted.add(left)
    assert set(leftovers(tmp_path)) == wanted


def test_images_are_not_looked_through_for_leftovers(tmp_path):
    folder = tmp_path / "images" / "fracture"
    folder.mkdir(parents=True)
    temporary_of(folder / "a.png").touch()
    assert list(leftovers(tmp_path)) == []


def test_a_disk_that_loses_a_file_of_a_tree_is_told(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film.png").write_bytes(b"film")
    seen = []
    monkeypatch.setattr(os, "fsync", lambda one: seen.append(os.fstat(one).st_ino))
    sync_tree(tmp_path)
    paths = [tmp_path / "a" / "film.png", tmp_path / "a", tmp_path]
    assert seen == [path.stat().st_ino for path in paths]

    def fail(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        sync_tree(tmp_path)
