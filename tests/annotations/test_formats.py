"""Each format, written from the same boxes, reads back to the same boxes; and what nobody can tell
is a sentence."""

import contextlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.annotations.formats import FORMATS, read_boxes
from radprep.errors import UsageError

WIDTH, HEIGHT = 640, 480
CLASSES = ("fracture", "metal")


def as_csv(films):
    lines = [
        f"{name}.png,{x},{y},{width},{height},{label}"
        for name, boxes in films.items()
        for label, x, y, width, height in boxes
    ]
    lines += [f"{name}.png,,,,," for name, boxes in films.items() if not boxes]
    return {"boxes.csv": "\n".join(["path,x,y,width,height,label", *lines])}


def as_coco(films):
    names = list(films)
    return {
        "boxes.json": json.dumps(
            {
                "images": [
                    {"id": number, "file_name": f"{name}.png", "width": WIDTH, "height": HEIGHT}
                    for number, name in enumerate(names)
                ],
                "categories": [{"id": n, "name": name} for n, name in enumerate(CLASSES)],
                "annotations": [
                    {
                        "image_id": names.index(name),
                        "category_id": CLASSES.index(label),
                        "bbox": place,
                    }
                    for name, boxes in films.items()
                    for label, *place in boxes
                ],
            }
        )
    }


def as_yolo(films):
    found = {"classes.txt": "\n".join(CLASSES)}
    for name, boxes in films.items():
        found[f"labels/{name}.txt"] = "\n".join(
            f"{CLASSES.index(label)} {(x + width / 2) / WIDTH:.8f} {(y + height / 2) / HEIGHT:.8f} "
            f"{width / WIDTH:.8f} {height / HEIGHT:.8f}"
            for label, x, y, width, height in boxes
        )
    return found


def as_voc(films):
    return {
        f"{name}.xml": f"<annotation><filename>{name}.png</filename>"
        + "".join(
            f"<object><name>{label}</name><bndbox><xmin>{x + 1}</xmin><ymin>{y + 1}</ymin>"
            f"<xmax>{x + width}</xmax><ymax>{y + height}</ymax></bndbox></object>"
            for label, x, y, width, height in boxes
        )
        + "</annotation>"
        for name, boxes in films.items()
    }


WRITERS = {"csv": as_csv, "coco": as_coco, "yolo": as_yolo, "voc": as_voc}

BOX = st.tuples(
    st.sampled_from(CLASSES),
    st.integers(0, 600),
    st.integers(0, 440),
    st.integers(2, 40),
    st.integers(2, 40),
)
FILMS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.lists(BOX, max_size=4), min_size=1)


def write(folder, files):
    for name, text in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Path(folder, next(iter(files))) if len(files) == 1 else Path(folder)


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=25, deadline=None)
@given(films=FILMS)
def test_what_is_written_reads_back(kind, films):
    with TemporaryDirectory() as folder:
        reading = read_boxes(write(folder, WRITERS[kind](films)))
        assert reading.kind == kind
        found = {}
        for film in reading.films.values():
            scale = (WIDTH, HEIGHT) * 2 if film.unit == "share" else (1, 1, 1, 1)
            found[film.keys[-1].removesuffix(".png")] = [
                (box.text, *(round(one * side) for one, side in zip(box.place, scale, strict=True)))
                for box in film.boxes
            ]
    assert found == films


FILM = {"a": [("fracture", 10, 20, 30, 40)]}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_is_told_by_the_content_whatever_the_suffix(tmp_path, kind):
    path = write(tmp_path, WRITERS[kind](FILM))
    file = next(tmp_path.glob("labels/*.txt")) if kind == "yolo" else path
    other = tmp_path / "elsewhere.dat"
    other.write_bytes(file.read_bytes())
    assert read_boxes(other).kind == kind


def test_a_folder_of_two_formats_must_be_told_apart(tmp_path):
    write(tmp_path, as_voc(FILM) | as_yolo(FILM))
    with pytest.raises(UsageError, match=r"files of voc and yolo.*--boxes-format"):
        read_boxes(tmp_path)
    assert read_boxes(tmp_path, "yolo").kind == "yolo"
    assert read_boxes(tmp_path, "voc").kind == "voc"


def test_a_folder_without_boxes_and_a_missing_file_are_sentences(tmp_path):
    with pytest.raises(UsageError, match="no file of boxes that is known"):
        read_boxes(tmp_path)
    with pytest.raises(UsageError, match="There is no"):
        read_boxes(tmp_path / "none.csv")


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=200))
def test_no_bytes_are_a_traceback(kind, data):
    with TemporaryDirectory() as folder:
        path = Path(folder, "boxes.dat")
        path.write_bytes(data)
        with contextlib.suppress(UsageError):
            read_boxes(path, kind)
