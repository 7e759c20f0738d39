from radprep.report.page import render_section
from radprep.report.sections.methods import SECTION
from tests.report.report_rows import findings_of, kept


def test_paragraph_citations_and_card_are_shown(tmp_path):
    html = render_section(SECTION, findings_of(tmp_path, [kept(1)]))
    assert "The pipeline wrist then did the following" in html
    assert "<li>[1] National Electrical" in html
    assert "<dt>De-identification</dt>" in html
