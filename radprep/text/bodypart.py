"""Which body part a free text names, and which of its words may leave the hospital. The words are
in vocabulary.toml."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from radprep.text.repair import MAX_TEXT, normalise, repaired
from radprep.text.vocabulary import (
    FUZZY_FROM,
    MASK,
    MASK_WORD,
    OTHER_SCRIPTS,
    VOCABULARY_FILE,
    Vocabulary,
    entry_of,
    key_of,
    read_vocabulary,
)

_MOST_WORDS, _MOST_NUMBERS = 6, 2
"""Words that a label has, and how many of them hold digits: a longer one could spell a text."""
_MOST_PARTS = 4
"""Parts that one film shows; a list of them in some order could spell a text too."""
_TITLE = "dr"
"""The one word of the vocabulary that stands before a name (and for digital radiography)."""
_VOUCHING_LETTERS = 4
"""Letters of a word that vouches for another: two could be initials."""
_MAKERS = frozenset({"makers", "models"})
_KNOWN_LETTERS = 4
"""A word with unknown letters needs so many known ones, one more if its first is unknown: ma?o says
too little."""

_FUZZY_FOREIGN = 9
"""Letters of an entry from which one mistake is forgiven where a text was in another script: by
way of Latin letters, the Russian for bone (kosti) is one from the Polish for ankle (kostki)."""

_LETTERS = re.compile(r"[a-z?]+")
_SPACED_LETTERS = re.compile(r"(?<![a-z?])[a-z?](?:[ .-][a-z?]){2,}(?![a-z?])")
_GLUED_SIDES = re.compile(
    r"(?:rt?|lt?)(?P<after>[a-z]{5,})|(?P<before>[a-z]{5,}?)"
    r"(?:dcha|dch|der|derecha|izq|izqda|izda|izquierda|rt|lt|right|left)"
)


@dataclass(frozen=True)
class BodyPart:
    """What was read. part: its name in vocabulary.toml, None if unknown; where a text names
    several, all of them in its order, with commas between. source: keyword of the attribute it was
    read from. score: 0..1, one for a word of the vocabulary, less for a misspelt one, 0.0 if
    unknown; of several parts the lowest."""

    part: str | None
    source: str | None
    score: float


def find_body_part(texts: Sequence[tuple[str, str | None]]) -> BodyPart:
    """Body part of a film. texts: (attribute keyword, raw text) in order of trust; the first text
    that names a part decides."""
    for keyword, text in texts:
        found = parts_in(text) if text else []
        if found:
            return BodyPart(
                ",".join(part for part, _ in found), keyword, min(score for _, score in found)
            )
    return BodyPart(None, None, 0.0)


def parts_in(text: str) -> list[tuple[str, float]]:
    """Parts named in the first 256 characters, the first four in order of appearance, each once
    with the score (0..1) of its first naming."""
    return list(_parts_in(text[:MAX_TEXT])[:_MOST_PARTS])


def mask_text(
    text: str | None, sections: Sequence[str] = ("parts", "sides", "views", "fillers")
) -> str | None:
    """What these sections of vocabulary.toml make of a text, and *** if it holds anything else;
    None if nothing is left.

    This is a border of de-identification. What leaves are words of the vocabulary in its own
    spelling, each once: never a typed word, its case, its punctuation, or how often it stands
    there. Only exact words in Latin letters are read (accents and case aside). Beside a strange
    word, or in a text written like a name (LUNG^MEI, DR LUNG), no word leaves that is a name too,
    and no single letter. Over 256 characters, or more words than a label has: ***.
    """
    if not text:
        return None
    return _masked(text, tuple(sections)) if len(text) <= MAX_TEXT else MASK


def is_in_vocabulary(text: str) -> bool:
    """Whether each word of a text is one of a body part, a side, a view or a filler, and none of
    them can be somebody's name."""
    masked = mask_text(text)
    return masked is not None and MASK not in masked


def known_parts() -> tuple[str, ...]:
    """Names of all body parts, in the order of vocabulary.toml."""
    return _vocabulary().parts


@lru_cache(maxsize=1)
def vocabulary_digest() -> str:
    """sha256 of vocabulary.toml, hex: another vocabulary reads and masks otherwise."""
    return hashlib.sha256(VOCABULARY_FILE.read_bytes()).hexdigest()


@lru_cache(maxsize=4096)
def _parts_in(text: str) -> tuple[tuple[str, float], ...]:
    vocabulary = _vocabulary()
    words = _pieces_read(_LETTERS.findall(_SPACED_LETTERS.sub(_join_known, normalise(text))))
    is_foreign = any(ord(char) >= OTHER_SCRIPTS and char.isalpha() for char in text)
    fuzzy_from = _FUZZY_FOREIGN if is_foreign else FUZZY_FROM
    segments = [
        " ".join(words[start:stop]) for start, stop in _segments(words, vocabulary.readable)
    ]
    found: dict[str, float] = {}
    for segment in segments:
        parts, score = _read(segment, fuzzy_from)
        for part in parts:
            found.setdefault(part, score)
    if not found and vocabulary.readable.issuperset(segments):
        found = {part: 1.0 for segment in segments for part in vocabulary.weak.get(segment, ())}
        found = found or {
            part: 1.0 for segment in segments for part in vocabulary.implied.get(segment, ())
        }
    return tuple(found.items())


def _join_known(match: re.Match[str]) -> str:
    """A word typed with spaces, joined if that makes a part: "r l d" stays as it is."""
    joined = "".join(_LETTERS.findall(match.group()))
    return joined if _read(joined)[0] else match.group()


