import pytest

from radprep.dataset.counts import count_files
from radprep.dataset.info import check_folders, check_out, write_info
from radprep.dataset.schema import new_row
from radprep.errors import UsageError
from radprep.stage.work import Outcome


def rows(*pairs):
    return [new_row(source_id=source, status=status) for source, status in pairs]


def test_every_file_counts_once_by_the_best_of_its_rows():
    counts = count_files(
        rows(("a", "kept"), ("a", "failed"), ("b", "rejected"), ("b", "failed"), ("c", "rejected"))
    )
    assert counts == {"kept": 1, "failed": 1, "rejected": 1}
    assert Outcome.of("s", rows(("a", "kept"), ("a", "kept")), {}) == Outcome("s", kept=1, images=2)


def test_folders_inside_each_other_are_refused(tmp_path):
    for source, out in (("a", "a"), ("a", "a/b"), ("a/b", "a")):
        with pytest.raises(UsageError):
            check_folders(tmp_path / source, tmp_path / out)
    check_folders(tmp_path / "a", tmp_path / "ab")


def test_out_is_gone_on_with_only_by_what_made_it(tmp_path):
    out = tmp_path / "out"
    assert check_out(out, "convert", {"key": "1"}) is None
    out.mkdir()
    assert check_out(out, "convert", {"key": "1"}) is None
    write_info(out, "convert", {"key": "1"}, {}, complete=False)
    assert check_out(out, "convert", {"key": "1"})["complete"] is False
    with pytest.raises(UsageError, match="another key"):
        check_out(out, "convert", {"key": "2"})
    with pytest.raises(UsageError, match="made by `radprep convert`"):
        check_out(out, "preprocess", {})


def test_a_foreign_folder_or_a_file_is_not_written_to(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        check_out(tmp_path, "convert", {})
    with pytest.raises(UsageError, match="is a file"):
        check_out(tmp_path / "file", "convert", {})
