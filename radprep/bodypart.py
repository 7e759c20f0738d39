"""Which body part a free text names, and which of its words may leave the hospital. The words are in vocabulary.toml."""

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

MASK = "***"

_VOCABULARY_FILE = Path(__file__).with_name("vocabulary.toml")
_MAX_TEXT = 256
"""Characters. DICOM allows 16 (CS) or 64 (LO): what is longer is no label, and would cost time."""
_FUZZY_FROM = 6
"""Letters. One mistake in a shorter word makes another word: polso, pulso, pulmo."""
_KNOWN_LETTERS = 4
"""A word with unknown letters needs so many known ones, one more if its first is unknown: ma?o says too little."""
_JOINED_FROM = 3
"""So many single letters in a row are one word typed with spaces. Two are a view or a side: F-P, A P."""
_PART_SECTIONS = ("parts", "misspellings", "weak", "combined")
_GLUED_SIDES = re.compile(r"(?:rt?|lt?)(?P<after>[a-z]{4,})|(?P<before>[a-z]{4,})(?:dcha|dch|der|derecha|izq|izqda|izda|izquierda|rt|lt|right|left)")

_LETTERS = re.compile(r"[a-z?]+")
_SPACED_LETTERS = re.compile(r"(?<![a-z?])[a-z?](?:[ .-][a-z?]){%d,}(?![a-z?])" % (_JOINED_FROM - 1))
_MASK_TOKEN = re.compile(r"(?:[^\W_]|[?\ufffd])+")
_NOT_KEPT = re.compile(r"[^\w ./,()+*?-]|_")
_WINDOWS_1252 = {ord(byte.decode("cp1252")): number for number in range(0x80, 0xA0) if (byte := bytes([number])).decode("cp1252", "ignore")}
_TAIL = "[\x80-\xbf" + "".join(map(chr, _WINDOWS_1252)) + "]"
_MOJIBAKE = re.compile(f"[\xc2-\xdf]{_TAIL}|[\xe0-\xef]{_TAIL}{{2}}|[\xf0-\xf4]{_TAIL}{{3}}")
_LOST_LETTER = re.compile("[\xc2\xc3][?\ufffd]|[\xa4\xa5\xa6\xa7\xb1\ufffd]")
"""What is left where a letter was lost: half a UTF-8 pair, or a letter of a DOS code page read as Latin-1 (Ñ is ¥ there)."""


@dataclass(frozen=True)
class BodyPart:
    """What was read. part: its name in vocabulary.toml, None if unknown. source: keyword of the attribute it was read from.
    score: 0..1, one for a word of the vocabulary, less for a misspelt one, 0.0 if unknown."""

    part: str | None
    source: str | None
    score: float


@dataclass(frozen=True)
class _Vocabulary:
    """words: what an entry (one or several words, normalised) names; () for words that name no part.
    weak: the like, for words that count only among words of the vocabulary. fuzzy: first letter -> entries that forgive one mistake.
    sections: section -> entries that pass the mask. also_names: entries that are names of people too. longest: words in an entry."""

    words: Mapping[str, tuple[str, ...]]
    weak: Mapping[str, tuple[str, ...]]
    fuzzy: Mapping[str, tuple[str, ...]]
    sections: Mapping[str, frozenset[str]]
    also_names: frozenset[str]
    longest: int


def find_body_part(texts: Sequence[tuple[str, str | None]]) -> BodyPart:
    """Body part of a film. texts: (attribute keyword, raw text) in order of trust; the first text that names a part decides,
    and in it the part named first."""
    for keyword, text in texts:
        found = _parts_in(text[:_MAX_TEXT]) if text else ()
        if found:
            return BodyPart(found[0][0], keyword, found[0][1])
    return BodyPart(None, None, 0.0)


def parts_in(text: str) -> list[tuple[str, float]]:
    """Parts that a text names, each once with the score (0..1) of its first naming, in order of appearance.

    Only the first 256 characters are read.
    """
    return list(_parts_in(text[:_MAX_TEXT]))


