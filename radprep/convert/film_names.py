"""Which film of a dump a file of boxes means, by a path, a name or a SOPInstanceUID.

Tools write names in many ways: with the folders of the dump, with others, or without any, and with
another suffix where a picture was drawn on instead of the DICOM file. So a key is looked for in
several ways, the surest first. What fits more than one film is joined to none.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from radprep.dicom.scan import ScannedFile
from radprep.text.file_names import ends, without_suffix
from radprep.text.paths import plain_path

Keys = tuple[str, ...]
"""What names a film in a file of boxes, the surest first."""

_WHOLE, _UID, _BARE, _TAIL, _BARE_TAIL, _NAME, _STEM = range(7)
"""The ways in which a key of a film may fit, the surest first: the whole path; the SOPInstanceUID;
the path without its suffix; the end of one is the other, with the suffix and without; the name; the
name without its suffix."""
_MOST_KEYS = 8
"""Keys of one film: a folder of annotations may stand beside that of the pictures in few ways."""
_MOST_FOLDERS = 8
"""Of a key that begins above the dump: each of its ends takes memory, and millions may be given."""


@dataclass
class _Found:
    """The films that keys fit in the surest way: identity -> paths. rank: how sure, 0 for the
    surest; of a film and a preview beside it, the DICOM file is the surer one."""

    rank: int = 1_000
    films: dict[tuple[str, ...], list[bytes]] = field(default_factory=dict)


class FilmNames:
    """The films of a dump that keys name. named: path of a file -> its keys; missing: keys that fit
    no file; unclear: keys that fit several films, or that contradict each other on one; by_name:
    keys that were joined by the name alone, since they name other folders than their film has."""

    def __init__(self, keys: Iterable[Keys], scanned: Iterable[ScannedFile]) -> None:
        self.named: dict[bytes, list[Keys]] = {}
        self.missing: list[Keys] = []
        self.unclear: list[Keys] = []
        self.by_name: set[Keys] = set()
        wanted = list(dict.fromkeys(keys))
        asked = _asked(wanted)
        found: dict[Keys, _Found] = {one: _Found() for one in wanted}
        for one in scanned:
            path = plain_path(os.fsdecode(one.file.path))
            uid = one.SOPInstanceUID or ""
            who = (one.StudyInstanceUID or "", uid) if uid else (path,)
            for form in _forms_of_file(path, uid):
                for rank, key in asked.get(form, ()):
                    _note(found[key], 2 * rank + (not uid), who, one.file.path)
        self._settle(found)

    def _settle(self, found: dict[Keys, _Found]) -> None:
        by_path: dict[bytes, list[tuple[int, Keys]]] = defaultdict(list)
        unclear: set[Keys] = set()
        for keys, one in found.items():
            if not one.films:
                self.missing.append(keys)
            elif len(one.films) > 1:
                unclear.add(keys)
            else:
                for path in next(iter(one.films.values())):
                    by_path[path].append((one.rank // (2 * _MOST_KEYS), keys))
        for path, claims in by_path.items():
            whole = _folded(os.fsdecode(path))
            sure = [keys for way, keys in claims if way <= _UID or _is_end(keys, whole)]
            others = [keys for _, keys in claims if keys not in sure]
            fitting = sure or (others if _agree(others) else [])
            self.by_name |= set(() if sure else fitting)
            unclear.update(keys for keys in others if keys not in fitting)
            if fitting:
                self.named[path] = fitting
        self.unclear = [keys for keys in found if keys in unclear]


def meaning(texts: Iterable[str], files: Iterable[ScannedFile]) -> set[str]:
    """The texts that may mean one of some files: names of films in a file of boxes, and names of
    files of boxes, which are called as their films."""
    wanted = {one: (one, one.rpartition(".")[0] or one) for one in texts if one}
    names = FilmNames(wanted.values(), files)
    strangers = set(names.missing)
    return {text for text, keys in wanted.items() if keys not in strangers}


def _asked(wanted: Sequence[Keys]) -> dict[tuple[str, str], list[tuple[int, Keys]]]:
    """Form of a file's name -> the keys that it fits, and how sure that is."""
    asked: dict[tuple[str, str], list[tuple[int, Keys]]] = defaultdict(list)
    for keys in wanted:
        for number, key in enumerate(keys[:_MOST_KEYS]):
            for way, form in _forms_of_key(plain_path(key)):
                asked[form].append((way * _MOST_KEYS + number, keys))
    return asked


def _forms_of_key(key: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """The forms in which a key is looked for, each with its way."""
    bare = without_suffix(key)
    name = PurePosixPath(key).name
    yield _WHOLE, ("path", key)
    for uid in {name, without_suffix(name)}:
        yield _UID, ("uid", uid)
    yield _BARE, ("bare", bare)
    yield _TAIL, ("tail of path", key)
    yield _BARE_TAIL, ("tail of bare", bare)
    for tail in ends(key, _MOST_FOLDERS)[1:]:
        yield _TAIL, ("path", tail)
    for tail in ends(bare, _MOST_FOLDERS)[1:]:
        yield _BARE_TAIL, ("bare", tail)
    yield _NAME, ("name", name.casefold())
    yield _STEM, ("stem", without_suffix(name).casefold())


def _forms_of_file(path: str, uid: str) -> Iterator[tuple[str, str]]:
    """The forms of a file's name that keys may be."""
    bare = without_suffix(path)
    name = path.rpartition("/")[2]
    yield "path", path
    if uid:
        yield "uid", uid
    yield "bare", bare
    for tail in ends(path)[1:]:
        yield "tail of path", tail
    for tail in ends(bare)[1:]:
        yield "tail of bare", tail
    yield "name", name.casefold()
    yield "stem", without_suffix(name).casefold()


def _note(found: _Found, rank: int, who: tuple[str, ...], path: bytes) -> None:
    if rank > found.rank:
        return
    if rank < found.rank:
        found.rank, found.films = rank, {}
    if len(found.films) < 2 or who in found.films:
        paths = found.films.setdefault(who, [])
        if path not in paths[-1:]:
            paths.append(path)


def _is_end(keys: Keys, path: str) -> bool:
    """Whether a key is a path as a file has it, or the end of it. path: as `_folded` gives it."""
    return any(path == one or path.endswith(f"/{one}") for one in map(_folded, keys))


def _agree(claims: Sequence[Keys]) -> bool:
    """Whether keys that name other folders than a file has may all mean this file: each is the end
    of the longest."""
    longest = max((_folded(keys[0]) for keys in claims), key=len, default="")
    return all(_is_end(keys, longest) for keys in claims)


def _folded(key: str) -> str:
    return without_suffix(plain_path(key)).casefold()
