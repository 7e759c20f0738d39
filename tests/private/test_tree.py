from pathlib import Path

import pytest

from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.private.tree import PrivateTree


@pytest.mark.parametrize("out", ["raw", "some/raw", "/data/raw/", "."])
def test_it_stands_beside_the_data_set_never_in_it(out):
    root = Path(out)
    tree = PrivateTree.beside(DataSet(root)).root
    assert tree.name == f"{root.resolve().name}.private"
    assert tree.resolve().parent == root.resolve().parent


def test_nothing_stands_beside_the_root_of_the_file_system():
    with pytest.raises(UsageError, match="root of the file system"):
        PrivateTree.beside(DataSet(Path("/")))


def test_every_name_of_it_lies_in_it(tmp_path):
    tree = PrivateTree.beside(DataSet(tmp_path / "raw"))
    names = (tree.key, tree.index(1), tree.identifiers, tree.forgotten, tree.labels)
    assert {path.parent for path in names} == {tree.root}
    assert tree.root in tree.identifiers_of("abcd").parents
    assert not tree.exists
    assert tree.study_ids() == []
