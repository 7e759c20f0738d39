"""The files of a data card in the folder of a data set: what they are called, and how one that we
have written is told from one that a person has changed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from radprep.errors import UsageError
from radprep.text.small_file import read_small

README, FIGURES, CROISSANT = "README.md", "card.json", "croissant.json"
ANSWERS = "card.toml"
"""What a person has answered: never written over, and never removed."""

_MARK = re.compile(r"<!-- radprep card ([0-9a-f]{64}) -->\n?\Z")


def marked(text: str) -> str:
    """The text of a README.md with the mark at its end by which it is known again."""
    return f"{text}<!-- radprep card {_digest(text)} -->\n"


def is_ours(path: Path) -> bool:
    """Whether a README.md is one that radprep has written, and nobody has changed since."""
    try:
        text = read_small(path).decode()
    except (OSError, UsageError, ValueError):
        return False
    found = _MARK.search(text)
    return found is not None and found[1] == _digest(text[: found.start()])


def remove_card(folder: Path) -> None:
    """Remove the card of a data set whose figures are no longer true. What a person has written
    stays."""
    if is_ours(folder / README):
        for name in (README, FIGURES, CROISSANT):
            (folder / name).unlink(missing_ok=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
