from radprep.report.page import render_section
from radprep.report.sections.uniqueness import SECTION, values
from tests.report.report_rows import findings_of, kept, lost


def test_who_stands_alone_and_what_sets_most_apart(tmp_path):
    rows = [*(kept(number) for number in range(6)), kept(7, Manufacturer="Rare")]
    found = values(findings_of(tmp_path, rows))
    assert (found["together"].patients, found["together"].alone) == (7, 1)
    assert found["telling"] == "maker"
    html = " ".join(render_section(SECTION, findings_of(tmp_path, rows)).split())
    assert "1 of 7 patients stand alone" in html
    assert "Without the maker the fewest would stand alone" in html
    assert "as confidential as the data set" in html


def test_without_a_patient_it_says_so(tmp_path):
    html = render_section(SECTION, findings_of(tmp_path, [lost(1, patient_id=None)]))
    assert "No header of a patient could be read" in html
