"""MURA's tree: each film in the folder of its part, patient, study and class; the tables say the
same."""

import re

import pytest

import radprep
from radprep.errors import UsageError
from radprep.export.formats.mura import is_one_part, numbered, part_folder
from tests.export.sets import film_row, finish, pixels_of
from tests.made import command, rows

PATH = re.compile(
    r"MURA-v1\.1/(train|valid|test)/XR_([A-Z_]+)/patient(\d{5,})/study(\d+)_(positive|negative)/"
    r"image(\d+)\.png"
)


def film(root, study, number, label, body_part="wrist", **columns):
    """Write a film, whose pixels are like no other one's."""
    pixels = pixels_of(100 * study + number)
    return film_row(
        root, study, number, pixels, label, body_part=body_part, split="training", **columns
    )


def make(root):
    """Write a data set of four patients; one has two studies."""
    same = {"patient_id": "a" * 16}
    finish(
        root,
        [
            film(root, 1, 0, "fracture", **same),
            film(root, 1, 1, "fracture", **same),
            film(root, 2, 0, "normal", "elbow", **same),
            film(root, 3, 0, "fracture") | {"split": "validation"},
            film(root, 3, 1, "normal") | {"split": "validation"},
            film(root, 4, 0, "normal", "upper arm") | {"split": "test"},
            film(root, 5, 0, "fracture", None),
            film(root, 5, 1, "fracture", "wrist,hand"),
            film(root, 6, 0, None),
        ],
    )
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data set, its export, and what export.json says."""
    root = tmp_path_factory.mktemp("mura")
    make(root / "set")
    return root, radprep.export(root / "set", root / "out", format="mura").about


def paths_of(out):
    """Path of each image -> what the path says."""
    names = [path.relative_to(out).as_posix() for path in out.rglob("*.png")]
    return {name: PATH.fullmatch(name).groups() for name in names}


def test_each_film_stands_where_its_row_says(made):
    root, _ = made
    by_pixels = {
        (root / "set" / row.file_name).read_bytes(): row for row in rows(root / "set").itertuples()
    }
    numbers = {}
    for name, (part, body_part, patient, study, sign, _) in paths_of(root / "out").items():
        row = by_pixels.pop((root / "out" / name).read_bytes())
        assert part == {"training": "train", "validation": "valid", "test": "test"}[row.split]
        assert body_part == row.body_part.upper().replace(" ", "_")
        assert sign == ("positive" if row.label == "fracture" else "negative")
        numbers.setdefault(row.patient_id, set()).add(patient)
        numbers.setdefault(row.study_id, set()).add((patient, study))
    assert {len(found) for found in numbers.values()} == {1}
    assert len({*map(str, numbers.values())}) == len(numbers)
    assert len(by_pixels) == 3


def test_films_without_a_class_or_a_part_are_left_out_and_counted(made):
    _, about = made
    assert about["left_out"] == {"no_body_part": 2, "no_class": 1}
    assert about["counts"]["exported"] == 6
    assert about["counts"]["kept"] == 9


def test_a_study_of_both_classes_is_two_folders_with_one_number(made):
    root, about = made
    found = {name[1:5] for name in paths_of(root / "out").values() if name[0] == "valid"}
    assert {one[-1] for one in found} == {"positive", "negative"}
    assert len({one[:-1] for one in found}) == 1
    assert about["told"]["studies_in_several_folders"] == 1
    assert about["told"]["folders_of_studies"] == 5


def test_the_tables_say_what_stands_in_the_tree(made):
    root, _ = made
    tree, out = root / "out" / "MURA-v1.1", root / "out"
    for part in ("train", "valid", "test"):
        names = (tree / f"{part}_image_paths.csv").read_text().splitlines()
        stand = [name for name, said in paths_of(out).items() if said[0] == part]
        assert names == sorted(stand)
        lines = (tree / f"{part}_labeled_studies.csv").read_text().splitlines()
        folders = {name.rpartition("/")[0] for name in names}
        signs = {f"{one}/,{int(one.endswith('positive'))}" for one in folders}
        assert lines == sorted(lines)
        assert set(lines) == signs


def test_it_says_which_label_is_which(made, tmp_path):
    root, about = made
    assert any("positive is fracture, negative is normal" in text for text in about["beware"])
    other = radprep.export(root / "set", tmp_path / "out", format="mura", positive="normal")
    assert any("positive is normal, negative is fracture" in text for text in other.about["beware"])
    signs = {said[4] for said in paths_of(tmp_path / "out").values() if said[1] == "ELBOW"}
    assert signs == {"positive"}


def test_the_command_takes_both_classes(made, tmp_path):
    root, about = made
    words = ("--format", "mura", "--positive", "normal", "--negative", "fracture")
    said = command("export", root / "set", tmp_path / "out", *words)
    assert said["counts"] == about["counts"]
    with pytest.raises(UsageError, match="--positive belongs to --format mura"):
        radprep.export(root / "set", tmp_path / "csv", format="csv", positive="normal")


def test_of_three_labels_a_person_says_which_are_negative(tmp_path):
    root = tmp_path / "set"
    labels = ("fracture", "normal", "plate")
    finish(root, [film(root, number, 0, label) for number, label in enumerate(labels)])
    with pytest.raises(UsageError, match="--negative"):
        radprep.export(root, tmp_path / "out", format="mura")
    about = radprep.export(root, tmp_path / "out", format="mura", negative="normal").about
    assert about["left_out"] == {"no_class": 1}
    with pytest.raises(UsageError, match="is no label of the data set"):
        radprep.export(root, tmp_path / "out2", format="mura", negative=["normal", "nrmal"])


def test_smaller_jpeg_keeps_the_names(made, tmp_path):
    root, _ = made
    radprep.export(root / "set", tmp_path / "out", format="mura", max_side=24, jpeg=95)
    found = {path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.rglob("*.jpg")}
    assert {name.replace(".jpg", ".png") for name in found} == set(paths_of(root / "out"))
    listed = (tmp_path / "out/MURA-v1.1/train_image_paths.csv").read_text().splitlines()
    assert set(listed) <= found


def test_numbers_follow_the_order_of_pseudonyms():
    given = [("b", "y"), ("a", "z"), ("b", "x"), ("b", "y")]
    assert numbered(given) == {("a", "z"): (1, 1), ("b", "x"): (2, 1), ("b", "y"): (2, 2)}
    studies = [f"{number:02}" for number in range(50)]
    several = numbered(("a", study_id) for study_id in reversed(studies))
    assert [several["a", study_id][1] for study_id in studies] == list(range(1, 51))


def test_names_of_body_parts():
    assert part_folder("upper arm") == "XR_UPPER_ARM"
    assert is_one_part("wrist")
    assert not any(
        map(is_one_part, (None, "", "wrist,hand", "wrist, hand", "../x", "Wrist", "x" * 300))
    )
