import time

import pytest

from radprep.annotations.formats import read_boxes
from radprep.errors import UsageError


def annotation(*boxes, name="a.jpg", size=(640, 480)):
    objects = "".join(
        f"<object><name>{label}</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin>"
        f"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
        for label, left, top, right, bottom in boxes
    )
    return (
        f"<annotation><folder>x</folder><filename>{name}</filename><size><width>{size[0]}</width>"
        f"<height>{size[1]}</height><depth>1</depth></size>{objects}</annotation>"
    )


def write(tmp_path, **files):
    folder = tmp_path / "Annotations" / "train"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.xml").write_text(text)
    return tmp_path


def test_pixels_count_from_1_and_both_corners_belong_to_the_box(tmp_path):
    write(tmp_path, a=annotation(("fracture", 1, 1, 10, 20)), b=annotation(name="b.jpg"))
    reading = read_boxes(tmp_path)
    first, second = reading.films.values()
    folders = ("JPEGImages/train", "train")
    keys = tuple(f"{folder}/{name}" for name in ("a.jpg", "a") for folder in folders)
    assert (first.keys, first.size) == (keys, (640, 480))
    assert [(one.text, one.place) for one in first.boxes] == [("fracture", (0, 0, 10, 20))]
    assert second.boxes == []
    assert "count from 1" in reading.notes[0]


def test_a_corner_below_1_says_that_they_count_from_0(tmp_path):
    write(
        tmp_path,
        a=annotation(("fracture", 0, 5, 10, 20)),
        b=annotation(("fracture", 1, 1, 10, 20), name="b.jpg"),
    )
    reading = read_boxes(tmp_path)
    boxes = [box.place for film in reading.films.values() for box in film.boxes]
    assert boxes == [(0, 5, 10, 15), (1, 1, 9, 19)]
    assert "count from 0" in reading.notes[0]


def test_parts_of_an_object_are_no_boxes_and_lines_may_break(tmp_path):
    text = annotation(("fracture", 11, 21, 30, 40)).replace(
        "</bndbox>",
        "</bndbox><part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax>"
        "<ymax>2</ymax></bndbox></part>",
    )
    write(tmp_path, a=text.replace("<xmin>11", "<xmin>\n 1<!-- x -->1\n"))
    [film] = read_boxes(tmp_path).films.values()
    assert [(one.text, one.place) for one in film.boxes] == [("fracture", (10, 20, 20, 20))]


@pytest.mark.parametrize(
    ("box", "code"),
    [
        (("a", 20, 1, 10, 20), "no_size"),
        (("a", "nan", 1, 10, 20), "number"),
        (("a", "", 1, 10, 20), "number"),
        (("a", 1, 1, "9" * 30, 20), "number"),
    ],
)
def test_a_bad_object_is_counted_and_the_others_stay(tmp_path, box, code):
    write(tmp_path, a=annotation(box, ("fracture", 5, 5, 10, 20)))
    reading = read_boxes(tmp_path)
    assert dict(reading.faults) == {code: 1}
    assert reading.boxes == 1


def test_an_object_without_a_box_is_counted(tmp_path):
    text = annotation(("fracture", 5, 5, 10, 20)).replace(
        "<object>", "<object><name>x</name><robndbox/></object><object>", 1
    )
    write(tmp_path, a=text)
    assert dict(read_boxes(tmp_path).faults) == {"no_box": 1}


BOMB = "<!DOCTYPE annotation [<!ENTITY a 'aaaaaaaaaa'>{}]><annotation>&z;</annotation>".format(
    "".join(
        f"<!ENTITY {two} '{10 * f'&{one};'}'>"
        for one, two in zip("abcdefgh", "bcdefghz", strict=True)
    )
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "declares a document type"),
        (
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><annotation/>",
            "declares a document type",
        ),
        ("<annotation>", r"line 1: this is no well-formed XML"),
        ("", "no well-formed XML"),
        ("<?xml version='1.0' encoding='foo'?><annotation/>", "no well-formed XML"),
        ("<?xml version='1.0' encoding='rot13'?><annotation/>", "no well-formed XML"),
        ("<html/>", "its root is no `annotation`"),
        ("<annotation>" + "<a>" * 100_000, "nested too deep"),
        ("<annotation><filename>&undefined;</filename></annotation>", "no well-formed XML"),
    ],
)
def test_hostile_xml_is_a_sentence_at_once(tmp_path, text, why):
    write(tmp_path, a=text)
    began = time.perf_counter()
    with pytest.raises(UsageError, match=why):
        read_boxes(tmp_path)
    assert time.perf_counter() - began < 2
