"""Which texts are plainly classes: made of words for what a film shows, and of small numbers. The
words are in classes.toml, those of body parts in vocabulary.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anyascii import anyascii

from radprep.text.bodypart import parts_in
from radprep.text.vocabulary import OTHER_SCRIPTS

MAX_CHARACTERS = 40
MAX_WORDS = 6
MAX_DIGITS = 2
"""What a class has at most. A third digit makes a year, a room or a part of a record number."""

_WORD = re.compile(r"[a-z]+|[0-9]+")


@dataclass(frozen=True)
class _ClassWords:
    """alone: words that say a class on their own; beside: words that pass only beside one."""

    alone: frozenset[str]
    beside: frozenset[str]


def is_class(text: str) -> bool:
    """Whether a text is plainly a class: every word is one of classes.toml or an exact name of a
    body part, one of them says a class on its own, and it is short. One digit or two alone are a
    class, too.

    This is a border of de-identification: what is not plainly a class may be somebody's name.
    """
    if len(text) > MAX_CHARACTERS or any(ord(char) >= OTHER_SCRIPTS for char in text):
        return False
    plain = anyascii(text).lower()
    words = _WORD.findall(plain)
    if len(words) > MAX_WORDS or sum(map(str.isdigit, plain)) > MAX_DIGITS:
        return False
    if words and all(map(str.isdigit, words)):
        return True
    known = _class_words()
    return not known.alone.isdisjoint(words) and all(map(_may_stand, words))


def _may_stand(word: str) -> bool:
    """Whether a word may stand beside one that says a class. A misspelt body part, which scores
    less than one, may be a name that looks like it."""
    known = _class_words()
    return (
        word.isdigit()
        or word in known.alone
        or word in known.beside
        or any(score == 1.0 for _, score in parts_in(word))
    )


@lru_cache(maxsize=1)
def _class_words() -> _ClassWords:
    file = tomllib.loads(Path(__file__).with_name("classes.toml").read_text(encoding="utf-8"))
    alone = (word for words in file["alone"].values() for word in words)
    return _ClassWords(frozenset(alone), frozenset(file["beside"]["words"]))
