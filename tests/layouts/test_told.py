"""What a layout tells."""

from radprep.layouts.told import LaidOut, private_text, study_text


def test_a_study_is_of_its_patient():
    assert study_text("7", "1") != study_text("8", "1")
    assert study_text("a/b", "c") != study_text("a", "b/c")
    assert study_text(None, "1") == "1"


def test_a_path_that_is_no_utf8_is_a_private_text_all_the_same():
    assert private_text("a\udcff.png").encode() == b"a\\udcff.png"


def test_what_is_listed_is_counted():
    laid = LaidOut()
    laid.list_paths("absent", ["b", "a"])
    laid.list_paths("none", [])
    assert laid.counts == {"absent": 2, "none": 0}
    assert laid.lists == {"absent": [("path",), ("a",), ("b",)]}
