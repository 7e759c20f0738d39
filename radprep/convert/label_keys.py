"""Keys of a labels file that a spreadsheet or another program has changed: how they look changed,
and which studies they may have meant. What is lossless is read; what is a guess is never joined,
but told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache

KINDS = {
    "zeros": "have other zeros in front, as 12345 for 0012345",
    "decimals": "end in .0, as 12345.0 for 12345 or 0012345",
    "exponent": "are rounded and have lost digits, as 2.023E+16 for 20230000000123456",
    "digits": "have zeros alone behind their 15th digit, and have lost digits",
    "thousands": "have marks between thousands, as 12,345 for 12345",
    "date": "became dates, as 2-Jan for 1-2",
    "case": "differ in upper and lower case, as ab12 for AB12",
    "marks": "differ in spaces or marks, as A-123 for A123",
}
"""How a key may look changed, and what is said of such keys."""

MOST_CHARACTERS = 64
"""Of a key that is looked at: a value of the header fields has no more (PS3.5, 6.2, LO and UI)."""

_MOST_MEANT = 20
"""Values that are listed for one key."""
_FORMULA = re.compile(r'=\s*"(.*)"|=\s*([0-9A-Za-z]+)', re.DOTALL)
_QUOTES = re.compile(
    r"(['\"\u2018\u2019\u201c\u201d\u00ab\u00bb`])(.*)['\"\u2018\u2019\u201c\u201d\u00ab\u00bb`\u00b4]"
)
_DECIMALS = re.compile(r"([0-9]+)[.,]0*")
_EXPONENT = re.compile(r"([0-9])(?:[.,]([0-9]*))?[eE]\+?([0-9]{1,2})")
_THOUSANDS = re.compile(r"([1-9][0-9]{0,2}(?:([.,'\u2019\s])[0-9]{3})(?:\2[0-9]{3})*)(?:[.,]0+)?")
_DATE = re.compile(
    r"[0-9]{1,2}[-. ][A-Za-z\u00e4\u00e9\u00fb]{3,4}\.?(?:[-. ][0-9]{2,4})?"
    r"|[A-Za-z]{3}[-. ][0-9]{2,4}"
)
_LOST_ZEROS = frozenset({"zeros", "decimals", "exponent", "digits", "thousands"})
_LOST_DIGITS = frozenset({"exponent", "digits"})
_EXACT_DIGITS = 15
"""Digits that a spreadsheet keeps of a number."""


@dataclass(frozen=True)
class ChangedKey:
    """A key that is no study's as it stands. kind: one of KINDS; meant: the values of studies that
    it may have been, in order."""

    kind: str
    meant: tuple[str, ...]


@dataclass(frozen=True)
class KeyCheck:
    """What was found. changed: key -> how it looks changed. unclear: keys that are a study's as
    they stand and may be another's, too, with all the values that each may have been."""

    changed: Mapping[str, ChangedKey] = field(default_factory=dict)
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def without(self, values: Set[str]) -> KeyCheck:
        """The same without some values of studies: those of forgotten patients are nobody's."""
        changed = {
            key: ChangedKey(one.kind, tuple(value for value in one.meant if value not in values))
            for key, one in self.changed.items()
        }
        unclear = {
            key: tuple(value for value in meant if value not in values)
            for key, meant in self.unclear.items()
            if key not in values
        }
        return KeyCheck(changed, unclear)

    def counts(self) -> dict[str, int]:
        """For each kind that there is, its keys and how many of them one value alone would fit,
        then the unclear ones; nothing where all is well."""
        found: dict[str, int] = {}
        for kind in KINDS:
            mine = [one for one in self.changed.values() if one.kind == kind]
            if mine:
                found[f"label_keys_{kind}"] = len(mine)
                found[f"label_keys_{kind}_fit"] = sum(len(one.meant) == 1 for one in mine)
        return found | ({"label_keys_unclear": len(self.unclear)} if self.unclear else {})

    def rows(self) -> list[tuple[str, str, str]]:
        """Key, kind and a value that it may have been, each on a row of its own."""
        listed = [(key, one.kind, one.meant) for key, one in self.changed.items()]
        listed += [(key, "unclear", meant) for key, meant in self.unclear.items()]
        return [
            (key, kind, value)
            for key, kind, meant in sorted(listed)
            for value in meant[:_MOST_MEANT] or ("",)
        ]


