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


def test_studies_of_several_patients_are_listed_and_their_patients_are_one(tmp_path):
    rows = [kept(number, study=1, PatientSex="F") for number in range(2)]
    ids = ["a" * 16, "b" * 16]
    for row, patient in zip(rows, ids, strict=True):
        row["patient_id"] = patient
    findings = findings_of(tmp_path, rows)
    assert {row["patient_id"] for row in findings.material.rows} == {ids[0]}
    html = render_section(SECTION, findings)
    assert "Studies of several patients" in html
    assert ", ".join(ids) in html
