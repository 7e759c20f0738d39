import pytest

from radprep.annotations.formats import read_boxes
from radprep.errors import UsageError


def write(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def places(film):
    return [(one.text, tuple(round(value, 6) for value in one.place)) for one in film.boxes]


def test_reads_boxes_polygons_and_files_with_nothing(tmp_path):
    write(
        tmp_path,
        {
            "data.yaml": "train: ../train/images\nnc: 2\nnames: ['fracture', 'metal']\n",
            "labels/train/a.txt": "0 0.5 0.5 0.2 0.4\n1 0.5 0.5 0.2 0.4 0.93\n\n",
            "labels/train/b.txt": "1 0.1 0.2 0.5 0.3 0.2 0.6\n",
            "labels/val/c.txt": "",
            "train.txt": "images/train/a.jpg\n",
            "images/notes.txt": "nothing of this",
        },
    )
    reading = read_boxes(tmp_path)
    found = {film.keys[1]: places(film) for film in reading.films.values()}
    assert found == {
        "train/a": [("fracture", (0.4, 0.3, 0.2, 0.4)), ("metal", (0.4, 0.3, 0.2, 0.4))],
        "train/b": [("metal", (0.1, 0.2, 0.4, 0.4))],
        "val/c": [],
    }
    assert {film.unit for film in reading.films.values()} == {"share"}
    assert reading.notes == []
    assert next(iter(reading.films.values())).keys == ("images/train/a", "train/a")


def test_labels_may_stand_beside_the_pictures_with_classes_in_a_text(tmp_path):
    write(tmp_path, {"a.txt": "1 0.5 0.5 0.2 0.4", "classes.txt": "normal\nfracture\n"})
    [film] = read_boxes(tmp_path).films.values()
    assert (film.keys, film.boxes[0].text) == (("a",), "fracture")
    [film] = read_boxes(tmp_path / "a.txt").films.values()
    assert (film.keys, film.boxes[0].text) == (("a",), "fracture")


def test_without_names_a_class_is_called_by_its_number_and_that_is_said(tmp_path):
    write(tmp_path, {"labels/a.txt": "7 0.5 0.5 0.2 0.4"})
    reading = read_boxes(tmp_path)
    assert reading.notes[0].startswith("No file names the classes")
    assert [box.text for film in reading.films.values() for box in film.boxes] == ["7"]


def test_points_of_a_pose_are_no_polygon(tmp_path):
    write(
        tmp_path,
        {
            "data.yaml": "kpt_shape: [2, 2]\nnames:\n  0: fracture\n",
            "labels/a.txt": "0 0.5 0.5 0.2 0.4 0.9 0.9 0.8 0.8",
        },
    )
    [film] = read_boxes(tmp_path).films.values()
    assert places(film) == [("fracture", (0.4, 0.3, 0.2, 0.4))]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.2", "columns"),
        ("0 0.5 0.5 0.2 0.4 0.1 0.2 0.3", "columns"),
        ("0 0.5 0.5 0.2 x", "number"),
        ("0 nan 0.5 0.2 0.4", "number"),
        ("0 0.5 0.5 0 0.4", "no_size"),
        ("5 0.5 0.5 0.2 0.4", "class"),
        ("-1 0.5 0.5 0.2 0.4", "class"),
        ("nan 0.5 0.5 0.2 0.4", "class"),
        ("0.5 0.5 0.5 0.2 0.4", "class"),
        ("0 320 240 100 50", "not_a_share"),
    ],
)
def test_a_bad_line_is_counted_and_the_others_stay(tmp_path, line, code):
    write(
        tmp_path,
        {"labels/a.txt": f"{line}\n0 0.5 0.5 0.2 0.4\n", "classes.txt": "fracture\nmetal\n"},
    )
    reading = read_boxes(tmp_path)
    assert dict(reading.faults) == {code: 1}
    assert reading.boxes == 1


def test_pixels_may_be_told(tmp_path):
    write(tmp_path, {"labels/a.txt": "0 320 240 100 50\n", "classes.txt": "fracture\n"})
    [film] = read_boxes(tmp_path, unit="pixels").films.values()
    assert film.boxes[0].place == (270, 215, 100, 50)
    with pytest.raises(UsageError, match="too large for shares"):
        read_boxes(tmp_path)


def test_files_of_others_above_the_folder_are_left_alone(tmp_path):
    label = {"mine/a.txt": "1 0.5 0.5 0.2 0.4"}
    write(tmp_path, {**label, "foreign.yaml": "names: [normal, metal]\n"})
    (tmp_path / "conf.yaml").mkdir()
    assert [one.text for film in read_boxes(tmp_path / "mine").films.values() for one in film.boxes]
    assert read_boxes(tmp_path / "mine").notes
    (tmp_path / "mine" / "conf.yaml").mkdir()
    (tmp_path / "mine" / "large.yml").write_text("#" * 4_000_000)
    assert read_boxes(tmp_path / "mine").notes


@pytest.mark.parametrize("folder", ["labels", "labels/train"])
def test_names_stand_above_a_folder_of_labels(tmp_path, folder):
    write(tmp_path, {f"{folder}/a.txt": "1 0.5 0.5 0.2 0.4", "data.yaml": "names: [a, b]\n"})
    [film] = read_boxes(tmp_path / folder).films.values()
    assert film.boxes[0].text == "b"
