"""How our names are shown to people."""

from __future__ import annotations


def words(text: str) -> str:
    """One of our names as words: `part_splitter:no_component` is `part splitter: no component`."""
    return text.replace("_", " ").replace(":", ": ")
