"""A folder is a label."""

import pytest

from radprep.errors import UsageError
from radprep.layouts.classes import lay_out
from radprep.layouts.wanted import LayoutWanted


def laid(*pictures, level=None, patient=None):
    return lay_out(pictures, LayoutWanted("classes", class_level=level, patient_level=patient))


def labels(found):
    return {path: text for _, path, (text,) in found.rows}


def test_the_folder_is_the_label_and_each_picture_a_study():
    found = laid("fracture/1.png", "normal/1.png", "normal/2.png")
    assert labels(found) == {
        "fracture/1.png": "fracture",
        "normal/1.png": "normal",
        "normal/2.png": "normal",
    }
    assert {(one.study, one.patient) for one in found.told.values()} == {(None, None)}


@pytest.mark.parametrize("above", ["", "set/", "set/images/"])
def test_parts_of_a_split_stand_above_the_classes(above):
    found = laid(f"{above}train/fracture/1.png", f"{above}Val/normal/1.png")
    assert set(labels(found).values()) == {"fracture", "normal"}
    assert {one.split for one in found.told.values()} == {"training", "validation"}


def test_folders_that_hold_everything_are_no_class():
    found = laid("set/images/fracture/1.png", "set/images/normal/1.png")
    assert set(labels(found).values()) == {"fracture", "normal"}


def test_one_class_alone_is_one():
    assert set(labels(laid("fracture/1.png", "fracture/2.png")).values()) == {"fracture"}


@pytest.mark.parametrize(
    "pictures",
    [
        ("fracture/p1/1.png", "normal/p2/1.png"),
        ("fracture/1.png", "normal/more/1.png"),
        ("train/1.png", "train/fracture/2.png"),
    ],
)
def test_which_folder_is_the_class_must_be_clear(pictures):
    with pytest.raises(UsageError, match="--class-level"):
        laid(*pictures)


def test_a_person_says_which_level_it_is():
    found = laid("fracture/p1/1.png", "normal/p2/1.png", level=1)
    assert set(labels(found).values()) == {"fracture", "normal"}
    found = laid("a/fracture/1.png", "b/normal/1.png", "cover.png", level=2)
    assert set(labels(found).values()) == {"fracture", "normal"}
    assert found.counts["outside_layout"] == 1


@pytest.mark.parametrize("stray", ["montage.png", "about/montage.png"])
def test_a_stray_picture_takes_no_split_from_the_others(stray):
    found = laid("train/fracture/1.png", "val/normal/1.png", stray, level=2)
    assert {path: one.split for path, one in found.told.items()} == {
        "train/fracture/1.png": "training",
        "val/normal/1.png": "validation",
    }
    assert found.counts["outside_layout"] == 1
    assert found.counts["pictures_without_split"] == 0


def test_a_picture_beside_the_folders_is_no_reason_to_ask():
    found = laid("train/fracture/1.png", "val/normal/1.png", "montage.png")
    assert {one.split for one in found.told.values()} == {"training", "validation"}
    assert found.lists["outside_layout"][1:] == [("montage.png",)]


def test_each_picture_has_the_split_of_its_own_folders():
    found = laid("train/fracture/1.png", "more/fracture/1.png", "fracture/fracture/2.png", level=2)
    assert [one.split for one in found.told.values()] == ["training", None, None]
    assert found.counts["pictures_without_split"] == 2
    assert found.lists["pictures_without_split"][1:] == [
        ("fracture/fracture/2.png",),
        ("more/fracture/1.png",),
    ]
    below = laid("fracture/train/1.png", "normal/val/1.png", level=1)
    assert {one.split for one in below.told.values()} == {"training", "validation"}
    both = laid("val/train/fracture/1.png", "train/train/fracture/1.png", level=3)
    assert [one.split for one in both.told.values()] == [None, "training"]
    assert "pictures_without_split" not in laid("fracture/1.png", "normal/1.png").counts


@pytest.mark.parametrize(
    ("pictures", "patient", "level"),
    [
        (("fracture/p1/1.png", "normal/p1/1.png", "normal/p2/1.png"), 2, None),
        (("p1/fracture/1.png", "p1/normal/1.png", "p2/normal/1.png"), 1, None),
        (("p1/fracture/1.png", "p1/normal/1.png", "p2/normal/1.png"), 1, 2),
        (("fracture/p1/1.png", "normal/p1/1.png", "normal/p2/1.png"), 2, 1),
        (("train/fracture/p1/1.png", "train/normal/p1/a.png", "val/normal/p2/a.png"), 3, None),
        (("train/p1/fracture/1.png", "val/p1/normal/a.png", "val/p2/normal/a.png"), 2, 3),
    ],
)
def test_a_folder_may_be_a_patient(pictures, patient, level):
    found = laid(*pictures, patient=patient, level=level)
    assert [one.patient for one in found.told.values()] == ["p1", "p1", "p2"]
    assert list(labels(found).values()) == ["fracture", "normal", "normal"]


def test_the_folder_of_a_patient_must_be_there_and_no_part_of_a_split():
    with pytest.raises(UsageError, match="--patient-level 3: no picture"):
        laid("fracture/p1/1.png", patient=3)
    with pytest.raises(UsageError, match="parts of a split"):
        laid("train/fracture/1.png", "val/fracture/1.png", patient=1)
    found = laid("fracture/p1/1.png", "normal/1.png", patient=2)
    assert [one.patient for one in found.told.values()] == ["p1", None]


def test_there_must_be_a_folder():
    with pytest.raises(UsageError, match="no folder that could be a class"):
        laid("1.png", "2.png")
    with pytest.raises(UsageError, match="--class-level 4"):
        laid("a/1.png", level=4)


def test_parts_of_a_split_are_no_classes():
    with pytest.raises(
        UsageError, match=r"are test, train, which are parts of a split.* or give 2"
    ):
        laid("train/fracture/1.png", "test/normal/1.png", level=1)