def _pieces_read(words: Sequence[str]) -> list[str]:
    """The words, with the part instead of each piece of a bone: "head of left radius" is the elbow,
    "elbow of left"."""
    text = " ".join(words)
    for pattern, part in _vocabulary().pieces:
        text = pattern.sub(part, text)
    return text.split()


def _segments(words: Sequence[str], entries: Container[str]) -> list[tuple[int, int]]:
    """(start, stop) of the longest entries that words make together, up to four, and of each other
    word alone."""
    segments, start = [], 0
    while start < len(words):
        stop = next(
            (start + n for n in (4, 3, 2) if " ".join(words[start : start + n]) in entries),
            start + 1,
        )
        segments.append((start, min(stop, len(words))))
        start = stop
    return segments


def _read(word: str, fuzzy_from: int = FUZZY_FROM) -> tuple[tuple[str, ...], float]:
    """Parts that one entry or one unknown word names, and the score. fuzzy_from: letters of
    an entry from which one mistake is forgiven."""
    vocabulary = _vocabulary()
    if word in vocabulary.words or word in vocabulary.readable:
        return vocabulary.words.get(word, ()), 1.0
    if "?" in word:
        return _read_unknown_letters(word)
    glued = _GLUED_SIDES.fullmatch(word)
    if glued and (parts := vocabulary.words.get(glued["after"] or glued["before"])):
        return parts, 1.0
    near = [
        entry
        for entry in vocabulary.fuzzy.get(word[0], ())
        if len(entry) >= fuzzy_from and OSA.distance(word, entry, score_cutoff=1) <= 1
    ]
    return _agreed(near), 1 - 1 / max(len(word), FUZZY_FROM)


def _read_unknown_letters(word: str) -> tuple[tuple[str, ...], float]:
    """Parts of a word with `?`. Each stands for one letter; a row of them also for one, since UTF-8
    has two bytes for Ñ."""
    known = len(word.replace("?", ""))
    if known < _KNOWN_LETTERS + word.startswith("?"):
        return (), 0.0
    for spelling in (word, re.sub(r"\?+", "?", word)):
        pattern = re.compile(spelling.replace("?", "[a-z]"))
        fits = [entry for entry in _vocabulary().words if pattern.fullmatch(entry)]
        if fits:
            return _agreed(fits), known / len(spelling)
    return (), 0.0


def _agreed(entries: Sequence[str]) -> tuple[str, ...]:
    """What these entries name if they all name the same: a word as near to two parts names
    neither."""
    named = {_vocabulary().words[entry] for entry in entries}
    return named.pop() if len(named) == 1 else ()


@lru_cache(maxsize=4096)
def _masked(text: str, sections: tuple[str, ...]) -> str | None:
    text, vocabulary, shown_for = repaired(text), _vocabulary(), _shown_for(sections)
    keys = _pieces_read([key_of(match.group()) for match in MASK_WORD.finditer(text)])
    entries = [" ".join(keys[start:stop]) for start, stop in _segments(keys, shown_for)]
    strange = MASK in text or not shown_for.keys() >= set(entries)
    doubtful = strange or "^" in text or _TITLE in entries
    may_pass = _passing(frozenset(entries), shown_for, doubtful)
    passing = [entry for entry in entries if entry in may_pass]
    named = any(vocabulary.words.get(entry) for entry in passing)
    words = list(
        dict.fromkeys(
            word
            for entry in passing
            if not (named and entry in vocabulary.weak)
            for word in shown_for[entry]
        )
    )
    if not _MAKERS.issuperset(sections):
        words.sort(key=vocabulary.places.__getitem__)
    if len(words) > _MOST_WORDS or sum(map(_has_digit, words)) > _MOST_NUMBERS:
        return MASK
    hides = strange or len(passing) < len(entries)
    return " ".join([*words, MASK] if hides else words) or None


@lru_cache
def _shown_for(sections: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Entry -> the words that leave for it, of several sections; the first that has it counts."""
    shown: dict[str, tuple[str, ...]] = {}
    for name in reversed(sections):
        shown.update(_vocabulary().sections[name])
    return shown


def _passing(
    entries: frozenset[str], shown_for: Mapping[str, tuple[str, ...]], doubtful: bool
) -> frozenset[str]:
    """Which entries of a text may leave. doubtful: it holds a strange word or looks like a name, so
    that only those do that are no names."""
    vocabulary = _vocabulary()
    sure = {entry for entry in entries & shown_for.keys() if _is_no_name(entry, shown_for[entry])}
    if doubtful:
        return frozenset(sure)
    names = {entry for entry in entries & vocabulary.names if shown_for[entry]}
    has_part = any(entry in vocabulary.sections["parts"] for entry in entries)
    vouched = len(names) == 1 and any(
        len(entry) >= _VOUCHING_LETTERS and entry in vocabulary.vouching for entry in sure
    )
    return entries - {
        entry
        for entry in names
        # a part or a side leaves under another name; a view or a maker's name as it is
        if not (has_part if entry in vocabulary.reworded else vouched)
    }


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _is_no_name(entry: str, shown: tuple[str, ...]) -> bool:
    """Whether neither the entry nor what leaves for it is a name, an initial or a bare number."""
    vocabulary = _vocabulary()
    spelled = {entry, *entry_of(" ".join(shown)).split()} if shown else set()
    return (
        not spelled & (vocabulary.names | vocabulary.rare_names)
        and entry not in vocabulary.weak
        and all(len(word) > 1 and not word.isdigit() for word in shown)
    )


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    return read_vocabulary()