def mask_text(text: str | None, sections: Sequence[str] = ("parts", "sides", "views", "fillers")) -> str | None:
    """The text with every word that is not in these sections of vocabulary.toml as ***; None if nothing is left.

    This is a border of de-identification: only exact words pass (accents and case aside), in Latin letters, and words that are
    names of people too only in a text that names a part and holds nothing else. Over 256 characters all is ***.
    """
    if not text:
        return None
    return MASK if len(text) > _MAX_TEXT else _masked(text, tuple(sections))


def known_parts() -> tuple[str, ...]:
    """Names of all body parts, in the order of vocabulary.toml."""
    return tuple(_file()["parts"])


@lru_cache(maxsize=1)
def vocabulary_digest() -> str:
    """sha256 of vocabulary.toml, hex: what was read with one vocabulary is not what another reads."""
    return hashlib.sha256(_VOCABULARY_FILE.read_bytes()).hexdigest()


def normalise(text: str) -> str:
    """Lower-case ASCII: wrong decodings undone, entities decoded, accents gone, `?` for a letter that was lost.

    Only the first 256 characters are read.
    """
    return _ascii(_LOST_LETTER.sub("?", _repaired(text[:_MAX_TEXT])))


def _ascii(text: str) -> str:
    # NFKD would delete the letters it cannot take apart (Ł, ß, Ø).
    return anyascii(text).casefold()


def _repaired(text: str) -> str:
    """Text with entities decoded, UTF-8 that was read as Latin-1 or Windows-1252 undone, invisible characters gone."""
    text = html.unescape(text)
    for _ in text:      # text may be spoilt more than once; each round makes it shorter
        undone = _MOJIBAKE.sub(_undo, text)
        if undone == text:
            break
        text = undone
    visible = (char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(char) == "Cc" else char for char in visible))


def _undo(match: re.Match[str]) -> str:
    try:
        return match.group().translate(_WINDOWS_1252).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return match.group()


@lru_cache(maxsize=4096)
def _parts_in(text: str) -> tuple[tuple[str, float], ...]:
    vocabulary = _vocabulary()
    segments = _segments(_LETTERS.findall(_SPACED_LETTERS.sub(_join_known, normalise(text))), _all_entries())
    found: dict[str, float] = {}
    for segment in segments:
        parts, score = _read(segment)
        for part in parts:
            found.setdefault(part, score)
    if not found and all(segment in _all_entries() for segment in segments):
        found = {part: 1.0 for segment in segments for part in vocabulary.weak.get(segment, ())}
    return tuple(found.items())


def _join_known(match: re.Match[str]) -> str:
    """A word typed with spaces, joined if that makes a part: "r l d" stays as it is."""
    joined = re.sub(r"[ .-]", "", match.group())
    return joined if _read(joined)[0] else match.group()


def _segments(words: Sequence[str], entries: frozenset[str]) -> list[str]:
    """Words put together to the longest entries they make, other words alone. No word is lost."""
    segments, start = [], 0
    while start < len(words):
        size = next((n for n in range(_vocabulary().longest, 1, -1) if " ".join(words[start:start + n]) in entries), 1)
        segments.append(" ".join(words[start:start + size]))
        start += size
    return segments


def _read(word: str) -> tuple[tuple[str, ...], float]:
    """Parts that one entry or one unknown word names, and the score."""
    vocabulary = _vocabulary()
    if word in _all_entries():
        return vocabulary.words.get(word, ()), 1.0
    if "?" in word:
        return _read_unknown_letters(word)
    glued = _GLUED_SIDES.fullmatch(word)
    if glued and (parts := vocabulary.words.get(glued["after"] or glued["before"])):
        return parts, 1.0
    near = [entry for entry in vocabulary.fuzzy.get(word[0], ()) if OSA.distance(word, entry, score_cutoff=1) <= 1]
    return _agreed(near), 1 - 1 / max(len(word), _FUZZY_FROM)


def _read_unknown_letters(word: str) -> tuple[tuple[str, ...], float]:
    """Parts of a word with `?`. Each stands for one letter; a row of them also for one, since UTF-8 has two bytes for Ñ."""
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
    """What these entries name if they all name the same: a word as near to two parts names neither."""
    named = {_vocabulary().words[entry] for entry in entries}
    return named.pop() if len(named) == 1 else ()


