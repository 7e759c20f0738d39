"""What others can reach is refused before anything of it is read or written."""

import os
import stat

import pytest

from radprep.errors import UsageError
from radprep.private.guard import check_file, check_folder, check_tree, open_above, read_closed
from radprep.private.identifiers import read_identifiers, write_identifiers
from radprep.private.key import create_key
from radprep.private.tree import PrivateTree, make_private_folder
from tests.made import key_at

SECRETS = ("key", "index.parquet", "identifiers.parquet")


@pytest.fixture
def tree(tmp_path):
    """A private tree as a run leaves it."""
    made = PrivateTree(tmp_path / "raw.private")
    create_key(made.key)
    write_identifiers(made, "ab12", [])
    for folder in ("labels", "logs"):
        make_private_folder(made.root / folder)
    for path in (made.index(1), made.identifiers, made.forgotten, made.labels / "a.csv"):
        path.touch(mode=0o600)
    return made


def refused(tree, sentence):
    with pytest.raises(UsageError, match=sentence) as error:
        check_tree(tree.root, SECRETS)
    return str(error.value)


def test_what_a_run_leaves_is_taken(tree):
    check_tree(tree.root, SECRETS)


@pytest.mark.parametrize("bit", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001])
@pytest.mark.parametrize("name", ["", *SECRETS])
def test_any_permission_of_others_is_refused(tree, name, bit):
    path = tree.root / name
    path.chmod(stat.S_IMODE(path.stat().st_mode) | bit)
    assert f"`chmod -R go= {path}`" in refused(tree, "Others than its owner")


def test_a_set_group_bit_is_no_permission(tree):
    tree.root.chmod(0o2700)
    check_tree(tree.root, SECRETS)


@pytest.mark.parametrize(
    "name", ["", "key", "studies", "studies/ab", "studies/ab/ab12.arrow", "labels/a.csv", "logs"]
)
def test_a_link_is_refused_wherever_it_leads(tree, tmp_path, name):
    path, elsewhere = tree.root / name, tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    refused(tree, "is a link")


def test_a_link_to_nothing_is_refused(tree):
    tree.key.unlink()
    tree.key.symlink_to(tree.root / "nowhere")
    refused(tree, "is a link")
    with pytest.raises(UsageError, match="is a link"):
        create_key(tree.key)


@pytest.mark.parametrize("name", ["", "key", "studies", "studies/ab", "forgotten.jsonl", "labels"])
def test_what_another_user_owns_is_refused(tree, monkeypatch, name):
    plain = os.lstat

    def owned_by_another(path):
        status = list(plain(path))
        status[stat.ST_UID] += path == tree.root / name
        return os.stat_result(status)

    monkeypatch.setattr("radprep.private.guard.os.lstat", owned_by_another)
    assert f"chown -R {os.geteuid()} " in refused(tree, "belongs to another user")


@pytest.mark.parametrize("name", ["key", "studies/ab/ab12.arrow", "forgotten.jsonl"])
def test_what_is_no_plain_file_is_refused_at_once(tree, name):
    (tree.root / name).unlink()
    os.mkfifo(tree.root / name, 0o600)
    refused(tree, "is no file")
    with pytest.raises(UsageError, match="is no file"):
        read_closed(tree.root / name)


def test_a_file_that_goes_meanwhile_is_no_fault(tmp_path):
    check_file(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        check_folder(tmp_path / "gone")


def test_identifiers_are_read_and_written_in_a_closed_tree_only(tree):
    path = tree.identifiers_of("ab12")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="Others than its owner"):
        read_identifiers(tree, "ab12")
    path.chmod(0o600)
    tree.root.chmod(0o750)
    with pytest.raises(UsageError, match="Others than its owner"):
        write_identifiers(tree, "cd34", [])
    assert not tree.identifiers_of("cd34").exists()


def test_identifiers_are_not_written_through_a_link(tree, tmp_path):
    (tmp_path / "handed on").mkdir()
    (tree.root / "studies" / "cd").symlink_to(tmp_path / "handed on")
    with pytest.raises(UsageError, match="is a link"):
        write_identifiers(tree, "cd34", [])
    assert not list((tmp_path / "handed on").iterdir())


def test_a_key_is_asked_as_it_is_opened(tmp_path):
    """Not by its name: a link that took its place in between would be followed."""
    path = key_at(tmp_path / "key")
    assert read_closed(path) == path.read_bytes()
    path.chmod(0o640)
    with pytest.raises(UsageError, match="Others than its owner"):
        read_closed(path)
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(UsageError, match="is a link"):
        read_closed(tmp_path / "link")


def test_a_folder_where_everybody_may_rename_is_found(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert open_above(shared / "a" / "raw.private") == shared
    shared.chmod(0o1777)  # as /tmp
    assert open_above(shared / "a" / "raw.private") is None
    shared.chmod(0o770)  # of a group
    assert open_above(shared / "a" / "raw.private") is None


def test_a_folder_hands_no_rights_on_to_what_is_made_in_it(tmp_path):
    """A group's folder may have a default ACL, which takes the place of the umask."""
    header, entry = (
        (2).to_bytes(4, "little"),
        ((1, 7, 0xFFFFFFFF), (4, 7, 0xFFFFFFFF), (16, 7, 0xFFFFFFFF), (32, 7, 0xFFFFFFFF)),
    )
    acl = header + b"".join(
        tag.to_bytes(2, "little") + bits.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, bits, who in entry
    )
    try:
        os.setxattr(tmp_path, "system.posix_acl_default", acl)
    except (OSError, AttributeError):
        pytest.skip("this file system keeps no ACL")
    made = PrivateTree(tmp_path / "raw.private")
    create_key(made.key)
    write_identifiers(made, "ab12", [])
    paths = [made.root, *made.root.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in paths} == {0}
