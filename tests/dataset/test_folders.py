"""Folders of images hold images or are not there, whoever makes and removes them at the same
time."""

import threading
import time
from pathlib import Path

import pytest

from radprep.dataset.folders import empty_folders, move_in, remove_empty, sweep
from radprep.dataset.layout import DataSet

STUDY = "images/fracture/ab/ab12000000000000"


def folders(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*/"))


@pytest.fixture
def image(tmp_path):
    path = tmp_path / STUDY / "a.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"image")
    return path


def test_an_empty_folder_goes_with_those_above_it_but_the_root(image, tmp_path):
    empty = tmp_path / "images" / "normal" / "cd" / "cd12000000000000"
    empty.mkdir(parents=True)
    remove_empty(tmp_path, empty)
    assert folders(tmp_path)[-1] == STUDY
    image.unlink()
    remove_empty(tmp_path, image.parent)
    assert list(tmp_path.iterdir()) == []


def test_the_rest_of_what_another_process_has_removed_goes_too(tmp_path):
    (tmp_path / "images" / "normal").mkdir(parents=True)
    remove_empty(tmp_path, tmp_path / "images" / "normal" / "cd" / "cd12000000000000")
    assert list(tmp_path.iterdir()) == []


def test_sweeping_leaves_images_files_and_links(image, tmp_path):
    for name in (
        "images/normal/cd/cd12000000000000",
        "images/fracture/cd",
        "unlabelled/ab/ab12000000000000",
        "masks/unlabelled",
        "masks/fracture/ab",
    ):
        (tmp_path / name).mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere" / "ab" / "ab12000000000000"
    elsewhere.mkdir(parents=True)
    (tmp_path / "images" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "images" / "fracture" / "ef").symlink_to(tmp_path / "elsewhere" / "ab")
    (tmp_path / "images" / "strange").mkdir()
    (tmp_path / "images" / "strange" / "notes.txt").write_text("mine")
    sweep(DataSet(tmp_path))
    assert folders(tmp_path / "masks") == folders(tmp_path / "unlabelled") == []
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == [
        "fracture",
        "linked",
        "strange",
    ]
    assert image.exists()
    assert elsewhere.is_dir()
    assert DataSet(tmp_path).studies_with_images() == {"ab12000000000000"}
    assert not (tmp_path / "images" / "fracture" / "cd").exists()
    sweep(DataSet(tmp_path / "nowhere"))


def test_empty_folders_are_named_once_by_the_highest(image, tmp_path):
    assert list(empty_folders(DataSet(tmp_path))) == []
    (tmp_path / "images" / "normal" / "cd" / "cd12000000000000").mkdir(parents=True)
    (tmp_path / "images" / "fracture" / "ef").mkdir()
    (tmp_path / "masks" / "normal").mkdir(parents=True)
    (tmp_path / "images" / "linked").symlink_to(image.parent)
    found = [path.relative_to(tmp_path).as_posix() for path in empty_folders(DataSet(tmp_path))]
    assert found == ["images/fracture/ef", "images/normal", "masks"]


def test_a_folder_that_goes_before_the_rename_is_made_again(tmp_path, monkeypatch):
    path = tmp_path / "staged"
    path.write_bytes(b"image")
    plain, times = Path.replace, []

    def late(self, target):
        times.append(1)
        if len(times) < 3:  # another process has swept
            remove_empty(tmp_path, tmp_path / STUDY)
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", late)
    move_in(path, tmp_path / STUDY / "a.png")
    assert (tmp_path / STUDY / "a.png").read_bytes() == b"image"
    assert len(times) == 3


def test_what_cannot_be_moved_raises(tmp_path):
    with pytest.raises(FileNotFoundError):
        move_in(tmp_path / "nowhere", tmp_path / "images" / "a.png")
    (tmp_path / "staged").write_bytes(b"image")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        move_in(tmp_path / "staged", tmp_path / "file" / "a.png")


def test_moves_survive_sweeps_of_others(tmp_path):
    data_set, ended = DataSet(tmp_path), threading.Event()

    def sweep_on():
        while not ended.is_set():
            sweep(data_set)
            time.sleep(0.0005)

    other = threading.Thread(target=sweep_on)
    other.start()
    try:
        for number in range(200):
            target = tmp_path / STUDY / f"{number}.png"
            staged = tmp_path / "staged"
            staged.write_bytes(b"image")
            move_in(staged, target)
            target.unlink()
            remove_empty(tmp_path, target.parent)
    finally:
        ended.set()
        other.join()
    assert folders(tmp_path) == []
