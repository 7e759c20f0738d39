"""Help that a terminal of 80 columns shows whole. Imports nothing but typer."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

_FIRST_SENTENCE = re.compile(r"(.+?[.])(?=\s|$)", re.DOTALL)


class WholeHelp(TyperGroup):
    """A group of commands that lists each of them with its first sentence, over as many lines as
    that takes; typer would cut it to what fits in one."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        rows = [(name, first_sentence(self.commands[name].help or "")) for name in self.commands]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class HelpInPanels(TyperCommand):
    """A command that lists its options in panels: those of one subject under its name, behind the
    others."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, the options, and the options of each panel."""
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            usual = "Arguments" if isinstance(parameter, TyperArgument) else "Options"
            name = getattr(parameter, "rich_help_panel", None) or usual
            if record := parameter.get_help_record(ctx):
                panels.setdefault(name, []).append(record)
        for name, records in panels.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


def first_sentence(text: str) -> str:
    """The first sentence of a help text, in one line."""
    found = _FIRST_SENTENCE.match(text)
    return " ".join((found.group(1) if found else text).split())
