"""Which body part a free text names, and which of its words may leave the hospital. The words are
in vocabulary.toml."""

from __future__ import annotations

import hashlib
import html
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from anyascii import anyascii
from rapidfuzz.distance import OSA

_VOCABULARY_FILE = Path(__file__).with_name("vocabulary.toml")
_MASK = "***"
_MAX_TEXT = 256
"""Characters. DICOM allows 16 (CS) or 64 (LO): what is longer is no label, and would cost time."""
_FUZZY_FROM = 6
"""Letters. One mistake in a shorter word makes another word: polso, pulso, pulmo."""
_KNOWN_LETTERS = 4
"""A word with unknown letters needs so many known ones, one more if its first is unknown: ma?o says
too little."""

_LETTERS = re.compile(r"[a-z?]+")
_SPACED_LETTERS = re.compile(r"(?<![a-z?])[a-z?](?:[ .-][a-z?]){2,}(?![a-z?])")
_GLUED_SIDES = re.compile(
    r"(?:rt?|lt?)(?P<after>[a-z]{5,})|(?P<before>[a-z]{5,}?)"
    r"(?:dcha|dch|der|derecha|izq|izqda|izda|izquierda|rt|lt|right|left)"
)
_CHARACTER = r"(?:[^\W_]|[?\ufffd])"
_BETWEEN = r"(?:(?![?\ufffd])[\W_])+"
_MASK_WORD = re.compile(
    f"{_CHARACTER}(?:{_BETWEEN}{_CHARACTER}){{2,}}(?!{_CHARACTER})|{_CHARACTER}+"
)
"""A word, or three and more single characters in a row, which are one: F I D E L is a name, though
each letter is a side or a view."""
_NOT_PLAIN = re.compile(r"[^\w ./,()+*-]")
_WINDOWS_1252 = {
    ord(char): byte
    for byte in range(0x80, 0xA0)
    if (char := bytes([byte]).decode("cp1252", "ignore"))
}
_TAIL = f"[\x80-\xbf{''.join(map(chr, _WINDOWS_1252))}]"
_MOJIBAKE = re.compile(f"[\xc2-\xdf]{_TAIL}|[\xe0-\xef]{_TAIL}{{2}}|[\xf0-\xf4]{_TAIL}{{3}}")
_LOST_LETTER = re.compile("[\xc2\xc3][?\ufffd]|[\xa4\xa5\xa6\xa7\xb1\ufffd]")
"""What is left where a letter was lost: half a UTF-8 pair, or a letter of a DOS code page read as
Latin-1 (Ñ is ¥ there)."""


@dataclass(frozen=True)
class BodyPart:
    """What was read. part: its name in vocabulary.toml, None if unknown; where a text names
    several, all of them in its order, with commas between. source: keyword of the attribute it was
    read from. score: 0..1, one for a word of the vocabulary, less for a misspelt one, 0.0 if
    unknown; of several parts the lowest."""

    part: str | None
    source: str | None
    score: float


@dataclass(frozen=True)
class _Vocabulary:
    """An entry is one or several words, normalised, with single spaces.

    words, weak, implied: entry -> the parts it names, () for an entry of [deny]; weak ones count
    only in texts without strange words, implied ones only where there is none of the others
    besides. fuzzy: first letter -> the words that forgive one mistake. sections: section -> the
    entries that pass the mask. readable: all entries that a description may hold. also_names:
    entries that are names of people too.
    """

    words: Mapping[str, tuple[str, ...]]
    weak: Mapping[str, tuple[str, ...]]
    implied: Mapping[str, tuple[str, ...]]
    fuzzy: Mapping[str, Sequence[str]]
    sections: Mapping[str, frozenset[str]]
    readable: frozenset[str]
    also_names: frozenset[str]


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
    """Parts named in the first 256 characters, in order of appearance, each once with the score
    (0..1) of its first naming."""
    return list(_parts_in(text[:_MAX_TEXT]))


def mask_text(
    text: str | None, sections: Sequence[str] = ("parts", "sides", "views", "fillers")
) -> str | None:
    """The text with every word that is not in these sections of vocabulary.toml as ***; None if
    nothing is left.

    This is a border of de-identification. Only exact words in Latin letters pass (accents and case
    aside); beside a masked word no single letter; a word that is a name of people too only if no
    word is strange and a part is named. Over 256 characters: ***.
    """
    if not text:
        return None
    return _masked(text, tuple(sections)) if len(text) <= _MAX_TEXT else _MASK


def is_in_vocabulary(text: str) -> bool:
    """Whether each word of a text is one of a body part, a side, a view or a filler, and none of
    them can be somebody's name."""
    masked = mask_text(text)
    return masked is not None and _MASK not in masked


def known_parts() -> tuple[str, ...]:
    """Names of all body parts, in the order of vocabulary.toml."""
    return tuple(_file()["parts"])


@lru_cache(maxsize=1)
def vocabulary_digest() -> str:
    """sha256 of vocabulary.toml, hex: another vocabulary reads and masks otherwise."""
    return hashlib.sha256(_VOCABULARY_FILE.read_bytes()).hexdigest()


