import base64
import hashlib
import re

import pytest

from radprep.report.facts.material import read_material
from radprep.report.facts.naming import words
from radprep.report.findings import Findings
from radprep.report.page import Script, inline, render
from radprep.report.sections import SECTIONS
from tests.report.report_rows import findings_of, kept, lost, write_data_set


@pytest.fixture
def findings(tmp_path):
    return findings_of(tmp_path, [kept(1), kept(2), lost(3)])


def test_the_policy_allows_its_own_scripts_and_no_other(findings):
    html = render(findings, [Script(file="data.js"), inline("radprepData({});")])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy
    assert "base-uri 'none'; form-action 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 5
    for text in scripts:
        assert (
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
            in policy
        )


def test_it_names_no_other_address(findings):
    html = render(findings, [Script(file="data.js")])
    assert set(
        re.findall(
            r'(?:src|href)="([^#"][^"]*)"', re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
        )
    ) <= {"data.js", "data:,", *re.findall(r'src="(pictures/[^"]+)"', html)}
    assert set(re.findall(r"https?://[^\s\"'<]+", html)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_every_section_is_there_and_named(findings):
    html = render(findings, [])
    places = [html.index(f'<section id="{one.name}" aria-labelledby=') for one in SECTIONS]
    assert places == sorted(places)
    for one in SECTIONS:
        assert f'<a href="#{one.name}">{one.title}</a>' in html
    for target in re.findall(r'aria-labelledby="([^"]+)"', html):
        assert f'id="{target}"' in html or target == "card-title"


def test_the_same_data_set_gives_the_same_bytes(tmp_path):
    root = write_data_set(tmp_path / "clean", [kept(1), lost(2)])
    first, second = (render(Findings(read_material(root, None), {}), []) for _ in range(2))
    assert first == second


def test_pages_of_data_sets_without_images_or_rows(tmp_path):
    for number, rows in enumerate([[lost(1)], []]):
        html = render(findings_of(tmp_path / str(number), rows, name="convert"), [])
        assert "No image was kept." in html


def test_our_names_are_words():
    assert words("part_splitter:no_component") == "part splitter: no component"
