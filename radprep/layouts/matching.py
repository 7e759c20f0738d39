"""Which file a row of a table means: tables name files by a path from some folder or other, by the
name alone, or without its ending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from radprep.text.paths import plain_path

_ENDINGS = frozenset(
    ("png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "webp", "bmp", "gif", "jp2", "dcm")
)
"""Of names in tables: the picture may have been saved in another format since."""


class Files:
    """The pictures of a folder, found by what a table calls them. Nothing is opened: a path that
    leads out of the folder, or to no picture, finds nothing."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            plain = plain_path(path)
            self._exact[plain] = path
            name = _folded(plain.rpartition("/")[2])
            self._by_name[name].append(path)
            self._by_stem[_stem(name)].append(path)

    def found(self, text: str) -> Sequence[str]:
        """The paths of the files that a row may mean: none, the one, or several where its text does
        not tell them apart."""
        plain = plain_path(text)
        if not plain or ".." in plain.split("/"):
            return ()
        if plain in self._exact:
            return (self._exact[plain],)
        folders, _, name = _folded(plain).rpartition("/")
        ways = [self._by_name.get(name, ()), self._by_stem.get(name, ())]
        if name.rpartition(".")[2] in _ENDINGS:
            ways.append(self._by_stem.get(_stem(name), ()))
        for way in ways:
            fitting = [path for path in way if _agree(folders, _folders(path))]
            if fitting:
                return fitting
        return ()


def _agree(one: str, other: str) -> bool:
    """Whether two paths of folders may be one, from different beginnings."""
    short, long = sorted((one, other), key=len)
    return not short or long == short or long.endswith(f"/{short}")


def _folders(path: str) -> str:
    return _folded(plain_path(path)).rpartition("/")[0]


def _folded(text: str) -> str:
    return text.casefold()


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
