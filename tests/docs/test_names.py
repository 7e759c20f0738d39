"""What documents say of the code is there: paths, and names that their examples import."""

import importlib
import re

import pytest

from tests.docs.pages import DOCS, ROOT

PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
OF_EXAMPLES = {"ages", "gamma", "tiny"}
"""What the guides add."""


def example(name):
    return any(word in OF_EXAMPLES for word in re.split(r"[/._]", name))


def named_paths(text):
    """Paths of the checkout that a text names in full."""
    pattern = r"`((?:radprep|tests|docs|pipelines|benchmarks)/[\w./-]+\.\w+)`"
    return {path for path in re.findall(pattern, text) if not example(path)}


def imported(text):
    """(module, name) of what Python blocks of a text, which may be fragments, import from us."""
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        pattern = r"^from ((?:radprep|tests)[\w.]*) import (\w+(?:, \w+)*)$"
        for module, names in re.findall(pattern, block, re.MULTILINE):
            yield from ((module, name) for name in names.split(", "))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_and_imports_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    paths = {path for path in named_paths(text) if "NAME" not in path}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    for module, name in imported(text):
        if example(module) or example(name):
            continue
        if "torch" in page.stem or "networks" in module:
            pytest.importorskip("torch")
        found = importlib.import_module(module)
        assert hasattr(found, name) or importlib.import_module(f"{module}.{name}"), (module, name)
