from radprep.report.page import render_section
from radprep.report.sections.films import SECTION
from tests.report.report_rows import findings_of, kept


def test_the_command_that_applies_corrections_names_the_pipeline(tmp_path):
    html = render_section(SECTION, findings_of(tmp_path, [kept(1)]))
    assert "--pipeline wrist --corrections corrections.csv" in html
