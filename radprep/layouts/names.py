"""A label stands in the name of each file, as in `supracondylar_fracture_0012.jpg`. A map of texts
says which label each means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from radprep.layouts.told import LaidOut, Told
from radprep.layouts.wanted import LayoutWanted

COLUMN = "class"
"""The name of the label."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+|[0-9]+")
_WITHOUT_SPACES = 0x2E80
"""From here on scripts (Chinese, Japanese, Korean) write words without spaces: each character
counts as a word."""

Words = tuple[str, ...]


def lay_out(pictures: Sequence[str], wanted: LayoutWanted) -> LaidOut:
    """What each name tells: the texts of the map that stand in it as whole words, the longer before
    the shorter. Two that mean different labels contradict each other, and none gives no label. Each
    picture is a study of its own, since nobody tells whose it is."""
    laid = LaidOut(columns=(COLUMN,))
    texts = [(words_of(text), text) for text, _ in wanted.mapping]
    meaning = dict(wanted.mapping)
    unnamed = []
    for path in pictures:
        laid.told[path] = Told(patient=None)
        found = {meaning[one]: one for one in texts_in(path.rpartition("/")[2], texts)}
        laid.rows += [(0, path, (one,)) for one in found.values()]
        if not found:
            unnamed.append(path)
    laid.list_paths("names_without_label", unnamed)
    return laid


def words_of(text: str) -> Words:
    """The words of a name in one form: letters without accents and capitals, and numbers, whatever
    stands between."""
    apart = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    plain = "".join(one for one in apart if not unicodedata.combining(one)).casefold()
    found: list[str] = []
    for word in _WORD.findall(plain):
        found += word if ord(word[0]) >= _WITHOUT_SPACES else [word]
    return tuple(found)


def texts_in(name: str, texts: Iterable[tuple[Words, str]]) -> list[str]:
    """The texts that a name holds. A text within a longer one that is held does not count."""
    words = words_of(name.rpartition(".")[0] or name)
    places = sorted(
        (
            (start, start + len(looked_for), text)
            for looked_for, text in texts
            if looked_for
            for start in range(len(words) - len(looked_for) + 1)
            if words[start : start + len(looked_for)] == looked_for
        ),
        key=lambda one: (one[0] - one[1], one[0]),
    )
    taken: list[tuple[int, int, str]] = []
    for start, end, text in places:
        longer = (one for one in taken if one[1] - one[0] > end - start)
        if not any(start < one[1] and one[0] < end for one in longer):
            taken.append((start, end, text))
    return [text for _, _, text in taken]
