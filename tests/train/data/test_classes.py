import pytest

from radprep.errors import UsageError
from radprep.train.data.classes import settle_classes, told_in_words

STUDIES = {"fracture": 30, "fracture_cast": 24, "normal": 40, "": 3}


def test_two_labels_need_no_name_for_the_negative_one(tmp_path):
    classes = settle_classes(tmp_path, {"fracture": 2, "normal": 3}, "fracture", ())
    assert classes.negative == ("normal",)
    assert [classes.number(one) for one in ("fracture", "normal", None)] == [1, 0, None]


def test_of_more_labels_a_person_says_which_are_negative(tmp_path):
    with pytest.raises(UsageError) as caught:
        settle_classes(tmp_path, STUDIES, "fracture", ())
    for said in ("fracture (30), fracture_cast (24), normal (40)", "--negative normal", "left out"):
        assert said in str(caught.value)
    classes = settle_classes(tmp_path, STUDIES, "fracture", ["normal"])
    assert classes.number("fracture_cast") is None
    assert classes.told() == {
        "positive": "fracture",
        "negative": ["normal"],
        "studies": {"fracture": 30, "normal": 40},
        "left_out": {"fracture_cast": 24},
        "unlabelled": 3,
    }
    assert told_in_words(classes.told()) == (
        "positive: fracture (30 studies); negative: normal (40 studies); left out: fracture_cast "
        "(24 studies), 3 without a label"
    )
    both = settle_classes(tmp_path, STUDIES, "fracture", ["normal", "fracture_cast"])
    assert told_in_words({**both.told(), "unlabelled": 0}).endswith("left out: none")


@pytest.mark.parametrize(
    ("positive", "negative", "said"),
    [
        ("fractura", (), "has these labels: fracture"),
        ("fracture", ("fracture",), "cannot be --negative, too"),
        ("fracture", ("norml",), "has no study of the negative class"),
    ],
)
def test_classes_without_studies_are_refused(tmp_path, positive, negative, said):
    with pytest.raises(UsageError, match=said):
        settle_classes(tmp_path, STUDIES, positive, negative)


def test_a_label_that_no_study_has_is_named(tmp_path):
    classes = settle_classes(tmp_path, STUDIES, "fracture", ["normal", "norml"])
    with pytest.raises(UsageError, match="--negative norml is no label"):
        classes.refuse_unknown()


@pytest.mark.parametrize(
    ("labels", "negative", "positive"),
    [
        (("abnormal", "normal"), (), "abnormal"),
        (("Negative", "positive"), (), "positive"),
        (("injury", "other"), ("other",), "injury"),
        (("fracture", "odd"), (), "fracture"),
        (("fracture", "abnormal", "normal"), ("normal",), "fracture"),
    ],
)
def test_the_positive_class_is_found_where_one_of_two_labels_is_plainly_negative(
    tmp_path, labels, negative, positive
):
    classes = settle_classes(tmp_path, dict.fromkeys(labels, 3), "", negative)
    assert classes.positive == positive


@pytest.mark.parametrize(
    "labels", [("injury", "other"), ("none", "normal"), ("abnormal", "injury", "normal")]
)
def test_the_positive_class_is_not_guessed(tmp_path, labels):
    with pytest.raises(UsageError, match="--positive"):
        settle_classes(tmp_path, dict.fromkeys(labels, 3), "", ())
