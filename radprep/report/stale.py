"""A page that is older than its data set: it says so, and goes if it shows a film that was rejected
since."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from radprep.dataset.durable import explain_disk_errors, write_whole
from radprep.dataset.withheld import whole_films

PAGE = "index.html"
MARK = ".radprep-report"
"""A file by which the folder of an unfinished page is known."""

STATE = "state.js"
"""A script beside the page that says which state its data set has now: the page cannot read the
data set itself, since a page opened from a disk may load scripts, but not read files."""

_OURS = "radprep report"
_MADE_OF = re.compile(r'<meta name="radprep-data-set" content="([0-9a-f]{32})">')
_PICTURE = re.compile(r"([0-9a-f]{16}(?:-[fp][0-9]{1,9})*)-[0-9a-f]{8}\.webp")
"""The name of a picture, behind the image that it shows (`thumbnails.picture_name`)."""


def is_page(folder: Path) -> bool:
    """Whether a folder holds a page of ours, finished or not."""
    return (folder / MARK).exists() or _OURS in _head(folder / PAGE)


def tell_page(folder: Path, fingerprint: str) -> bool:
    """Tell the page in a folder which state its data set has now, and say whether the page is
    older. fingerprint: of the data set; "" while it is being changed. A folder that holds no page
    of ours, or is a link, is left alone."""
    if folder.is_symlink() or not folder.is_dir() or not is_page(folder):
        return False
    text = f'radprepState("{fingerprint}");\n'
    state = folder / STATE
    with explain_disk_errors(folder):
        if state.is_symlink() or not state.is_file() or state.read_bytes() != text.encode():
            write_whole(state, text.encode())
    return is_older(folder, fingerprint)


def is_older(folder: Path, fingerprint: str) -> bool:
    """Whether a folder holds a finished page that was made of another state of the data set."""
    made_of = None if folder.is_symlink() else _MADE_OF.search(_head(folder / PAGE))
    return made_of is not None and made_of[1] != fingerprint


def remove_page_of(folder: Path, films: Collection[str]) -> bool:
    """Remove the page in a folder if it holds a picture of one of these films or of their parts,
    and say whether it did: a page without some of its pictures would only look broken.

    films: their names before anything was cut. A link is not followed: what it leads to is
    somebody else's.
    """
    if not films or folder.is_symlink() or not folder.is_dir() or not is_page(folder):
        return False
    if whole_films(_shown(folder)).isdisjoint(films):
        return False
    # another shard of the same run may remove it at the same time
    with explain_disk_errors(folder), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
    return True


def _shown(folder: Path) -> Iterator[str]:
    """The images that a page has pictures of, in files or in a file that holds a sample of them."""
    for path in folder.rglob("*.webp*"):
        yield from _PICTURE.findall(path.name)
    for path in folder.glob("*.html"):
        yield from _PICTURE.findall(path.read_text(encoding="utf-8", errors="replace"))


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as handle:
            return handle.read(4096)
    except OSError:
        return ""
