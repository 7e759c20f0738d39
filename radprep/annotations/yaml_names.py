"""The names of classes in YOLO's data.yaml, read without a YAML library: only the four ways in
which tools write the one entry `names`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from radprep.errors import UsageError

_ENTRY = re.compile(r"names\s*:(?P<rest>.*)")
_IN_LIST = re.compile(r"\s*-\s+(?P<name>.+)")
_NUMBERED = re.compile(r"\s+(?P<number>[0-9]{1,4})\s*:\s*(?P<name>.+)")
_FLOW = re.compile(
    r"""\s*(?:(?P<number>[0-9]{1,4})\s*:\s*)?"""
    r"""(?P<name>'(?:[^']|'')*'|"[^"\\]*"|[^,'"\[\]{}]+?)\s*(?:,|$)"""
)
_MOST_NAMES = 1000


def names_in(lines: Sequence[str], path: Path) -> list[str]:
    """The names in the order of their numbers; none where there is no such entry. Raises UsageError
    where the entry is written in another way than tools do."""
    for number, line in enumerate(lines):
        found = _ENTRY.match(line)
        if found:
            rest = _plain(found["rest"])
            names = _flow(rest, lines[number + 1 :]) if rest else _block(lines[number + 1 :])
            if not names or sorted(names) != list(range(len(names))):
                raise UsageError(
                    f"{path}, line {number + 1}: the entry `names` cannot be read. Write the names "
                    "of the classes into classes.txt beside it, one a line, and move this file "
                    "away."
                )
            return [names[one] for one in range(len(names))]
    return []


def has_key(lines: Sequence[str], key: str) -> bool:
    """Whether the file has an entry with this name."""
    return any(re.match(rf"{key}\s*:", line) for line in lines)


def _block(lines: Sequence[str]) -> dict[int, str]:
    """Names below the entry, a line each: in a list, or with their numbers."""
    names: dict[int, str] = {}
    for line in lines[:_MOST_NAMES]:
        text = _plain(line)
        if not text:
            continue
        one = _IN_LIST.fullmatch(text) or _NUMBERED.fullmatch(text)
        if one is None:
            break
        numbered = one.groupdict().get("number")
        names[int(numbered) if numbered else len(names)] = _unquoted(one["name"])
    return names


def _flow(rest: str, below: Sequence[str]) -> dict[int, str]:
    """Names in brackets, on this line or on several."""
    closing = {"[": "]", "{": "}"}.get(rest.lstrip()[:1])
    if closing is None:
        return {}
    text = rest.strip()
    for line in below[:_MOST_NAMES]:
        if text.endswith(closing):
            break
        text = f"{text} {_plain(line).strip()}"
    if not text.endswith(closing):
        return {}
    inner, place, names = text[1:-1].strip(), 0, dict[int, str]()
    while place < len(inner):
        found = _FLOW.match(inner, place)
        if found is None or len(names) > _MOST_NAMES:
            return {}
        number = int(found["number"]) if found["number"] else len(names)
        names[number] = _unquoted(found["name"])
        place = found.end()
    return names


def _plain(line: str) -> str:
    """A line without a remark."""
    return re.sub(r"(?:^|\s)#.*", "", line).rstrip()


def _unquoted(name: str) -> str:
    plain = name.strip()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "'\"":
        plain = plain[1:-1].replace("''", "'")
    return plain.strip()
