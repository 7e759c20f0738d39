"""Texts as Markdown and as YAML. What a file or a data set says is data: nothing in it becomes a
heading, a link, HTML or a second entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from radprep.text.small_file import shown

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$!&@^]")
_LINK = re.compile(r"(?i)(https?|ftp)://|www\.")
"""What a renderer makes a link of unasked."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/?=&%+:-]+")
"""A web address that can stand between angle brackets as it is."""
_FIRST = re.compile(r"^([-+=:]|[0-9]{1,9}(?=[.)]))")
_ITEM = "- "


def plain(value: object) -> str:
    """A text that stands in a line of Markdown as nothing but itself."""
    text = shown(" ".join(str(value).split()))
    text = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return _LINK.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], text)


def prose(text: str) -> list[str]:
    """What a person wrote, as lines of Markdown: paragraphs, lists whose items begin with a hyphen,
    and web addresses; everything else is itself."""
    lines = []
    for line in text.strip().splitlines():
        words = line.strip()
        is_item = words.startswith(_ITEM)
        said = " ".join(map(_word, words.removeprefix(_ITEM).split() if is_item else words.split()))
        said = _FIRST.sub(
            lambda found: f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}", said
        )
        lines.append(f"{_ITEM}{said}" if is_item else said)
    return lines


def _word(text: str) -> str:
    return f"<{text}>" if _ADDRESS.fullmatch(text) else plain(text)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table, with an empty line behind it. Numbers stand to the right."""
    numbers = {
        place
        for place in range(len(header))
        if rows and all(isinstance(row[place], int | float) for row in rows)
    }
    rule = "|".join("---:" if place in numbers else "---" for place in range(len(header)))
    lines = ["| " + " | ".join(map(plain, header)) + " |", f"|{rule}|"]
    return [*lines, *("| " + " | ".join(map(_cell, row)) + " |" for row in rows), ""]


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else plain(value)


def quoted(text: str) -> str:
    """A text as YAML reads it back: in double quotes, with whatever is not plainly visible as its
    escape."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable() and char != "\ufeff":
        return char
    number = ord(char)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def yaml_lines(values: Mapping[str, Any], indent: str = "") -> list[str]:
    """A mapping as lines of YAML, an entry a line. values: texts, numbers, truth values, None,
    lists and mappings of these."""
    lines = []
    for name, value in values.items():
        key = name if re.fullmatch(r"[a-z_]+", name) else quoted(name)
        lines += _entry(f"{indent}{key}:", value, indent)
    return lines


def _entry(key: str, value: Any, indent: str) -> list[str]:
    """The lines of what stands behind a key or a hyphen."""
    if not isinstance(value, dict | list) or not value:
        return [f"{key} {_scalar(value)}"]
    if isinstance(value, dict):
        return [key, *yaml_lines(value, indent + "  ")]
    lines = [key]
    for one in value:
        inner = _item(one, indent + "  ")
        lines += [f"{indent}  - {inner[0].lstrip()}", *inner[1:]]
    return lines


def _item(value: Any, indent: str) -> list[str]:
    """The lines of an entry of a list, the first one without its hyphen."""
    if isinstance(value, dict) and value:
        return yaml_lines(value, indent + "  ")
    if isinstance(value, list) and value:
        return ["[" + ", ".join(_item(one, "")[0] for one in value) + "]"]
    return [_scalar(value)]


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return {"list": "[]", "dict": "{}"}.get(type(value).__name__, "null")