@lru_cache(maxsize=4096)
def _masked(text: str, sections: tuple[str, ...]) -> str | None:
    text = _repaired(text)
    vocabulary = _vocabulary()
    allowed = frozenset[str]().union(*(vocabulary.sections[name] for name in sections))
    spans = _entry_spans(text, allowed)
    names_pass = all(key in allowed for key, _, _ in spans) and any(vocabulary.words.get(key) for key, _, _ in spans)
    pieces, end = [], 0
    for key, start, stop in spans:
        passes = key in allowed and (names_pass or not _holds_a_name(key))
        pieces += [_cleaned(text[end:start]), _cleaned(text[start:stop]) if passes else MASK]
        end = stop
    return " ".join("".join([*pieces, _cleaned(text[end:])]).split()) or None


def _holds_a_name(key: str) -> bool:
    return key in _vocabulary().also_names


def _cleaned(text: str) -> str:
    """Text without characters that could carry anything: what is no letter, digit or plain punctuation becomes a space."""
    return _NOT_KEPT.sub(" ", text)


def _entry_spans(text: str, entries: frozenset[str]) -> list[tuple[str, int, int]]:
    """(normalised words, start, stop) of each entry in a text and of each other word, in order."""
    words = _joined_letters([(_key(match.group()), *match.span()) for match in _MASK_TOKEN.finditer(text)])
    spans, at = [], 0
    for segment in _segments([key for key, _, _ in words], entries):
        size = segment.count(" ") + 1
        spans.append((segment, words[at][1], words[at + size - 1][2]))
        at += size
    return spans


def _key(token: str) -> str:
    """A token as it is looked up. Other scripts look up as nothing: anyascii makes the Chinese name 德 the filler "de"."""
    return _ascii(token).replace(" ", "") if all(ord(char) < 0x250 for char in token) else MASK


def _joined_letters(words: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Single characters in a row as one word: F I D E L is a name, though each letter is a side or a view."""
    joined: list[tuple[str, int, int]] = []
    run: list[tuple[str, int, int]] = []
    for word in [*words, ("", 0, 0)]:
        if word[2] - word[1] == 1:
            run.append(word)
            continue
        joined += [("".join(key for key, _, _ in run), run[0][1], run[-1][2])] if len(run) >= _JOINED_FROM else run
        joined.append(word)
        run = []
    return joined[:-1]


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return tomllib.loads(_VOCABULARY_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _all_entries() -> frozenset[str]:
    """Every entry that a description may hold without being strange to us."""
    sections = _vocabulary().sections
    return frozenset(_vocabulary().words).union(*(sections[name] for name in ("parts", "sides", "views", "fillers")))


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    file = _file()
    parts = {spelling: (part,) for part, entries in file["parts"].items() for entry in entries for spelling in _part_spellings(entry)}
    words = parts | _named(file["misspellings"])
    words |= {entry: tuple(named) for entry, named in file["combined"].items()}
    weak = _named(file["weak"])
    sections = {name: frozenset(_entry(entry) for entries in file[name].values() for entry in entries)
                for name in ("sides", "views", "fillers", "makers", "models")}
    sections["parts"] = frozenset(words) | frozenset(weak)
    words |= {_entry(word): () for word in file["deny"]["words"]}
    fuzzy: dict[str, list[str]] = {}
    for entry in parts:
        if len(entry) >= _FUZZY_FROM and " " not in entry:
            fuzzy.setdefault(entry[0], []).append(entry)
    entries = [*words, *weak, *(entry for section in sections.values() for entry in section)]
    return _Vocabulary(words, weak, {first: tuple(near) for first, near in fuzzy.items()}, sections,
                       frozenset(map(_entry, file["also_names"]["words"])), max(entry.count(" ") + 1 for entry in entries))


def _named(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {_entry(entry): (part,) for part, entries in table.items() for entry in entries}


def _entry(text: str) -> str:
    """An entry as it is looked up: its normalised words, with one space between."""
    return " ".join(_key(match.group()) for match in _MASK_TOKEN.finditer(text))


def _part_spellings(text: str) -> set[str]:
    """An entry, its spelling without umlauts, and both with an s."""
    lower = text.lower()
    spellings = {_entry(text), _entry(lower.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))}
    return spellings | {spelling + "s" for spelling in spellings if len(spelling) >= 4 and " " not in spelling and not spelling.endswith("s")}
