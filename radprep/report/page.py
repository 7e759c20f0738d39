"""The page: one HTML file that says everything without JavaScript, and scripts that bring the
films."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from radprep.preprocess.box_pictures import as_hex
from radprep.report.facts.naming import words
from radprep.report.findings import Findings
from radprep.report.sections import SECTIONS
from radprep.report.sections.base import Section
from radprep.version import __version__

_TEMPLATES = Path(__file__).parent / "templates"
_SECTIONS = Path(__file__).parent / "sections"
"""The templates of sections lie beside the modules that fill them."""


@dataclass(frozen=True)
class Script:
    """A script of the page: one that stands in it (as it is, so that nothing of it may come from
    outside unescaped), or a file beside it."""

    text: str = ""
    file: str = ""


def render(
    findings: Findings, scripts: list[Script], picture_address: Callable[[str], str] = str
) -> str:
    """The page's HTML: its sections one after the other. Every value is escaped; picture_address:
    what stands in `src` for a picture's name.

    The policy lets it load pictures and scripts from its own folder, run the scripts that stand in
    it, and nothing else.
    """
    own = [_own_script(name) for name in ("films.js", "corrections.js", "boxes.js", "gallery.js")]
    inside = [script.text for script in (*own, *scripts) if not script.file]
    policy = (
        "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; base-uri "
        f"'none'; form-action 'none'; script-src 'self' file: {' '.join(map(_policy_hash, inside))}"
    )
    return (
        _environment()
        .get_template("index.html")
        .render(
            _of_page(findings),
            scripts=[*own, *scripts],
            policy=policy,
            sections=SECTIONS,
            bodies=[render_section(section, findings, picture_address) for section in SECTIONS],
            style=Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
        )
    )


def _of_page(findings: Findings) -> dict[str, Any]:
    """What stands above and below the sections."""
    material = findings.material
    counts = material.counts
    return {
        "title": f"radprep report: {counts['kept']} of {counts['files']} files kept",
        "version": __version__,
        "fingerprint": material.info["fingerprint"],
        "has_source": material.source is not None,
        "show_marked": material.show_marked,
    }


def render_section(
    section: Section, findings: Findings, picture_address: Callable[[str], str] = str
) -> Markup:
    """One section as HTML. Its values cannot take the place of those that every section has."""
    material = findings.material
    shared = {
        "counts": material.counts,
        "has_source": material.source is not None,
        "src": picture_address,
        "box_colours": [(label, as_hex(one)) for label, one in material.box_colours.items()],
    }
    template = _environment().get_template(f"{section.name}.html")
    return Markup(template.render({**section.values(findings), **shared}))


def inline(script: str) -> Script:
    """A script that stands in the page; `rows.script` writes nothing that ends it."""
    return Script(Markup(script))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_TEMPLATES, _SECTIONS]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["words"] = words
    return environment


def _own_script(name: str) -> Script:
    return Script(Markup((_TEMPLATES / name).read_text(encoding="utf-8")))


def _policy_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
