"""The words of vocabulary.toml, ready to be looked up: which name a part, which leave and as what,
and which are names of people."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radprep.text.repair import ascii_of

MASK = "***"
"""What stands for words that may not leave."""
FUZZY_FROM = 6
"""Letters. One mistake in a shorter word makes another word: polso, pulso, pulmo."""
OTHER_SCRIPTS = 0x250
"""The first character that belongs to none of the Latin letters of Europe."""

VOCABULARY_FILE = Path(__file__).with_name("vocabulary.toml")
"""The words, with what is known of them."""

_SIDES = {"right": "R", "left": "L", "both": "B"}
"""What leaves for a side."""
_MAKERS = ("makers", "models")
_CHARACTER = r"(?:[^\W_]|[?\ufffd])"
_BETWEEN = r"(?:(?![?\ufffd])[\W_])+"
MASK_WORD = re.compile(
    f"{_CHARACTER}(?:{_BETWEEN}{_CHARACTER}){{2,}}(?!{_CHARACTER})|{_CHARACTER}+"
)
"""A word, or three and more single characters in a row, which are one: F I D E L is a name, though
each letter is a side or a view."""


@dataclass(frozen=True)
class Vocabulary:
    """An entry is one or several words, normalised, with single spaces.

    parts: the names of all body parts, in the file's order. words, weak, implied: entry -> the
    parts it names, () for an entry of [deny]; weak ones count only in texts without strange words,
    implied ones only where there is none of the others besides. fuzzy: first letter -> the words
    that forgive one mistake. sections: section -> entry -> the words that leave for it, () for what
    says nothing. readable: all entries that a description may hold. names, rare_names: entries that
    are names of people too, often or seldom. reworded: entries for which another word leaves.
    vouching: entries beside which a name is a thing (a maker, a view). places: word that leaves ->
    its place among the others.
    """

    parts: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    weak: Mapping[str, tuple[str, ...]]
    implied: Mapping[str, tuple[str, ...]]
    fuzzy: Mapping[str, Sequence[str]]
    pieces: Sequence[tuple[re.Pattern[str], str]]
    sections: Mapping[str, Mapping[str, tuple[str, ...]]]
    readable: frozenset[str]
    names: frozenset[str]
    rare_names: frozenset[str]
    reworded: frozenset[str]
    vouching: frozenset[str]
    places: Mapping[str, int]


def read_vocabulary() -> Vocabulary:
    """Read vocabulary.toml."""
    file = tomllib.loads(VOCABULARY_FILE.read_text(encoding="utf-8"))
    spelled = {
        spelling: (part,)
        for part, entries in file["parts"].items()
        for entry in entries
        for spelling in _spellings(entry)
    }
    misspellings, weak, implied = (
        {entry_of(ascii_of(text)): (part,) for part, texts in file[name].items() for text in texts}
        for name in ("misspellings", "weak", "implied")
    )
    combined = {text: tuple(named) for text, named in file["combined"].items()}
    words: dict[str, tuple[str, ...]] = {**spelled, **misspellings, **combined}
    names, rare_names = (
        frozenset(map(entry_of, file["also_names"][key])) for key in ("words", "rare")
    )
    terms = frozenset(map(entry_of, file["terms"]["words"])) - names - rare_names
    sections = {"parts": _shown_parts({**weak, **words}, terms), **_shown_words(file, terms)}
    readable = [sections[name] for name in ("parts", "sides", "views", "fillers")]
    leaving = (word for section in readable for shown in section.values() for word in shown)
    return Vocabulary(
        parts=tuple(file["parts"]),
        words={**words, **{entry_of(text): () for text in file["deny"]["words"]}},
        weak=weak,
        implied=implied,
        fuzzy=_forgiving(spelled),
        pieces=tuple(_pieces(file["pieces"], file["sides"])),
        sections=sections,
        readable=frozenset[str]().union(*readable),
        names=names,
        rare_names=rare_names,
        reworded=frozenset({*sections["parts"], *sections["sides"]}),
        vouching=frozenset({*words, *sections["makers"], *sections["models"]}),
        places={word: place for place, word in enumerate(leaving)},
    )


def key_of(word: str) -> str:
    """A word as it is looked up. Other scripts look up as nothing: anyascii makes the Chinese name
    德 the filler "de"."""
    return (
        ascii_of("".join(re.findall(_CHARACTER, word)))
        if all(ord(char) < OTHER_SCRIPTS for char in word)
        else MASK
    )


def entry_of(text: str) -> str:
    """The words of a text as they are looked up together."""
    return " ".join(key_of(match.group()) for match in MASK_WORD.finditer(text))


def _shown_parts(
    words: Mapping[str, tuple[str, ...]], terms: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Entry -> itself if it says more than its part, else the parts it names."""
    return {
        entry: (entry.upper(),) if entry in terms else tuple(part.upper() for part in parts)
        for entry, parts in words.items()
    }


def _shown_words(
    file: Mapping[str, Any], terms: frozenset[str]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The other sections: entry -> the words that leave for it."""
    fillers = map(entry_of, file["fillers"]["words"])
    return {
        "sides": {
            entry_of(text): (_SIDES[side],)
            for side, texts in file["sides"].items()
            for text in texts
        },
        "views": {entry_of(text): (ascii_of(text).upper(),) for text in file["views"]["words"]},
        "fillers": {entry: (entry.upper(),) if entry in terms else () for entry in fillers},
        **{name: {entry_of(text): (text,) for text in file[name]["words"]} for name in _MAKERS},
    }


def _forgiving(spelled: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """First letter -> the words that are long enough to forgive one mistake."""
    fuzzy: dict[str, list[str]] = {}
    for entry in spelled:
        if len(entry.removesuffix("s")) >= FUZZY_FROM and " " not in entry:
            fuzzy.setdefault(entry[0], []).append(entry)
    return fuzzy


def _pieces(
    file: Mapping[str, Any], sides: Mapping[str, Sequence[str]]
) -> Iterator[tuple[re.Pattern[str], str]]:
    """Patterns of a piece of a bone with the bone, and what is written instead: the part, and the
    words between. Sides that are words too (e, i: and) do not stand between."""
    between = [*file["between"], *(text for texts in sides.values() for text in texts)]
    gap = f"((?: {_any_of(text for text in between if len(text) > 1 or text in 'lrs')})*)"
    for kind in file["of_bones"]:
        piece = _any_of(kind["pieces"])
        pieces = f"{piece}(?:(?: (?:and|und|et|y|e))? {piece})*"
        for part, bones in kind["parts"].items():
            bone = _any_of(bones)
            pattern = rf"(?<!\S)(?:{pieces}{gap} {bone}|{bone}{gap} {pieces})(?!\S)"
            yield re.compile(pattern), rf"{part}\1\2"


def _any_of(texts: Iterable[str]) -> str:
    """A pattern of any of these, the longest first."""
    entries = {entry for text in texts for entry in _spellings(text)}
    return f"(?:{'|'.join(sorted(entries, key=len, reverse=True))})"


def _spellings(text: str) -> set[str]:
    """Entries for a word: as written (in Latin letters, where it is in others), with ae, oe, ue for
    umlauts, and both with an s."""
    plain = {
        entry_of(ascii_of(text)),
        entry_of(ascii_of(text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))),
    }
    return plain | {
        entry + "s"
        for entry in plain
        if len(entry) >= 4 and " " not in entry and not entry.endswith("s")
    }
