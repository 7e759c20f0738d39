"""The private tree stands beside what is handed on, never in it."""

import pytest

from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.private.place import (
    existing_tree,
    find_tree,
    refuse_foreign_tree,
    trees_in,
    what_is_handed_on,
)
from radprep.private.tree import PrivateTree
from tests.made import private_key

HANDED_ON = {
    "a data set": ("dataset.json",),
    "a data set without dataset.json": ("instances.parquet",),
    "a data set that is being made": ("studies/ab/ab12.parquet",),
    "a page": (".radprep-report",),
    "a run": ("config.toml", "environment.json"),
    "answers": ("studies.csv", "images.csv"),
    "another page": ("index.html",),
    "what has a tree beside it": ("../given.private/key",),
}


def make(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("<title>radprep explain</title>")


def refused(sentence, *arguments):
    with pytest.raises(UsageError, match=sentence) as error:
        find_tree(*arguments)
    return str(error.value)


@pytest.mark.parametrize("what", HANDED_ON)
@pytest.mark.parametrize("below", ["inner", "some/where/inner"])
def test_it_is_never_made_inside_what_is_handed_on(tmp_path, what, below):
    make(tmp_path / "given", HANDED_ON[what])
    out = DataSet(tmp_path / "given" / below)
    assert "--private DIR" in refused("would stand in", out, None)
    elsewhere = tmp_path / "keys" / "inner.private"
    assert find_tree(out, elsewhere).root == elsewhere
    refused("would stand in", DataSet(tmp_path / "raw"), tmp_path / "given" / "x" / "y")


def test_other_folders_are_left_alone(tmp_path):
    for name in ("index.html", "studies/notes.txt", "images/a.png", "config.toml", "key"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("nothing of ours")
    assert find_tree(DataSet(tmp_path / "raw"), None).root == tmp_path / "raw.private"


def test_a_link_hides_no_folder(tmp_path):
    make(tmp_path / "given" / "deep", HANDED_ON["a data set"])
    (tmp_path / "link").symlink_to(tmp_path / "given" / "deep")
    refused("would stand in", DataSet(tmp_path / "link" / "inner"), None)
    refused("would stand in", DataSet(tmp_path / "raw"), tmp_path / "link" / "keys")


def test_a_folder_with_a_tree_beside_it_is_handed_on_also_while_it_is_empty(tmp_path):
    private_key(tmp_path / "answers")
    assert what_is_handed_on(tmp_path / "answers")
    refused("would stand in", DataSet(tmp_path / "answers" / "raw"), None)
    assert not what_is_handed_on(tmp_path)


def test_it_lies_apart_from_the_data_set_and_the_dump(tmp_path):
    out, dump = DataSet(tmp_path / "raw"), tmp_path / "dump"
    dump.mkdir()
    (tmp_path / "link").symlink_to(dump)
    for named in (
        out.root,
        out.root / "keys",
        tmp_path,
        dump,
        dump / "a" / "keys",
        tmp_path / "link" / "keys",
        tmp_path / "keys" / ".." / "raw" / "x",
    ):
        refused("must not lie in each other", out, named, dump)


def test_a_folder_that_is_handed_on_or_holds_other_things_is_no_tree(tmp_path):
    out = DataSet(tmp_path / "raw")
    make(tmp_path / "clean", ("dataset.json",))
    refused("is itself a data set", out, tmp_path / "clean")
    make(tmp_path / "home", ("thesis.tex",))
    (tmp_path / "home").chmod(0o700)
    refused("no private tree", out, tmp_path / "home")
    (tmp_path / "home" / "thesis.tex").unlink()
    assert find_tree(out, tmp_path / "home").root == tmp_path / "home"


def test_a_tree_that_others_can_reach_is_refused(tmp_path):
    private_key(tmp_path / "raw")
    (tmp_path / "raw.private").chmod(0o750)
    refused("Others than its owner", DataSet(tmp_path / "raw"), None)
    refused("Others than its owner", DataSet(tmp_path / "new"), tmp_path / "raw.private")


def test_one_that_must_be_there_is_missed_in_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="name it with --private DIR"):
        existing_tree(DataSet(tmp_path / "raw"), None)
    with pytest.raises(UsageError, match="There is no private tree"):
        existing_tree(DataSet(tmp_path / "raw"), tmp_path / "keys")
    private_key(tmp_path / "raw")
    assert existing_tree(DataSet(tmp_path / "raw"), None).root == tmp_path / "raw.private"


def test_two_data_sets_do_not_share_a_tree(tmp_path):
    tree = PrivateTree(tmp_path / "keys")
    refuse_foreign_tree(tree, DataSet(tmp_path / "raw"))
    study_id = "ab12000000000000"
    make(tree.identifiers_of(study_id).parent, (f"{study_id}.arrow",))
    with pytest.raises(UsageError, match="holds the identifiers of a data set already"):
        refuse_foreign_tree(tree, DataSet(tmp_path / "raw"))
    make(tmp_path / "raw", ("dataset.json",))
    refuse_foreign_tree(tree, DataSet(tmp_path / "raw"))


def test_trees_in_a_folder_are_found_by_their_names_and_by_what_they_hold(tmp_path):
    assert not list(trees_in(tmp_path / "nowhere"))
    make(tmp_path / "answers" / "raw", ("dataset.json",))
    make(tmp_path / "answers" / "raw.private", ())
    make(tmp_path / "answers" / "hidden", ("key", "index.parquet"))
    found = [path.name for path in trees_in(tmp_path / "answers")]
    assert found == ["hidden", "raw.private"]
