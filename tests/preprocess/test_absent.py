"""Studies of OUT that its source does not have: what moved, and what no row speaks of."""

import pytest

from radprep.dataset.commit import Attempt
from radprep.dataset.layout import DataSet
from radprep.dataset.tables import collate_instances
from radprep.errors import UsageError
from radprep.preprocess.absent import Moved, moved_sources, strays
from tests.made import footer_of, image_row

GONE, OTHER = "ab12000000000000", "cd12000000000000"


def commit(root, study_id, *sources):
    rows = [image_row(source, study_id) for source in sources]
    with Attempt(DataSet(root), study_id) as attempt:
        staged = {row["file_name"]: attempt.stage(b"image") for row in rows}
        attempt.commit(rows, staged, footer_of())
    return DataSet(root)


@pytest.mark.parametrize(
    ("elsewhere", "moved"),
    [
        ("3", {}),
        ("1", {GONE: Moved(frozenset({"1" * 16}), is_all=False)}),
        ("12", {GONE: Moved(frozenset({"1" * 16, "2" * 16}), is_all=True)}),
    ],
)
def test_a_source_that_stands_in_another_study_has_moved(tmp_path, elsewhere, moved):
    out = commit(tmp_path / "out", GONE, "1" * 16, "2" * 16)
    source = commit(tmp_path / "source", OTHER, *(16 * digit for digit in elsewhere))
    collate_instances(source)
    assert moved_sources(source, out, {GONE}) == moved
    assert moved_sources(source, out, set()) == {}


def test_a_missing_table_is_a_sentence(tmp_path):
    out = commit(tmp_path / "out", GONE, "1" * 16)
    with pytest.raises(UsageError, match=r"is missing\. Run the command that made"):
        moved_sources(commit(tmp_path / "source", OTHER, "1" * 16), out, {GONE})


def test_images_without_a_row_that_no_run_will_make(tmp_path):
    out = commit(tmp_path, GONE, "1" * 16)
    assert strays(out, {OTHER}) == []
    marker = out.marker(GONE)
    aside = marker.replace(marker.with_suffix(".1-0.replaced"))
    assert strays(out, {OTHER}) == []  # its rows are known, so the images may be saved
    aside.unlink()
    assert strays(out, {OTHER}) == [GONE]
    assert strays(out, {GONE}) == []
