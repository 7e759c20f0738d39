from pathlib import Path

import pytest

from radprep.annotations.reading import Annotation, Reading
from radprep.convert.box_labels import labels_of_boxes, unclear_texts
from radprep.errors import UsageError


def readings(*texts):
    reading = Reading(Path("boxes.csv"), "csv")
    reading.film(("a",)).boxes += [Annotation(text, (1, 2, 3, 4)) for text in texts]
    return [reading]


def test_plain_classes_leave_and_no_class_has_the_usual_label():
    found = labels_of_boxes(readings("Fracture", "fracture ", "", "nan", "Metal 2"), {}, "finding")
    assert found == {
        "Fracture": "fracture",
        "fracture ": "fracture",
        "": "finding",
        "nan": "finding",
        "Metal 2": "metal_2",
    }


def test_a_box_of_which_nobody_was_sure_is_unclear_and_not_left_out():
    texts = readings("fracture?", "uncertain", "note")
    assert labels_of_boxes(readings("fracture?", "uncertain"), {}, "finding") == {}
    assert unclear_texts(texts, {}) == {"fracture?", "uncertain"}
    assert unclear_texts(texts, {"fracture?": "fracture"}) == {"uncertain"}


def test_what_is_plainly_no_class_must_be_named_by_a_person():
    with pytest.raises(UsageError) as error:
        labels_of_boxes(readings("fracture", "Garcia Lopez", "Fx 2019"), {}, "finding")
    assert "2 of the 3 classes" in str(error.value)
    assert "--box-map" in str(error.value)
    assert "'fracture'" in str(error.value)
    assert "Garcia" not in str(error.value)
    assert "2019" not in str(error.value)


def test_a_map_names_what_counts_and_leaves_out_the_rest():
    found = labels_of_boxes(
        readings("periostealreaction", "text", "", "0"),
        {"periostealreaction": "periosteal reaction", "0.0": "fracture"},
        "finding",
    )
    assert found == {"periostealreaction": "periosteal_reaction", "0": "fracture", "": "finding"}


def test_too_many_classes_and_a_label_that_is_none_are_sentences():
    mapping = {f"T{number}": f"a{chr(97 + number % 26)}{number // 26}" for number in range(60)}
    with pytest.raises(UsageError, match="60 different classes"):
        labels_of_boxes(readings(*mapping), mapping, "finding")
    for label in ("12345", "a@b", "-"):
        with pytest.raises(UsageError, match="--box-label"):
            labels_of_boxes(readings(""), {}, label)


def test_a_map_that_names_no_class_is_refused():
    with pytest.raises(UsageError, match=r"none of the 2 classes.*'fracture'") as refused:
        labels_of_boxes(readings("fracture", "Hansen"), {"Fraktur": "fracture"}, "finding")
    assert "Hansen" not in str(refused.value)
