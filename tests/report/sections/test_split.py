from dataclasses import replace

from radprep.report.facts.material import RunSplit
from radprep.report.page import render_section
from radprep.report.sections.split import SECTION
from tests.report.report_rows import findings_of, kept


def shown(tmp_path, split):
    findings = findings_of(tmp_path, [kept(1), kept(2)])
    return render_section(
        SECTION, replace(findings, material=replace(findings.material, split=split))
    )


def test_without_a_run_it_says_how_to_see_one(tmp_path):
    assert "With <code>--run RUN</code>" in shown(tmp_path, None)


def test_a_run_on_another_state_is_said(tmp_path):
    by_image = {f"{1:016x}": "training", "0" * 16: "holdout"}
    html = shown(tmp_path, RunSplit(("training", "validation", "holdout"), by_image, False))
    assert "another state of this data set" in html
    assert "1 image of the run is no longer in this data set" in html
    assert "<td>training</td>" in html
    assert "<td>in no part</td>" in html