def normalise(text: str) -> str:
    """The first 256 characters in lower-case ASCII: decodings mended, accents gone, `?` for each
    letter that was lost."""
    return _ascii(_LOST_LETTER.sub("?", _repaired(text[:_MAX_TEXT])))


def _ascii(text: str) -> str:
    # NFKD would delete the letters it cannot take apart (Ł, ß, Ø).
    return anyascii(text).casefold()


def _repaired(text: str) -> str:
    """Text with entities decoded, UTF-8 that was read as Latin-1 or Windows-1252 undone, invisible
    characters gone."""
    text, before = html.unescape(text), ""
    while text != before:  # it may be spoilt more than once; each round makes it shorter
        before, text = text, _MOJIBAKE.sub(_undo, text)
    visible = (char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))
    return unicodedata.normalize(
        "NFC", "".join(" " if unicodedata.category(char) == "Cc" else char for char in visible)
    )


def _undo(match: re.Match[str]) -> str:
    return match.group().translate(_WINDOWS_1252).encode("latin-1").decode("utf-8", "ignore")


@lru_cache(maxsize=4096)
def _parts_in(text: str) -> tuple[tuple[str, float], ...]:
    vocabulary = _vocabulary()
    words = _LETTERS.findall(_SPACED_LETTERS.sub(_join_known, normalise(text)))
    segments = [
        " ".join(words[start:stop]) for start, stop in _segments(words, vocabulary.readable)
    ]
    found: dict[str, float] = {}
    for segment in segments:
        parts, score = _read(segment)
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


def _segments(words: Sequence[str], entries: frozenset[str]) -> list[tuple[int, int]]:
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


def _read(word: str) -> tuple[tuple[str, ...], float]:
    """Parts that one entry or one unknown word names, and the score."""
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
        if OSA.distance(word, entry, score_cutoff=1) <= 1
    ]
    return _agreed(near), 1 - 1 / max(len(word), _FUZZY_FROM)


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
    text, vocabulary = _repaired(text), _vocabulary()
    allowed = frozenset[str]().union(*(vocabulary.sections[name] for name in sections))
    words = [(_key(match.group()), *match.span()) for match in _MASK_WORD.finditer(text)]
    keys = [key for key, _, _ in words]
    entries = [
        (" ".join(keys[a:b]), words[a][1], words[b - 1][2]) for a, b in _segments(keys, allowed)
    ]
    names_pass = all(key in allowed for key, _, _ in entries) and any(
        vocabulary.words.get(key) or key in vocabulary.weak for key, _, _ in entries
    )
    passing = [
        key in allowed and (names_pass or key not in vocabulary.also_names) for key, _, _ in entries
    ]
    masked, end = "", 0
    for (key, start, stop), passes in zip(entries, passing, strict=True):
        shown = passes and (len(key) > 1 or all(passing))
        masked += _NOT_PLAIN.sub(" ", text[end:start]) + (
            _NOT_PLAIN.sub(" ", text[start:stop]) if shown else _MASK
        )
        end = stop
    return " ".join((masked + _NOT_PLAIN.sub(" ", text[end:])).split()) or None


def _key(word: str) -> str:
    """A word as it is looked up. Other scripts look up as nothing: anyascii makes the Chinese name
    德 the filler "de"."""
    return (
        _ascii("".join(re.findall(_CHARACTER, word)))
        if all(ord(char) < 0x250 for char in word)
        else _MASK
    )


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return tomllib.loads(_VOCABULARY_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    file = _file()
    parts = {
        spelling: (part,)
        for part, entries in file["parts"].items()
        for entry in entries
        for spelling in _spellings(entry)
    }
    misspellings, weak, implied = (
        {_entry(text): (part,) for part, texts in file[name].items() for text in texts}
        for name in ("misspellings", "weak", "implied")
    )
    words = {
        **parts,
        **misspellings,
        **{text: tuple(named) for text, named in file["combined"].items()},
    }
    sections = {
        name: frozenset(_entry(text) for texts in file[name].values() for text in texts)
        for name in ("sides", "views", "fillers", "makers", "models")
    }
    sections["parts"] = frozenset({*words, *weak})
    words |= {_entry(text): () for text in file["deny"]["words"]}
    fuzzy: dict[str, list[str]] = {}
    for entry in parts:
        if len(entry.removesuffix("s")) >= _FUZZY_FROM and " " not in entry:
            fuzzy.setdefault(entry[0], []).append(entry)
    readable = frozenset[str]().union(
        *(sections[name] for name in ("parts", "sides", "views", "fillers"))
    )
    return _Vocabulary(
        words,
        weak,
        implied,
        fuzzy,
        sections,
        readable,
        frozenset(map(_entry, file["also_names"]["words"])),
    )


def _entry(text: str) -> str:
    return " ".join(_key(match.group()) for match in _MASK_WORD.finditer(text))


def _spellings(text: str) -> set[str]:
    """Entries for a part: as written, with ae, oe, ue for umlauts, and both with an s."""
    plain = {
        _entry(text),
        _entry(text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")),
    }
    return plain | {
        entry + "s"
        for entry in plain
        if len(entry) >= 4 and " " not in entry and not entry.endswith("s")
    }
