"""Lists for the key's owner."""

from radprep.convert.private_lists import write_lists
from tests.made import private_of


def test_lists_of_before_go_and_bytes_that_are_no_text_stand_there(tmp_path):
    tree = private_of(tmp_path / "raw")
    write_lists(tree, {"old": [("path",)]})
    write_lists(tree, {"new": [("path",), ("a\udcff.png",)]})
    assert [path.name for path in tree.labels.iterdir()] == ["new.csv"]
    assert "\\udcff" in (tree.labels / "new.csv").read_text()
    write_lists(tree, {})
    assert (tree.labels / "new.csv").exists()
