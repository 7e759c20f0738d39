from radprep.report.page import render_section
from radprep.report.sections.patients import SECTION
from tests.report.report_rows import findings_of, kept


def test_what_is_shown_of_patients(tmp_path):
    rows = [kept(number, PatientSex="F", PatientAge="047Y") for number in range(6)]
    rows.append(kept(9, PatientSex="M", PatientAge="047Y"))
    source = [kept(1)]
    html = render_section(SECTION, findings_of(tmp_path, rows, source_rows=source))
    assert "40-49" in html
    assert "moved into the past" in html
    assert "others (2)" in html  # one man would be what the women leave
    assert "female" not in html
    assert "how many values stand together" in html
