"""Every relative link between documents leads somewhere, with its anchor."""

import re

import pytest

from tests.docs.pages import DOCS, ROOT, WRITTEN, made_pages

OTHERS = [
    path
    for path in (*ROOT.glob("*.md"), ROOT / "data_samples" / "README.md")
    if path.name != "LICENSE.md"
]


def links(text):
    """(path, anchor) of the relative links, outside of code."""
    text = re.sub(r"^```.*?^```$|`[^`]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)", text)


def anchors(text):
    """Anchors of the headings, as the site and GitHub make them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


def text_of(path):
    """The text of a page, written or made; None where there is none."""
    made = str(path.relative_to(DOCS)) if path.is_relative_to(DOCS) else ""
    if made in made_pages():
        return made_pages()[made]
    return path.read_text(encoding="utf-8") if path.suffix == ".md" and path.exists() else None


def check(path, text):
    for target, anchor in links(text):
        where = (path.parent / target).resolve() if target else path
        there = text_of(where)
        assert there is not None or where.exists(), f"{path.name}: {target}"
        assert not anchor or there is None or anchor in anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("path", [*OTHERS, *WRITTEN], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    check(path, path.read_text(encoding="utf-8"))


def test_links_of_the_made_pages_lead_somewhere():
    for name, text in made_pages().items():
        check(DOCS / name, text)


def test_the_readme_leads_to_the_documents():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"ARCHITECTURE.md", "docs/tutorial/index.md"} <= {target for target, _ in links(text)}