def clean_key(cell: str) -> str:
    """A key without what programs put around it and what nobody sees: spaces of any kind, a byte
    order mark, quotation marks, an apostrophe in front, and the `="..."` with which a spreadsheet
    is told to keep zeros. Nothing that is lost here could tell two patients apart."""
    if cell.isascii() and cell.isalnum():
        return cell
    before, text = None, cell
    while text != before:
        before = text
        text = "".join(char for char in text if char.isprintable() or char.isspace()).strip()
        if formula := _FORMULA.fullmatch(text):
            text = formula[1] if formula[1] is not None else formula[2]
        elif quoted := _QUOTES.fullmatch(text):
            text = quoted[2]
        elif text.startswith("'"):
            text = text[1:]
    return text.replace("\u00a0", " ")


def check_keys(keys: Collection[str], values: Iterable[str]) -> KeyCheck:
    """Compare the keys of a file with the values that studies have; both as `clean_key` gives
    them."""
    there = {value for value in values if value}
    strange = [key for key in keys if key not in there and len(key) <= MOST_CHARACTERS]
    if not strange and not any(map(_has_zeros, there)):
        return KeyCheck()
    long = [key for key in strange if _is_number(key) and len(key) > _EXACT_DIGITS]
    known = _Known(there, rounded=bool(long) and all(map(_ends_in_zeros, long)))
    changed = {}
    for key in sorted(strange, key=_shape):
        found = known.look_up(key)
        if found is not None:
            changed[key] = ChangedKey(found[0], tuple(sorted(found[1])))
    return KeyCheck(changed, _unclear(keys, changed, known))


def _unclear(
    keys: Collection[str], changed: Mapping[str, ChangedKey], known: _Known
) -> dict[str, tuple[str, ...]]:
    """Keys that are one study's as they stand, and that another study's key would have become in
    the way that this file shows: zeros in front are gone (from some keys, or no key has any),
    digits are lost, or the case has changed."""
    kinds = {one.kind for one in changed.values()}
    ways = []
    if kinds & _LOST_ZEROS or not any(map(_has_zeros, keys)):
        ways.append(known.of_number)
    if kinds & _LOST_DIGITS:
        ways.append(known.of_rounded)
    if "case" in kinds:
        ways.append(known.of_case)
    found = {}
    for key in known.values & set(keys):
        meant = set[str]().union(*(way(key) for way in ways))
        if len(meant) > 1 and not all(value in keys for value in meant):
            found[key] = tuple(sorted(meant))
    return found


def _shape(key: str) -> tuple[int, str]:
    """Length of a number and its exponent: what is remembered for keys of one shape is not needed
    any more at the next."""
    number, _, exponent = key.upper().partition("E")
    return len(number), exponent


def _has_zeros(key: str) -> bool:
    return key.startswith("0") and len(key) > 1 and _is_number(key)


