"""Copies of a film whose headers contradict each other."""

from typing import Any

import pytest

from tests.made import arm, convert, make_dicom, rows

MARK = "convert:copies_differ"


def copy(folder: Any, instance: str, **attributes: Any) -> Any:
    folder.mkdir(exist_ok=True)
    (folder / instance).write_bytes(make_dicom(arm(40, 30), instance=instance, **attributes))
    return folder


def kept_marks(out: Any) -> list[str]:
    found = rows(out)
    [marks] = found[found.status == "kept"].review
    return [mark for mark in marks if mark == MARK]


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ({"ImageLaterality": "R"}, {"ImageLaterality": "L"}, True),
        ({"ViewPosition": "AP"}, {"SeriesDescription": "lateral"}, True),
        ({"BodyPartExamined": "LEFT HAND"}, {"Laterality": "R"}, True),
        ({"ViewPosition": "LL"}, {"ViewPosition": "LATERAL"}, False),
        ({"ImageLaterality": "R"}, {}, False),
        ({"KVP": "50"}, {"KVP": "60"}, False),
    ],
)
def test_the_copy_that_stays_is_marked_where_another_names_another_side_or_view(
    tmp_path: Any, one: dict[str, Any], other: dict[str, Any], differ: bool
) -> None:
    dump = copy(copy(tmp_path / "dump", "1", **one), "2", **other)
    convert(dump, tmp_path / "raw")
    assert kept_marks(tmp_path / "raw") == [MARK] * differ


def test_the_mark_comes_and_goes_with_the_copy(tmp_path: Any) -> None:
    first = copy(tmp_path / "cd1", "1", ImageLaterality="R")
    copy(first, "other", study="9")
    convert(first, tmp_path / "raw")
    second = copy(tmp_path / "cd2", "2", ImageLaterality="L")
    copy(second, "3", study="8")
    convert(second, tmp_path / "raw", "--add")
    found = rows(tmp_path / "raw")
    marked = found[found.review.map(lambda marks: MARK in marks)]
    assert len(marked) == 1
    convert(first, tmp_path / "raw")
    found = rows(tmp_path / "raw")
    assert sum(MARK in marks for marks in found.review) == 1
    (second / "2").unlink()
    convert(second, tmp_path / "raw", "--prune")
    assert not any(MARK in marks for marks in rows(tmp_path / "raw").review)
