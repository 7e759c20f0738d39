"""Which options belong together."""

from pathlib import Path

import pytest

from radprep.errors import UsageError
from radprep.layouts.wanted import (
    LAYOUTS,
    LayoutWanted,
    TableColumns,
    checked_layout,
    with_body_part,
)

NONE = TableColumns()


def checked(name, table=None, columns=NONE, levels=(None, None), mapping=()):
    return checked_layout(name, table, columns, levels, mapping)


def test_dicom_is_no_layout_of_pictures():
    assert checked("dicom") is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("imagenet",), "give dicom, mura, classes, names or table"),
        (("table",), "needs --table FILE"),
        (("names",), "needs --label-map"),
        (("dicom", Path("t.csv")), "--table belongs to --layout table"),
        (("mura", None, TableColumns("file")), "--path-column belongs"),
        (("classes", None, TableColumns(body_part=("a",))), "--body-part-column belongs"),
        (("mura", None, NONE, (2, None)), "--class-level belongs to --layout classes"),
        (("mura", None, NONE, (None, 2)), "--patient-level belongs to --layout classes"),
        (("classes", None, NONE, (2, 2)), "are both 2"),
    ],
)
def test_options_that_contradict_each_other_are_a_sentence(arguments, says):
    with pytest.raises(UsageError, match=says):
        checked(*arguments)


def test_each_layout_can_be_asked_for():
    for name in LAYOUTS[1:]:
        found = checked(name, Path("t") if name == "table" else None, mapping=[("a", "b")])
        assert found.name == name


def test_a_body_part_must_be_one_and_belongs_to_pictures():
    assert with_body_part(LayoutWanted("mura"), "Handgelenk").body_part == "Handgelenk"
    with pytest.raises(UsageError, match="no body part"):
        with_body_part(LayoutWanted("mura"), "qqq")
    with pytest.raises(UsageError, match="belongs to --layout"):
        with_body_part(None, "wrist")


@pytest.mark.parametrize(
    "columns",
    [
        TableColumns(body_part=("hand=hnnd",)),
        TableColumns(view=("front=qqq",)),
        TableColumns(laterality=("l=qqq",)),
    ],
)
def test_a_column_is_called_as_the_vocabulary_knows_it(columns):
    with pytest.raises(UsageError, match="that radprep knows, such as"):
        checked("table", Path("t"), columns)
    known = TableColumns(body_part=("leg=knee",), view=("f=PA",), laterality=("l=left",))
    assert checked("table", Path("t"), known).columns == known
