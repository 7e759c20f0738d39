"""environment.json names a commit of radprep, or none."""

import subprocess

import pytest

from radprep.revision import BUILT_FROM, revision


def git(folder, *words):
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    """A repository that tracks a package of this name."""
    package = tmp_path / "checkout" / "radprep"
    package.mkdir(parents=True)
    (package / "revision.py").write_text("one\n")
    git(package.parent, "init", "--quiet")
    git(package.parent, "add", ".")
    git(package.parent, "commit", "--quiet", "--message", "one")
    return package


def test_a_checkout_names_its_commit_and_that_it_was_changed(checkout):
    commit = git(checkout, "rev-parse", "HEAD")
    assert revision(checkout) == commit
    (checkout / "revision.py").write_text("two\n")
    assert revision(checkout) == f"{commit}+"


def test_the_commit_of_another_project_is_not_named(checkout):
    installed = checkout.parent / "venv" / "lib" / "radprep"
    installed.mkdir(parents=True)
    assert revision(installed) is None
    other = checkout.parent.parent / "other"
    (other / "radprep").mkdir(parents=True)
    (other / "notes.txt").touch()
    git(other, "init", "--quiet")
    git(other, "add", "notes.txt")
    git(other, "commit", "--quiet", "--message", "notes")
    assert revision(other / "radprep") is None


def test_a_wheel_names_what_it_was_built_from(checkout):
    (checkout / BUILT_FROM).write_text("0123abc\n")
    assert revision(checkout) == "0123abc"
