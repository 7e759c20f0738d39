"""The order of the site's pages, and what is taken out of the finished site.

A page that lies in a section's folder is shown without being named anywhere. FIRST names only those
that have a place of their own; the others follow by name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

SECTIONS = {
    "tutorial": "Tutorial",
    "how-to": "How-to guides",
    "reference": "Reference",
    "explanation": "Explanation",
    "decisions": "Decisions",
}
"""Folder -> its name in the navigation, in the order in which a reader comes to need them."""

FIRST = (
    "how-to/labels.md",
    "how-to/boxes.md",
    "how-to/convert-options.md",
    "how-to/own-pipeline.md",
    "how-to/corrections.md",
    "how-to/read-a-data-set.md",
    "how-to/clusters.md",
    "how-to/keep-a-data-set.md",
    "how-to/share-safely.md",
    "how-to/data-card.md",
    "how-to/train-a-network.md",
    "reference/commands/index.md",
    "reference/steps.md",
    "reference/pipelines.md",
    "reference/models.md",
    "reference/columns.md",
    "reference/codes.md",
    "reference/python-api.md",
    "explanation/data-set-on-disk.md",
    "explanation/de-identification.md",
)


def on_files(files: Any, config: Any) -> Any:
    """Name the pages in order. mkdocs asks once it knows all pages, the made ones included."""
    config["nav"] = navigation([page.src_uri for page in files.documentation_pages()])
    return files


def on_post_build(config: Any) -> None:
    """Take out what a site on a disk has no use for: the addresses from which the theme's script
    would load what this site does not use, and the maps that help to debug it."""
    for path in Path(config["site_dir"], "assets").rglob("*"):
        if path.suffix == ".map":
            path.unlink()
        elif path.suffix in (".js", ".css"):
            text = path.read_text(encoding="utf-8")
            path.write_text(
                re.sub(r"https://unpkg\.com/[^\"']*|\n//# sourceMappingURL.*", "", text),
                encoding="utf-8",
            )


def navigation(pages: list[str]) -> list[Any]:
    """The navigation of some pages, given by their paths under docs/: the start page, then the
    sections, each with its index first. A folder in a section becomes a group of its own."""
    return ["index.md", *({title: _group(folder, pages)} for folder, title in SECTIONS.items())]


def _group(folder: str, pages: list[str]) -> list[Any]:
    inside = sorted((page for page in pages if page.startswith(f"{folder}/")), key=_place)
    found: dict[str, Any] = {}
    for page in inside:
        below, slash, _ = page.removeprefix(f"{folder}/").partition("/")
        if slash:
            found.setdefault(below, {below.capitalize(): _group(f"{folder}/{below}", pages)})
        else:
            found[below] = page
    return list(found.values())


def _place(page: str) -> tuple[int, bool, str]:
    """Where a page stands: those of FIRST, then the others by name; an index before its folder."""
    is_index = page.endswith("/index.md")
    first = FIRST.index(page) if page in FIRST else len(FIRST)
    return (-1 if is_index and page.count("/") == 1 else first, not is_index, page)
