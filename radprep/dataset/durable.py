"""Files that appear under their name whole, or not at all.

One rule for temporary names: a file that has not got its name yet is called `.<name>.<32 hex
digits>` and stands in the folder where it will be. What a killed run leaves is found by that rule
(`leftovers`), wherever it stands.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from radprep.dataset.names import IMAGE_TREES
from radprep.errors import InterruptedRunError

_TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{32}")


LINKS = (
    "{number} files are hard links: who changes one, or its rights, changes the data set that it "
    "comes from. --copy makes copies."
)
"""What whoever uses hard links must know."""


def temporary_of(path: Path) -> Path:
    """A name for a file that is to become `path`, which no other process uses."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}")


def name_of_temporary(path: Path) -> str | None:
    """What a temporary file was to be called; None for a file that is none."""
    found = _TEMPORARY.fullmatch(path.name)
    return found["name"] if found else None


def leftovers(root: Path) -> Iterator[Path]:
    """Every file of a data set or a private tree that did not get its name. While no run is at
    work, each is what a killed run has left: nobody will miss it, and it may hold what should be
    gone. Images are not looked through: they get their names in attempts."""
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in (*IMAGE_TREES, ".tmp")]
        for name in names:
            path = Path(folder) / name
            if name_of_temporary(path):
                yield path


@contextlib.contextmanager
def replacing(path: Path, *, if_new: bool = False) -> Iterator[Path]:
    """Write a file under a temporary name, which is given; at the end it is on the disk and has its
    own name. Where anything fails, what stood under that name stays. if_new: raise FileExistsError
    where another process has taken that name meanwhile."""
    temporary = temporary_of(path)
    with explain_disk_errors(path.parent):
        try:
            yield temporary
            sync(temporary)
            _give_name(temporary, path, if_new=if_new)
        finally:
            temporary.unlink(missing_ok=True)


def _give_name(temporary: Path, path: Path, *, if_new: bool) -> None:
    if if_new:
        try:
            os.link(temporary, path)
            return
        except FileExistsError:
            raise
        except OSError:  # the file system has no hard links
            if path.exists():
                raise FileExistsError from None
    temporary.replace(path)


def write_table(table: pa.Table, path: Path, footer: Mapping[bytes, str] | None = None) -> None:
    """Write a small table lean: without statistics, dictionaries or a second copy of the schema (a
    quarter of the bytes)."""
    with pq.ParquetWriter(
        path,
        table.schema,
        compression="none",
        use_dictionary=False,
        write_statistics=False,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        if footer:
            writer.add_key_value_metadata(footer)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON under its name at once, or not at all."""
    write_whole(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes under their name at once, or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_durably(path: Path, data: bytes) -> None:
    """Write bytes and wait until they are on the disk."""
    with path.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    """Wait until every file below a folder, and their names, are on the disk. Raises OSError where
    the disk could not take one: a file system tells that for each file alone."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            sync(Path(folder, name))
        sync(Path(folder))


@contextlib.contextmanager
def explain_disk_errors(root: os.PathLike[str]) -> Iterator[None]:
    """Say in a sentence that a data set cannot be written: nobody is helped by failing every study
    for it."""
    try:
        yield
    except OSError as error:
        why = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EROFS: "it is read-only",
            errno.EACCES: "permission is denied",
            errno.ENOTDIR: "a part of the path is a file",
        }.get(error.errno or 0)
        if why is None:
            raise
        raise InterruptedRunError(
            f"{os.fspath(root)} cannot be written: {why}. Nothing incomplete stands under a final "
            "name; mend that, then run the same command again to go on."
        ) from None


@contextlib.contextmanager
def readable_for_group(root: Path) -> Iterator[None]:
    """The group may read whatever stands in a data set and whatever is created inside, by this
    process or by workers that it starts, whatever the umask. The private tree, which sets its own
    modes, stays as it is."""
    before = os.umask(0o077)
    os.umask(before & ~0o050)
    try:
        for folder, _, files in os.walk(root):
            _add_mode(Path(folder), 0o050)
            for name in files:
                _add_mode(Path(folder) / name, 0o040)
        yield
    finally:
        os.umask(before)


def _add_mode(path: Path, bits: int) -> None:
    # another member of the group owns it, or another run has removed it meanwhile
    with contextlib.suppress(PermissionError, FileNotFoundError):
        mode = path.lstat().st_mode
        if mode & bits != bits and not path.is_symlink():
            path.chmod(stat.S_IMODE(mode) | bits)
