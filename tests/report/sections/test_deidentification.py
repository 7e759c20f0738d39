from radprep.report.page import render_section
from radprep.report.sections.deidentification import SECTION, values
from tests.report.report_rows import STEPS, findings_of, kept, lost

RETAINED = [
    {
        "stage": "convert",
        "made_from": {},
        "parameters": {"retain": ["dates"]},
        "versions": {},
    }
]


def test_what_convert_retained_is_known_from_the_stages_before(tmp_path):
    findings = findings_of(tmp_path, [kept(1)], steps=STEPS, stages_before=RETAINED)
    assert values(findings)["treatments"][0].title == "Retained"
    html = render_section(SECTION, findings)
    assert "--retain dates" in html
    assert "Moved into the past" not in html


def test_it_is_known_from_the_source(tmp_path):
    findings = findings_of(
        tmp_path, [kept(1)], source_rows=[kept(1)], source_parameters={"retain": ["dates"]}
    )
    assert values(findings)["treatments"][0].title == "Retained"


def test_else_it_says_that_it_does_not_know(tmp_path):
    html = render_section(SECTION, findings_of(tmp_path, [kept(1)]))
    assert "Whether <code>convert</code> was told to retain dates" in html
    known = findings_of(tmp_path / "known", [kept(1)], name="convert")
    assert "Whether" not in render_section(SECTION, known)


def test_it_counts_the_films_of_which_there_is_no_picture(tmp_path):
    rows = [
        kept(1, burned_in_risk="high"),
        kept(2, burned_in_risk="high"),
        lost(3, step="correction", reason="correction", image_id=f"{3:016x}"),
        kept(4),
    ]
    html = render_section(SECTION, findings_of(tmp_path, rows))
    assert "<li>2 films: text may stand in its pixels</li>" in html
    assert "<li>1 film: a person rejected it or a part of it</li>" in html
    assert "no picture" not in render_section(SECTION, findings_of(tmp_path / "none", [kept(4)]))
