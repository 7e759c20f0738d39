"""The site is built without a warning, holds every page, and asks nothing of the network."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.docs.pages import DOCS, ROOT, WRITTEN, made_pages

pytestmark = pytest.mark.skipif(
    find_spec("material") is None, reason="the site needs `pip install 'radprep[docs]'`"
)

NAVIGATION = ["Tutorial", "How-to guides", "Reference", "Explanation", "Decisions"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there(site):
    names = [str(path.relative_to(DOCS)) for path in WRITTEN] + list(made_pages())
    for name in names:
        assert (site / name).with_suffix(".html").is_file(), name
    assert not list(site.rglob("*.py"))


def test_sections_stand_in_their_order_and_name_every_page(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    places = [text.index(f"{title}\n", text.index("md-nav--primary")) for title in NAVIGATION]
    assert places == sorted(places)
    for path in WRITTEN:
        assert f'href="{path.relative_to(DOCS).with_suffix(".html")}"' in text, path


def test_nothing_comes_from_elsewhere(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(
            r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=[\"']?([^\"' >]+)", text
        )
        assert loaded
        assert not [url for url in loaded if re.match(r"(https?:)?//", url)], path
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text), path
    for path in site.rglob("*.js"):
        assert "//unpkg.com" not in path.read_text(encoding="utf-8"), path
        assert "fonts.googleapis" not in path.read_text(encoding="utf-8"), path


def test_the_search_finds_a_command_from_a_disk(site):
    """In a browser, opened as a file: the index is a script, since a page may not read a file."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "index.html").as_uri())
        page.wait_for_timeout(500)
        page.focus("input.md-search__input")
        page.keyboard.type("forget", delay=30)
        page.wait_for_selector(".md-search-result__item", timeout=20000)
        assert "forget" in page.inner_text(".md-search-result__list")
        assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
        browser.close()
