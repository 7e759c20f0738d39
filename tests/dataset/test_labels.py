"""The labels of rows by their names."""

from radprep.dataset.labels import (
    NO_LABELS,
    RowLabels,
    StudyLabels,
    agreed_labels,
    digest_of_rows,
    image_labels_in,
    labels_in,
    without_copies,
    written,
)
from radprep.dataset.schema import new_row
from tests.made import image_row

STUDY = "ab12000000000000"


def row(source, labels, own=()):
    return image_row(
        source, STUDY, labels=written(labels), image_labels=list(own) or None, source_id=source
    )


A, B = "00000000000000a1", "00000000000000a2"


def test_what_was_said_of_an_image_counts_before_what_was_said_of_its_study():
    known = StudyLabels("x", {"x": "no", "y": "left"}, {A: {"x": "yes"}, B: {"x": None}})
    assert known.of(A) == RowLabels("yes", '{"x":"yes","y":"left"}', ("x",))
    assert known.of(B) == RowLabels(None, '{"y":"left"}', ("x",))
    assert known.of("other") == RowLabels("no", '{"x":"no","y":"left"}', None)
    assert StudyLabels().of(A) == NO_LABELS


def test_the_digest_of_rows_is_that_of_what_they_were_given():
    known = StudyLabels("x", {"x": "no"}, {A: {"x": None}})
    rows = [image_row(source, STUDY) for source in (A, B)]
    assert digest_of_rows(rows) is None
    for one in rows:
        known.of(one["source_id"]).write(one)
    assert digest_of_rows(rows) == known.digest([B, A])
    assert digest_of_rows(rows[:1]) != digest_of_rows(rows)
    assert digest_of_rows(rows[1:]) != StudyLabels("x", {"x": "yes"}).digest([B])


def test_of_rows_only_what_is_the_study_s_is_agreed_upon():
    rows = [row(A, {"x": "yes", "y": "a"}, ["x"]), row(B, {"x": "no", "y": "b"})]
    assert agreed_labels(rows) == {"x": "no"}
    assert image_labels_in(rows[0]) == {"x": "yes"}
    assert image_labels_in(row(A, {}, ["x"])) == {"x": None}
    assert agreed_labels([row(A, {"x": "yes"}), row(B, {})]) == {}
    assert labels_in(None) == {}


def test_what_was_said_of_copies_is_said_of_the_image_that_stays():
    own = {"a": {"x": "yes"}, "b": {"x": "yes", "y": "left"}, "c": {"y": "left", "z": "1"}}
    known = StudyLabels("x", {"z": "2"}, {**own, "d": {"z": None}})
    settled = known.among({"a": "b", "b": "d", "c": "d"})
    alone = '{"image_labels":["z"],"labels":{}}'
    assert settled.of("d") == RowLabels("yes", '{"x":"yes","y":"left"}', ("x", "y", "z"), alone)
    found = new_row()
    settled.of("d").write(found)
    assert RowLabels.of(found) == settled.of("d")
    assert image_labels_in(without_copies(found)) == {"z": None}
    assert labels_in(without_copies(found)["labels"]) == {}
    assert settled.contradictory == {"d": ["z"]}
    assert settled.of("a") == known.of("a")
    assert settled.of("e") == known.of("e")
    assert known.contradictory == {}


def test_a_circle_of_copies_ends():
    known = StudyLabels("x", {}, {"a": {"x": "yes"}}).among({"a": "b", "b": "a"})
    assert known.of("a").label == "yes"
    assert known.of("b").label is None