class _Known:
    """The values of studies, found again by what a changed key still has of them."""

    def __init__(self, values: Set[str], *, rounded: bool) -> None:
        """rounded: whether long numbers of the file look cut to 15 digits: all that are no study's
        end in zeros. One of ten keys ends in a zero by itself."""
        self.values, self._is_rounded = values, rounded
        self._by_number: dict[str, set[str]] = defaultdict(set)
        self._by_case: dict[str, set[str]] = defaultdict(set)
        self._by_letters: dict[str, set[str]] = defaultdict(set)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for value in values:
            if len(value) > MOST_CHARACTERS:
                continue
            self._by_case[value.casefold()].add(value)
            self._by_letters[_letters(value)].add(value)
            self._by_number[_without_zeros(value)].add(value)
            if _is_number(value):
                self._by_length[len(_without_zeros(value))].append(value)
        self._rounded = lru_cache(maxsize=64)(self._rounded_values)

    def look_up(self, key: str) -> tuple[str, Collection[str]] | None:
        """How a key looks changed, and the values that it may have been; None where it does not."""
        if decimals := _DECIMALS.fullmatch(key):
            return "decimals", self.of_number(decimals[1])
        if exponent := _EXPONENT.fullmatch(key):
            digits, power = exponent[1] + (exponent[2] or ""), int(exponent[3])
            if len(digits) > 1 or "+" in key:
                return "exponent", self._rounded(len(digits), power + 1).get(int(digits), ())
        thousands = _THOUSANDS.fullmatch(key)
        ways = (
            ("zeros", self.of_number(key)),
            ("digits", self.of_rounded(key)),
            ("thousands", self.of_number(_digits(thousands[1])) if thousands else ()),
            ("case", self.of_case(key)),
            ("marks", self._of_letters(key)),
        )
        looks = next((way for way in ways if way[1]), None)
        return looks or (("date", ()) if _DATE.fullmatch(key) else None)

    def of_number(self, key: str) -> Collection[str]:
        """The values that are the same but for zeros in front."""
        return self._by_number.get(_without_zeros(key), ())

    def of_rounded(self, key: str) -> Collection[str]:
        """The values of which a table that keeps 15 digits makes this number: zeros follow them."""
        if not self._is_rounded or not _is_number(key) or not _ends_in_zeros(key):
            return ()
        number = _without_zeros(key)
        return self._rounded(_EXACT_DIGITS, len(number)).get(int(number[:_EXACT_DIGITS]), ())

    def of_case(self, key: str) -> Collection[str]:
        """The values that differ in upper and lower case alone."""
        return self._by_case.get(key.casefold(), ())

    def _of_letters(self, key: str) -> Collection[str]:
        """The values that have the same letters and digits."""
        letters = _letters(key)
        return self._by_letters.get(letters, ()) if letters else ()

    def _rounded_values(self, digits: int, length: int) -> Mapping[int, set[str]]:
        """The values of `length` digits, by their first `digits` ones, cut off and rounded."""
        found: dict[int, set[str]] = defaultdict(set)
        for value in self._by_length.get(length, ()):
            number, less = int(value), max(0, length - digits)
            for start in {number // 10**less, (number + 10**less // 2) // 10**less}:
                found[start * 10 ** max(0, digits - length)].add(value)
        return found


def _ends_in_zeros(key: str) -> bool:
    """Whether nothing but zeros stands behind the digits that a spreadsheet keeps."""
    return set(key[_EXACT_DIGITS:]) == {"0"}


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdecimal()


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _without_zeros(key: str) -> str:
    return key.lstrip("0") or "0"


def _letters(key: str) -> str:
    """The letters and digits of a key."""
    return "".join(char for char in key.casefold() if char.isalnum())


def key_sentences(counts: Mapping[str, object], *, listed: bool = True) -> list[str]:
    """What to tell a person of changed keys, from their counts: a sentence for each kind, and what
    helps. listed: whether convert goes on, and lists the keys."""
    said = []
    for kind, what in KINDS.items():
        keys, fit = counts.get(f"label_keys_{kind}"), counts.get(f"label_keys_{kind}_fit")
        if isinstance(keys, int) and isinstance(fit, int):
            said.append(
                f"Keys that {what}: {keys}, of which {fit} would fit one value of the header."
            )
    if isinstance(unclear := counts.get("label_keys_unclear"), int):
        said.append(
            "Keys that fit a study and may be another's, in a file that has lost zeros, digits or "
            f"case, as 77 may be 77 or 0077: {unclear}."
        )
    if said:
        said.append(
            "None of these keys was joined, since a guess could give a study the label of another. "
            "Save the file again from where it came from, with the keys as text and as the header "
            "has them."
            + " convert lists them in labels/changed_keys.csv of the private tree."
            * listed
        )
    if isinstance(read := counts.get("label_keys_quoted"), int):
        said.append(
            f'Keys in quotation marks, in ="...", or with characters that nobody sees: {read}. '
            "They were read without these."
        )
    return said
