"""Whether a private tree or a key is its owner's alone. It is looked at before anything of it is
read or written: what others can read is no secret, and what they can write may be theirs.

Each file and folder is asked itself, never what a link leads to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import stat
from collections.abc import Container, Iterator
from pathlib import Path

from radprep.errors import UsageError

_OTHERS = 0o077
"""Permissions of the group and of everybody."""

_STUDIES = "studies"
"""Here stands a file for each study, which is looked at when it is read."""

_MOST_BYTES = 4096
"""More than a key file ever holds."""


def check_folder(path: Path, *, closed: bool = True) -> None:
    """Raise UsageError unless a folder is there, is ours, and is no link. closed: unless others
    have no permission on it, either."""
    with _explained(path):
        _check(path, os.lstat(path), "folder", closed=closed)


def check_file(path: Path, *, closed: bool = True) -> None:
    """Raise UsageError where a file is a link, no plain file, or not ours. closed: where others
    have a permission on it, too. One that is not there is no fault: other runs make and remove
    theirs."""
    with contextlib.suppress(FileNotFoundError), _explained(path):
        _check(path, os.lstat(path), "file", closed=closed)


def check_tree(root: Path, closed: Container[str]) -> None:
    """Raise UsageError where others have a permission on a private tree or on one of its files
    named in `closed`, or where anything in it is a link or another user's. Of the files of studies
    only the kind is asked, since there may be a million of them."""
    check_folder(root)
    _check_inside(root, closed, each_file=True)


def read_closed(path: Path) -> bytes:
    """The bytes of a small file that is ours alone. It is opened once and asked then, so that
    nobody can put another in its place in between. Raises UsageError, FileNotFoundError."""
    with _explained(path):
        # without waiting: a pipe that nobody writes to would be waited for
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as handle:
            _check(path, os.fstat(handle.fileno()), "file", closed=True)
            return handle.read(_MOST_BYTES)


def open_above(path: Path) -> Path | None:
    """The nearest folder above a path in which everybody may rename and remove what others have
    made. None where there is none."""
    for folder in path.resolve().parents:
        with contextlib.suppress(OSError):
            mode = folder.stat().st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                return folder
    return None


def _check_inside(folder: Path, closed: Container[str], *, each_file: bool) -> None:
    with _explained(folder), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                inner = folder / entry.name
                check_folder(inner, closed=False)
                _check_inside(inner, (), each_file=each_file and entry.name != _STUDIES)
            elif each_file or not entry.is_file(follow_symlinks=False):
                check_file(folder / entry.name, closed=entry.name in closed)


def _check(path: Path, status: os.stat_result, kind: str, *, closed: bool) -> None:
    """Raise UsageError for what is wrong with a file or a folder, with the command that mends
    it."""
    is_kind = stat.S_ISDIR if kind == "folder" else stat.S_ISREG
    name = shlex.quote(str(path))
    if stat.S_ISLNK(status.st_mode):
        raise UsageError(_link(path, kind))
    if not is_kind(status.st_mode):
        raise UsageError(f"{path} is no {kind}, and radprep keeps a private {kind} there.")
    if status.st_uid != os.geteuid():
        raise UsageError(
            f"{path} belongs to another user (number {status.st_uid}; you are {os.geteuid()}), so "
            "nobody can say who reads and writes it. Run radprep as that user. If it is yours, "
            f"make it so: `chown -R {os.geteuid()} {name}`."
        )
    if closed and status.st_mode & _OTHERS:
        raise UsageError(
            f"Others than its owner may read or write {path}, which is private. Close it: "
            f"`chmod -R go= {name}`. Where chmod changes nothing, the file system keeps no "
            "permissions: put it elsewhere, and name the private tree with --private DIR."
        )


def _link(path: Path, kind: str) -> str:
    return (
        f"{path} is a link. Who can change the link decides what is read and where identifiers are "
        f"written. Name the {kind} itself that it leads to: the private tree with --private DIR, a "
        "key with --key FILE."
    )


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in a sentence that something private cannot be opened."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:  # O_NOFOLLOW says it so
            raise UsageError(_link(path, "file")) from None
        raise UsageError(
            f"{path} cannot be read ({os.strerror(error.errno or 0)}). Give yourself, and nobody "
            f"else, the right to: `chmod -R u+rwX,go= {shlex.quote(str(path))}`."
        ) from None
