"""What every section of the page promises."""

import re
from pathlib import Path

import pytest

from radprep.report import sections as room
from radprep.report.page import render_section
from radprep.report.sections import SECTIONS
from tests.report.report_rows import findings_of, kept, lost

FOLDER = Path(room.__file__).parent
HOSTILE = "</p><script>alert(1)</script>"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_section_is_a_module_with_a_template_and_a_test_module(section):
    assert section.values.__module__ == f"radprep.report.sections.{section.name}"
    assert (FOLDER / f"{section.name}.html").exists()
    assert Path(__file__).with_name(f"test_{section.name}.py").exists()


def test_no_template_and_no_module_is_forgotten():
    names = {section.name for section in SECTIONS}
    assert {path.stem for path in FOLDER.glob("*.html")} == names
    assert {path.stem for path in FOLDER.glob("*.py")} == names | {"__init__", "base"}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
@pytest.mark.parametrize("rows", [[], [lost(1)], [kept(1), lost(2)]], ids=len)
def test_a_section_is_shown_whatever_the_rows(section, rows, tmp_path):
    html = render_section(section, findings_of(tmp_path, rows))
    assert html.startswith(f'<section id="{section.name}" aria-labelledby="')
    assert html.endswith("</section>\n")
    title = re.search('aria-labelledby="([^"]+)"', html)[1]
    assert f'id="{title}"' in html


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_text_of_the_data_set_is_escaped(section, tmp_path):
    rows = [
        kept(1, BodyPartExamined=HOSTILE, Manufacturer=HOSTILE, ManufacturerModelName=HOSTILE),
        lost(2, detail=HOSTILE),
    ]
    assert "<script>alert" not in render_section(section, findings_of(tmp_path, rows))
