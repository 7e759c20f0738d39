"""The private tree by the command line: beside what is handed on or where --private says, and
refused where others can reach it."""

import os
import shutil
import stat
from pathlib import Path

import pandas as pd
import pytest

from radprep.cli import app
from radprep.private.tree import PrivateTree
from tests.made import command, convert, make_dicom, preprocess, private_of, runner

pytestmark = pytest.mark.slow

MAKING = {
    "scan": ("scan", "dump", "new"),
    "convert": ("convert", "dump", "new", "--workers", "1"),
    "convert, again": ("convert", "dump", "raw", "--workers", "1"),
}
USING = {
    "locate": ("locate", "raw", "0" * 16),
    "forget": ("forget", "raw", "--patient", "P1", "--yes"),
    "collate": ("collate", "raw"),
    "verify": ("verify", "raw", "--workers", "1"),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a dump and a data set whose private tree stands elsewhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump").mkdir()
    for number in (1, 2):
        (tmp_path / "dump" / f"{number}").write_bytes(
            make_dicom(study=str(number), instance=str(number))
        )
    convert("dump", "raw", "--private", "keys", "--workers", "1")
    return tmp_path


def said(*words):
    """What a command says that refuses."""
    result = runner.invoke(app, [*map(str, words)])
    assert getattr(result.exception, "exit_code", None) == 2, (words, result.output)
    return str(result.exception)


def everything(root):
    return {path: path.lstat().st_mtime_ns for path in root.rglob("*")}


def test_the_tree_stands_where_it_was_named_and_every_command_takes_it(here):
    assert not private_of(here / "raw").exists
    assert PrivateTree(here / "keys").names >= {path.name for path in (here / "keys").iterdir()}
    instance = pd.read_parquet("raw/instances.parquet").instance_id[0]
    assert command("locate", "raw", instance, "--private", "keys")["files"]
    assert command("verify", "raw", "--private", "keys")["private_tree"]
    assert command("collate", "raw", "--private", "keys")
    assert convert("dump", "raw", "--private", "keys")["run"]["done"] == 0
    preprocess("raw", "clean")
    assert command("locate", "clean", instance, "--private", "keys")["files"]
    runner.invoke(app, ["forget", "raw", "--patient", "P1", "--private", "keys", "--yes"])
    convert("dump", "raw", "--private", "keys")
    assert "forgotten" in set(pd.read_parquet("raw/instances.parquet").reason)
    assert (here / "keys" / "forgotten.jsonl").exists()
    assert not private_of(here / "raw").exists


def test_no_byte_of_the_data_set_tells_where_the_tree_is(here):
    convert("dump", "other", "--private", "a place of its own", "--key", "keys/key")
    for path in here.joinpath("other").rglob("*"):
        assert not path.is_file() or b"a place of its own" not in path.read_bytes()


@pytest.mark.parametrize("name", [*USING, "convert, again"])
def test_a_command_that_misses_the_tree_says_how_to_name_it(here, name):
    if name == "verify":
        assert "--private DIR" in runner.invoke(app, USING[name]).stdout
    else:
        assert "--private DIR" in said(*(MAKING | USING)[name])
    assert not private_of(here / "raw").exists


def untouched(here, words):
    before = everything(here)
    sentence = said(*words)
    assert everything(here) == before
    assert "5a5a" not in sentence
    return sentence


def into_a_link(path, elsewhere):
    path.rename(elsewhere)
    path.symlink_to(elsewhere.resolve())


HARM = {
    "an open tree": ("Others than", lambda keys: keys.chmod(0o710)),
    "an open key": ("Others than", lambda keys: (keys / "key").chmod(0o604)),
    "an open index": ("Others than", lambda keys: (keys / "index.parquet").chmod(0o640)),
    "a linked tree": ("is a link", lambda keys: into_a_link(keys, Path("moved"))),
    "a linked key": ("is a link", lambda keys: into_a_link(keys / "key", Path("moved"))),
    "studies in a data set": (
        "is a link",
        lambda keys: into_a_link(keys / "studies", Path("raw", "more")),
    ),
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", [*USING, "convert, again"])
def test_a_tree_that_others_can_reach_is_refused_by_every_command(here, name, harm):
    sentence, do_harm = HARM[harm]
    do_harm(here / "keys")
    words = (*(MAKING | USING)[name], "--private", "keys")
    assert sentence in untouched(here, words)


@pytest.mark.parametrize("name", ["locate", "forget", "convert, again"])
def test_a_key_of_zeros_is_refused_by_every_command(here, name):
    (here / "keys" / "key").write_text("0" * 64 + "\n")
    words = (*(MAKING | USING)[name], "--private", "keys")
    assert "is no secret" in untouched(here, words)


@pytest.mark.parametrize("name", ["locate", "forget", "convert, again"])
def test_the_tree_of_another_data_set_is_refused_by_every_command(here, name):
    convert("dump", "other")
    words = (*(MAKING | USING)[name], "--private", "other.private")
    assert "another key" in untouched(here, words)


def test_forgetting_in_a_later_data_set_leaves_the_identifiers_of_the_first(here):
    preprocess("raw", "clean")
    words = ("forget", "clean", "--patient", "P1", "--key", "keys/key", "--yes", "--private")
    assert "holds the identifiers" in untouched(here, (*words, "keys"))
    assert runner.invoke(app, [*words, "record"]).exit_code == 0
    assert {path.name for path in (here / "record").iterdir()} == {"forgotten.jsonl"}
    assert not private_of(here / "clean").exists


def test_who_was_given_a_data_set_can_verify_it(here):
    """It stands among answers, or inside another one, and has no tree at all."""
    for name in ("studies.csv", "images.csv"):
        (here / name).touch()
    assert command("verify", "raw")["verified"]


def test_verify_tells_a_tree_that_others_can_reach_and_reads_nothing_of_it(here):
    (here / "keys").rename("raw.private")
    shutil.rmtree("raw.private/studies")  # would be found, if it were looked at
    (here / "raw.private").chmod(0o750)
    result = runner.invoke(app, ["verify", "raw"])
    assert result.exception.exit_code == 4
    assert "private_open" in result.stdout
    assert "1 findings" in result.stdout
    convert("dump", "other", "--key", "raw.private/key")
    (here / "raw.private").rename("aside")
    (here / "raw.private").symlink_to("aside")
    assert "private_open" in runner.invoke(app, ["verify", "raw"]).stdout


@pytest.mark.parametrize("name", ["scan", "convert"])
def test_a_tree_is_never_made_inside_a_data_set(here, name):
    for out in ("raw/inner", "raw/images/deep/inner"):
        words = (MAKING[name][0], "dump", out)
        assert "lies in a data set" in untouched(here, words)
    for private in ("raw", "raw/keys", "dump/keys", "new", "new/keys", "."):
        assert "--private DIR" in untouched(here, (*MAKING[name], "--private", private))
    assert runner.invoke(app, [*MAKING[name], "--private", "more keys"]).exit_code == 0


def test_a_second_data_set_does_not_take_the_tree_of_the_first(here):
    assert "holds the identifiers" in untouched(here, (*MAKING["convert"], "--private", "keys"))


def test_a_key_file_that_others_can_read_is_refused(here):
    (here / "project.key").write_bytes((here / "keys" / "key").read_bytes())
    (here / "project.key").chmod(0o644)
    words = (*MAKING["convert"], "--key", "project.key")
    assert "`chmod -R go= project.key`" in untouched(here, words)
    (here / "project.key").chmod(0o600)
    assert runner.invoke(app, words).exit_code == 0


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_named_tree_is_closed_whatever_the_umask(here, umask):
    before = os.umask(umask)
    try:
        convert("dump", "new", "--private", "some/where/new keys", "--workers", "2")
        runner.invoke(
            app, ["forget", "new", "--patient", "P1", "--private", "some/where/new keys", "--yes"]
        )
    finally:
        os.umask(before)
    tree = here / "some" / "where" / "new keys"
    assert (tree / "forgotten.jsonl").exists()
    for path in (tree, *tree.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_everybody_may_rename_there_is_a_warning(here):
    (here / "shared").mkdir()
    (here / "shared").chmod(0o777)
    words = ("convert", "dump", "shared/raw", "--workers", "1")
    assert "Everybody may rename" in runner.invoke(app, words).stderr
    (here / "shared").chmod(0o1777)
    assert "Everybody may rename" not in runner.invoke(app, words).stderr
