"""The page: one HTML file that says everything without JavaScript, and scripts that bring the
films."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

SECTIONS = (
    ("summary", "Summary"),
    ("steps", "Steps"),
    ("review", "Review"),
    ("rejected", "Rejected and failed"),
    ("duplicates", "Duplicates"),
    ("labels", "Labels"),
    ("geometry", "Geometry"),
    ("sources", "Sources"),
    ("deidentification", "De-identification"),
    ("films", "Films"),
    ("methods", "Methods"),
)

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Script:
    """A script of the page: one that stands in it (as it is, so that nothing of it may come from
    outside unescaped), or a file beside it."""

    text: str = ""
    file: str = ""


def render(
    context: Mapping[str, Any], scripts: list[Script], picture_address: Callable[[str], str] = str
) -> str:
    """The page's HTML. Every value is escaped; picture_address: what stands in `src` for a
    picture's name.

    The policy lets it load pictures and scripts from its own folder, run the scripts that stand in
    it, and nothing else.
    """
    own = [_own_script(name) for name in ("films.js", "corrections.js", "gallery.js")]
    inside = [script.text for script in (*own, *scripts) if not script.file]
    policy = (
        "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; base-uri "
        f"'none'; form-action 'none'; script-src 'self' file: {' '.join(map(_policy_hash, inside))}"
    )
    template = _environment().get_template("index.html")
    return template.render(
        context,
        scripts=[*own, *scripts],
        policy=policy,
        sections=SECTIONS,
        src=picture_address,
        style=Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )


def inline(script: str) -> Script:
    """A script that stands in the page; `rows.script` writes nothing that ends it."""
    return Script(Markup(script))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["words"] = words
    return environment


def words(text: str) -> str:
    """One of our names as words: `part_splitter:no_component` is `part splitter: no component`."""
    return text.replace("_", " ").replace(":", ": ")


def _own_script(name: str) -> Script:
    return Script(Markup((_TEMPLATES / name).read_text(encoding="utf-8")))


def _policy_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
