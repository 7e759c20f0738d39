"""Texts as Markdown, and values as YAML. What a file or a data set says is data: nothing in it
becomes a heading, a link, HTML or a second entry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from radprep.text.small_file import shown

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$!&@^]")
_LINK = re.compile(r"(?i)(https?|ftp)://|www\.")
"""What a renderer makes a link of unasked."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~/?=&%+:-]+")
"""A web address that can stand between angle brackets as it is."""
_FIRST = re.compile(r"^([-+=:]|[0-9]{1,9}(?=[.)]))")
_ITEM = "- "
_WIDE = 1_000_000
"""So long a line of YAML is not folded: a reader of lines finds each value behind its key."""


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


def as_yaml(values: Mapping[str, Any]) -> str:
    """A mapping as YAML, in its own order. values: texts, numbers, truth values, None, lists and
    mappings of these."""
    # PyYAML folds a line break that is none of ASCII, and loses it, unless all are escaped
    is_plain = json.dumps(values, ensure_ascii=False).isprintable()
    return str(yaml.safe_dump(values, allow_unicode=is_plain, sort_keys=False, width=_WIDE))
