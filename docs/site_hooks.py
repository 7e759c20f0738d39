"""The order of the site's pages: the sections first, then the pages of each.

A page that lies in a section's folder is shown without being named anywhere. FIRST names only those
that have a place of their own; the others follow by name.
"""

from __future__ import annotations

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
    "how-to/own-pipeline.md",
    "how-to/corrections.md",
    "how-to/clusters.md",
    "how-to/keep-a-data-set.md",
    "how-to/share-safely.md",
    "how-to/train-a-network.md",
    "reference/commands.md",
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
    """mkdocs asks this once all pages are known, those made from the code included."""
    config["nav"] = navigation([page.src_uri for page in files.documentation_pages()])
    return files


def navigation(pages: list[str]) -> list[Any]:
    """The navigation of some pages, given by their paths under docs/: the start page, then the
    sections, each with its index first. A folder in a section becomes a group."""
    return ["index.md", *({title: _group(folder, pages)} for folder, title in SECTIONS.items())]


def _group(folder: str, pages: list[str]) -> list[Any]:
    inside = [page for page in pages if page.startswith(f"{folder}/")]
    here = sorted((page for page in inside if page.count("/") == folder.count("/") + 1), key=_place)
    deeper = sorted({page.split("/")[folder.count("/") + 1] for page in inside if page not in here})
    groups = {name: _group(f"{folder}/{name}", pages) for name in deeper}
    found: list[Any] = []
    for page in here:
        name = page.rpartition("/")[2].removesuffix(".md")
        if name in groups:  # commands.md stands on top of commands/
            found.append({name.capitalize(): [page, *groups.pop(name)]})
        else:
            found.append(page)
    return [*found, *({name.capitalize(): group} for name, group in groups.items())]


def _place(page: str) -> tuple[bool, int, str]:
    is_index = page.endswith("/index.md")
    return (not is_index, FIRST.index(page) if page in FIRST else len(FIRST), page)
