"""What a text of a label column says before anybody asks which class it is: which texts are the
same, which say nothing, which say that nobody is sure, and which name several findings. The words
are in no_class.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from anyascii import anyascii

from radprep.text.classes import is_class

NoClass = Literal["missing", "uncertain"]
"""Why a text is no class: it says nothing, or it says that nobody is sure."""

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,18}(?:[.,][0-9]{0,18})?|[.,][0-9]{1,18})(?:e[+-]?[0-9]{1,2})?"
)
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
"""One thousand to one reader, and one with three decimals to another: it stays as it is."""
_SPREADSHEET_ERROR = re.compile(
    r"#[!?]?(?:div/0|ref|value|name|num|null|spill|calc|field|wert|bezug|zahl|valor|nombre|nom|nome|"
    r"valeur|valore|rif|waarde|verw|naam|getal|arg|adr|nazwa|liczba)[!?]"
)
"""What Excel and others write for an error, in several languages. Any other word behind `#` may be
a name, or a finding: the mark also stands for a fracture."""
_AROUND = "\"'`<>()[]{} "
_SEPARATORS = re.compile(r"[\s_.\-/]+")
_NOTHING_ELSE = re.compile(r"[-_.?!/\\#~:;,|]*")
"""Marks that say nothing where no letter and no digit stands beside them."""
_BETWEEN_FINDINGS = re.compile(r"[|;,/+&\r\n]+|\s(?:and|und|y|i|et|e|en|og|och)\s", re.IGNORECASE)
_UNSURE = re.compile(r"\(\?\)|^\?|\?$")
_BOOLEANS = frozenset({"true", "false"})
_MOST_CHARACTERS = 200
"""A longer text is none of those that are known here."""


def same_text(text: str) -> str:
    """One way to write all texts that are equal: numbers by their value (`1`, `1.0`, `01` and `1,0`
    are 1), and all others in small letters, with single spaces."""
    return number_of(text) or " ".join(_visible(text).casefold().split())


def asked_text(text: str, mapping: Mapping[str, str]) -> str | None:
    """What a map says of a text: by the text as it stands, else by a number of the same value, or
    by the same one of `true` and `false`. None where it does not name the text."""
    if text in mapping:
        return mapping[text]
    same = same_text(text)
    if number_of(text) is None and same not in _BOOLEANS:
        return None
    return next((label for named, label in mapping.items() if same_text(named) == same), None)


def number_of(text: str) -> str | None:
    """The value of a text that is a number, without zeros that say nothing: `1.50` is 1.5, `-0` is
    0. None for any other text."""
    plain = _plain(text).replace(" ", "")
    if len(plain) > _MOST_CHARACTERS or not _NUMBER.fullmatch(plain):
        return None
    if _THOUSANDS.fullmatch(plain):
        return None
    value = Decimal(plain.replace(",", ".")).normalize()
    return f"{value or Decimal(0):f}"


def no_class(text: str) -> NoClass | None:
    """Why a text is no class; None for one that may be a class.

    Missing: empty, dashes and points, what programs and spreadsheets write for no value (NA, nan,
    NULL, None, #N/A, #REF!), words such as `not available`, and negative numbers but -1, which are
    codes for no value. Uncertain: -1, as CheXpert and MIMIC-CXR write it (Irvin et al. 2019), words
    such as `equivocal`, and a finding with a question mark.
    """
    number = number_of(text)
    if number is not None:
        return None if not number.startswith("-") else "uncertain" if number == "-1" else "missing"
    plain = _plain(text)
    if len(plain) > _MOST_CHARACTERS:
        return None
    if _NOTHING_ELSE.fullmatch(plain.strip(_AROUND).replace(" ", "")):
        return "missing"
    bare = plain.strip(_AROUND).lstrip("+-")
    squeezed, short = _SEPARATORS.sub("", bare), bare.replace(" ", "").rstrip(".")
    words = _words()
    if is_none(text) or squeezed in words["missing"] or short in words["short"]:
        return "missing"
    if _SPREADSHEET_ERROR.fullmatch(short):
        return "missing"
    unsure = squeezed.strip("?") in words["uncertain"] or _UNSURE.search(bare)
    return "uncertain" if unsure else None


def may_be_shown(text: str) -> bool:
    """Whether a text is one of those of which everybody knows that they say nothing, so that it
    cannot name a person: NA, not a number such as -7000123456."""
    return no_class(text) == "missing" and number_of(text) is None


def is_list(text: str) -> bool:
    """Whether a text that is plainly a class names several things, such as `fracture|cast`: one of
    its parts is plainly a class on its own."""
    parts = [part for part in _BETWEEN_FINDINGS.split(text) if part.strip(_AROUND)]
    several = len(parts) > 1 and number_of(text) is None
    return several and is_class(text) and any(map(is_class, parts))


def ambiguous_text(texts: Collection[str]) -> str | None:
    """Why nobody can tell what a text of a column means without asking; None where that is clear.
    texts: all texts of the column that nobody has named.

    `-1` beside `1` and without `0` may be the negative class. `none` may be a class (no finding) or
    what Python writes for no value; the latter is clear where it is spelled `None` and no other
    text has a capital.
    """
    numbers = {number_of(text) for text in texts} - {None}
    if "-1" in numbers and "0" not in numbers and len(numbers) > 1:
        return (
            "-1 stands beside other numbers, and no row has 0. So -1 may be the negative class, or "
            "say that nobody was sure"
        )
    nothing = {text for text in texts if is_none(text)}
    others = [text for text in texts if text not in nothing and not no_class(text)]
    if nothing and (nothing != {"None"} or any(text[:1].isupper() for text in others)):
        return "none may mean that nothing was found, or that nothing was filled in"
    return None


def is_none(text: str) -> bool:
    """Whether a text is the word `none`, which is what Python writes for no value, too."""
    return _plain(text).strip(_AROUND) == "none"


def _visible(text: str) -> str:
    """A text without characters that show nothing, such as a byte order mark."""
    return "".join(char if char.isprintable() or char.isspace() else "" for char in text)


def _plain(text: str) -> str:
    """A text in small ASCII letters with single spaces; of a long one only so much as tells that it
    is long."""
    return " ".join(anyascii(_visible(text[: _MOST_CHARACTERS + 1])).lower().split())


@lru_cache(maxsize=1)
def _words() -> Mapping[str, frozenset[str]]:
    path = Path(__file__).with_name("no_class.toml")
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        "missing": frozenset(file["missing"]["words"]),
        "short": frozenset(file["missing"]["short"]),
        "uncertain": frozenset(file["uncertain"]["words"]),
    }
