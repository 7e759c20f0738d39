import pytest

from radprep.annotations import folders
from radprep.annotations.folders import files_below, places_of
from radprep.errors import UsageError


def test_files_come_in_order_without_links_and_hidden_ones(tmp_path):
    for name in ("b/2.TXT", "a/1.txt", ".git/x.txt", "b/.hidden.txt", "0.txt", "b/other.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    found = [(folder, file.name) for folder, file in files_below(tmp_path, ".txt")]
    assert found == [("", "0.txt"), ("a/", "1.txt"), ("b/", "2.TXT")]


def test_files_have_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MOST_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(UsageError, match="more than 2 files"):
        list(files_below(tmp_path, ".txt"))


def test_pictures_are_looked_for_beside_their_annotations():
    def places(folder):
        return places_of(folder, ("labels",), "images")

    assert places("set/Labels/train/") == ("set/images/train/", "set/train/", "train/")
    assert places("train/labels/") == ("train/images/", "train/", "")
    assert places("labels/") == ("images/", "")
    assert places("train/") == ("train/",)
    assert places("") == ("",)
