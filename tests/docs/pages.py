"""The documents of the repository, as tests read them."""

import importlib.util
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN = sorted(DOCS.rglob("*.md"))
"""Pages of the site that a person wrote."""


@cache
def module(name):
    """A module of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"radprep_docs_{name}", DOCS / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@cache
def made_pages():
    """Path under docs/ -> text of the pages that are made from the code."""
    return module("make_reference").pages()


def prose(text):
    """The sentences of a page: without code, tables, headings and pictures."""
    text = re.sub(r"^(```|~~~).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(    .*|\|.*|#.*|!\[.*|<!--.*|[-*_]{3,})$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*([-*>]|\d+\.)\s+", "\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", "code", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    for block in re.split(r"\n\s*\n", text):
        joined = " ".join(block.split())
        for sentence in re.split(r"(?<=[.!?:;])\s+(?=[A-Z*])", joined):
            if len(sentence.split()) > 2:
                yield sentence
