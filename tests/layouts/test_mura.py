"""MURA's folders and csv files."""

from pathlib import Path

import pytest

from radprep.errors import UsageError
from radprep.layouts.mura import lay_out
from radprep.layouts.told import Told
from radprep.layouts.wanted import LayoutWanted

MURA = LayoutWanted("mura")
ONE = "MURA-v1.1/train/XR_WRIST/patient00006/study1_positive/image1.png"
TWO = "MURA-v1.1/train/XR_WRIST/patient00006/study1_positive/image2.png"
ELBOW = "MURA-v1.1/valid/XR_ELBOW/patient00006/study1_negative/image1.png"


def laid(pictures, folder=Path(), others=()):
    return lay_out(folder, pictures, others, MURA)


def test_folders_tell_part_patient_study_label_and_split():
    found = laid([ONE, TWO, ELBOW])
    study = "XR_WRIST/patient00006/study1"  # its label is no part of what it is called
    assert found.told[ONE] == Told("patient00006", study, "WRIST", split="training")
    assert found.told[TWO].study == study
    assert found.told[ELBOW].split == "validation"
    assert found.told[ELBOW].patient == found.told[ONE].patient  # one numbering over all parts
    assert found.told[ELBOW].study != study
    assert [texts for _, _, texts in found.rows] == [("positive",), ("positive",), ("negative",)]
    assert dict(found.mapping) == {"positive": "abnormal", "negative": "normal"}


def test_a_test_part_stands_beside_the_others(tmp_path):
    path = ONE.replace("train", "test")
    (tmp_path / "test_labeled_studies.csv").write_text(f"{path.rpartition('/')[0]}/,1\n")
    found = laid([ONE, path], tmp_path, ["test_labeled_studies.csv"])
    assert found.told[path].split == "test"
    assert found.counts["studies_not_in_csv"] == 0


@pytest.mark.parametrize("cut", ["MURA-v1.1/", "MURA-v1.1/train/"])
def test_any_folder_of_the_tree_may_be_given(cut):
    found = laid([ONE.removeprefix(cut)])
    assert next(iter(found.told.values())).patient == "patient00006"


def test_a_picture_elsewhere_is_counted_and_listed():
    found = laid([ONE, "MURA-v1.1/cover.png"])
    assert found.counts["outside_layout"] == 1
    assert found.lists["outside_layout"] == [("path",), ("MURA-v1.1/cover.png",)]
    assert "MURA-v1.1/cover.png" not in found.told


def test_a_folder_that_is_not_mura_is_a_sentence():
    with pytest.raises(UsageError, match="another --layout"):
        laid(["a/b.png"])


def csv(folder, name, lines):
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return name


def test_csv_files_that_agree_say_nothing(tmp_path):
    others = [
        csv(
            tmp_path,
            "train_labeled_studies.csv",
            ["MURA-v1.1/train/XR_WRIST/patient00006/study1_positive/,1"],
        ),
        csv(
            tmp_path,
            "valid_labeled_studies.csv",
            ["MURA-v1.1/valid/XR_ELBOW/patient00006/study1_negative/,0"],
        ),
        csv(tmp_path, "train_image_paths.csv", [ONE, TWO]),
        csv(tmp_path, "valid_image_paths.csv", [ELBOW]),
    ]
    found = laid([ONE, TWO, ELBOW], tmp_path, others)
    assert not any(found.counts.values())
    assert len(found.rows) == 3


def test_csv_files_that_contradict_the_folders_are_told(tmp_path):
    others = [
        csv(
            tmp_path,
            "train_labeled_studies.csv",
            [
                "MURA-v1.1/train/XR_WRIST/patient00006/study1_positive/,0",
                "MURA-v1.1/train/XR_HAND/patient00009/study1_negative/,0",
            ],
        ),
        csv(tmp_path, "train_image_paths.csv", [ONE, ONE.replace("image1", "image9")]),
    ]
    found = laid([ONE, TWO, ELBOW], tmp_path, others)
    assert found.counts["csv_contradicts_folder"] == 1
    assert found.counts["csv_studies_absent"] == 1
    assert found.counts["studies_not_in_csv"] == 1
    assert found.counts["csv_pictures_absent"] == 1
    assert found.counts["pictures_not_in_csv"] == 2
    # both labels, so that the join finds the contradiction
    texts = {text for _, path, (text,) in found.rows if path == ONE}
    assert texts == {"positive", "negative"}


def test_the_folder_of_one_part_of_the_split_tells_it(tmp_path):
    path = ONE.removeprefix("MURA-v1.1/train/")
    assert laid([path], tmp_path / "train").told[path].split == "training"
    assert laid([path], tmp_path / "MURA").told[path].split is None
