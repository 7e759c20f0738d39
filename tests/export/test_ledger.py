"""What of an unfinished export is believed when it goes on."""

import pytest

from radprep.errors import UsageError
from radprep.export.ledger import LEDGER, Entry, Ledger


@pytest.fixture
def root(tmp_path):
    """A folder with two finished files."""
    with Ledger(tmp_path) as ledger:
        for name in ("a.png", "b.tar"):
            (tmp_path / name).write_bytes(b"12345")
            ledger.add(Entry(name, 5, "0" * 64, "" if name == "b.tar" else "a"))
    return tmp_path


def names(root):
    with Ledger(root) as ledger:
        return [name for name in ("a.png", "b.tar", "c.png") if name in ledger]


def test_finished_files_are_known_again(root):
    assert names(root) == ["a.png", "b.tar"]
    with Ledger(root) as ledger:
        assert ledger.has_image("a")
        assert not ledger.has_image("")


def test_a_file_that_is_gone_or_was_emptied_is_made_again(root):
    (root / "a.png").unlink()
    (root / "b.tar").write_bytes(b"")
    assert names(root) == []


def test_a_line_that_was_cut_short_counts_for_nothing(root):
    path = root / LEDGER
    path.write_bytes(path.read_bytes()[:-20])
    assert names(root) == ["a.png"]
    assert path.read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("line", [b"[]", b'{"name": "a.png"}', b"\xff", b'{"other": 1}', b"{" * 99])
def test_a_line_that_is_none_of_ours_counts_for_nothing(root, line):
    path = root / LEDGER
    path.write_bytes(line + b"\n" + path.read_bytes())
    assert names(root) == ["a.png", "b.tar"]


def test_a_shard_with_lost_films_is_made_again(root):
    with Ledger(root) as ledger:
        ledger.add(Entry("b.tar", 5, "0" * 64, unreadable=1))
    assert names(root) == ["a.png"]


def test_what_is_in_no_entry_goes(root):
    (root / "images").mkdir()
    (root / "images" / ".half.0123").write_bytes(b"half")
    (root / "keep").write_bytes(b"")
    with Ledger(root) as ledger:
        ledger.sweep("keep")
    left = sorted(path.name for path in root.rglob("*") if path.is_file())
    assert left == [LEDGER, "a.png", "b.tar", "keep"]


def test_one_run_at_a_time(root):
    with Ledger(root), pytest.raises(UsageError, match="Another export"), Ledger(root):
        pass


def test_a_link_that_somebody_has_planted_is_not_followed(tmp_path):
    (tmp_path / "other").write_text("kept")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / LEDGER).symlink_to(tmp_path / "other")
    with pytest.raises(UsageError, match="is a link"), Ledger(tmp_path / "out"):
        pass
    assert (tmp_path / "other").read_text() == "kept"
