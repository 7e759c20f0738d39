"""Plain text and docstrings as Markdown."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

_SECTION = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Examples?):(?: |\n|$)")
_HEADINGS = {"Args": "Arguments", "Example": "Example", "Examples": "Examples"}


def docstring(one: Any) -> str:
    """A docstring as Markdown: its sections become lists, and its examples blocks of code."""
    return paragraphs(inspect.getdoc(one) or "")


def paragraphs(text: str | None) -> str:
    """Plain text as Markdown, one line a paragraph. What begins with >>> or is indented becomes
    code, and a section such as `Args:` a heading and a list."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(text or "").strip("\b\n"))
    return "\n\n".join(_block(block) for block in blocks)


def _block(block: str) -> str:
    section = _SECTION.match(block)
    if section:
        rest = textwrap.dedent(block[section.end() :])
        return f"**{_HEADINGS.get(section[1], section[1])}**\n\n{_inside(section[1], rest)}"
    if block.lstrip().startswith(">>>"):
        return f"```python\n{textwrap.dedent(block)}\n```"
    if block.startswith("    "):
        return f"```text\n{textwrap.dedent(block)}\n```"
    if re.match(r"[-*] |\d+\. |\|", block):
        return block
    before, prompt, after = block.partition("\n>>>")
    if prompt:
        return f"{_block(before)}\n\n{_block('>>>' + after)}"
    return escaped(" ".join(block.splitlines()))


def _inside(section: str, text: str) -> str:
    """What stands in a section: an example, a text, or a list of names with a text each."""
    if section in ("Returns", "Yields") or section.startswith("Example"):
        return _block(text)
    items = re.split(r"\n(?=\S)", text)
    return "\n".join(f"- {_item(item)}" for item in items)


def _item(item: str) -> str:
    name, colon, text = item.partition(":")
    return f"`{name}`: {escaped(text).strip()}" if colon else escaped(item)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, outside its `code`."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    plain = [re.sub(r"([*_])", r"\\\1", part.replace("<", "&lt;")) for part in parts[::2]]
    parts[::2] = plain
    return "".join(parts).replace("|", "\\|")


def first_sentence(text: str) -> str:
    """The first sentence of a help text."""
    return re.split(r"(?<=[.])\s", " ".join(text.split()))[0]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def attribute_docs(model: type) -> dict[str, str]:
    """Docstrings that stand below the attributes of a class and of those it is made from."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.startswith("radprep"):
            [tree] = ast.parse(textwrap.dedent(inspect.getsource(one))).body
            body: Sequence[ast.stmt] = tree.body  # type: ignore[attr-defined]
            for before, after in pairwise(body):
                if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr):
                    found[ast.unparse(before.target)] = inspect.cleandoc(
                        ast.literal_eval(after.value)
                    )
    return found
