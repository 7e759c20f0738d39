"""The labels of rows by their names."""

from radprep.dataset.labels import (
    NO_LABELS,
    RowLabels,
    StudyLabels,
    agreed_labels,
    digest_of_rows,
    image_labels_in,
    labels_in,
    written,
)
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
