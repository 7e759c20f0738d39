"""Which file a row of a table means: tables name files by a path from some folder or other, by the
name alone, or without its ending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from radprep.text.paths import plain_path

_Found = tuple[str, ...]

_ENDINGS = frozenset(
    ("png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "webp", "bmp", "gif", "jp2", "dcm")
)
"""Of names in tables: the picture may have been saved in another format since."""


_MOST_FOLDERS = 16
"""Of a path that is known by its last folders."""


class Files:
    """The pictures of a folder, found by what a table calls them. Nothing is opened: a path that
    leads out of the folder, or to no picture, finds nothing."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._whole: dict[str, _Found] = {}
        self._by_end: dict[str, _Found] = {}
        self._whole_stems: dict[str, _Found] = {}
        self._by_stem: dict[str, _Found] = {}
        for path in paths:
            plain = plain_path(path)
            self._exact[plain] = path
            folded = plain.casefold()
            _add(self._whole, (folded,), path)
            _add(self._by_end, _ends(folded), path)
            _add(self._whole_stems, (_stem(folded),), path)
            _add(self._by_stem, _ends(_stem(folded)), path)

    def found(self, text: str) -> _Found:
        """The path of the file that a row means; none, or the first two of several where its text
        does not tell them apart. Of the two paths one may begin in another folder: the shorter one
        is the end of the longer."""
        plain = plain_path(text)
        if not plain or ".." in plain.split("/"):
            return ()
        if plain in self._exact:
            return (self._exact[plain],)
        folded = plain.casefold()
        by_stem = (self._by_stem, self._whole_stems)
        ways = [(folded, self._by_end, self._whole), (folded, *by_stem)]
        if folded.rpartition(".")[2] in _ENDINGS:
            ways.append((_stem(folded), *by_stem))
        for name, ends, whole in ways:
            found = ends.get(name) or next(filter(None, map(whole.get, _ends(name))), ())
            if found:
                return found
        return ()


def _add(known: dict[str, _Found], names: Iterable[str], path: str) -> None:
    for name in names:
        before = known.get(name, ())
        if len(before) < 2:
            known[name] = (*before, path)


def _ends(path: str) -> Iterator[str]:
    """A path, then without its first folder, and so on, down to the name; of a very long one the
    last folders."""
    parts = path.split("/")[-_MOST_FOLDERS:]
    return ("/".join(parts[first:]) for first in range(len(parts)))


def _stem(path: str) -> str:
    """A path without the ending of its name."""
    folders, slash, name = path.rpartition("/")
    return folders + slash + (name.rpartition(".")[0] or name)
