"""Which file a row of a table means: tables name files by a path from some folder or other, by the
name alone, or without its ending."""

from __future__ import annotations

from collections.abc import Iterable

from radprep.text.file_names import ends, without_suffix
from radprep.text.paths import plain_path

_Found = tuple[str, ...]


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
            _add(self._by_end, ends(folded), path)
            bare = without_suffix(folded)
            _add(self._whole_stems, (bare,), path)
            _add(self._by_stem, ends(bare), path)

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
        ways = (
            (folded, self._by_end, self._whole),
            (folded, *by_stem),
            (without_suffix(folded), *by_stem),
        )
        for name, by_end, whole in ways:
            found = by_end.get(name) or next(filter(None, map(whole.get, ends(name))), ())
            if found:
                return found
        return ()


def _add(known: dict[str, _Found], names: Iterable[str], path: str) -> None:
    for name in names:
        before = known.get(name, ())
        if len(before) < 2:
            known[name] = (*before, path)
