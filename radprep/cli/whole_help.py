"""Help that a terminal of 80 columns shows whole. Imports nothing but typer."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperGroup

_FIRST_SENTENCE = re.compile(r"(.+?[.])(?=\s|$)", re.DOTALL)


class WholeHelp(TyperGroup):
    """A group of commands that lists each of them with its first sentence, over as many lines as
    that takes; typer would cut it to what fits in one."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        rows = [(name, first_sentence(self.commands[name].help or "")) for name in self.commands]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def first_sentence(text: str) -> str:
    """The first sentence of a help text, in one line."""
    found = _FIRST_SENTENCE.match(text)
    return " ".join((found.group(1) if found else text).split())
