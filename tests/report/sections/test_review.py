from radprep.report.page import render_section
from radprep.report.sections.review import SECTION, values
from tests.report.report_rows import findings_of, kept


def test_the_films_of_a_step_that_marked_some_are_shown_the_least_sure_first(tmp_path):
    rows = [
        kept(1, inversion_confidence=0.5, review=["colour_inversion:unsure"]),
        kept(2, inversion_confidence=0.25, review=["colour_inversion:unsure"]),
        kept(3, review=["somebody:else"]),
    ]
    inversion, rotation, other = values(findings_of(tmp_path, rows))["reviews"]
    assert (inversion["title"], inversion["total"]) == ("colour inversion", 3)
    assert inversion["marked"] == {"unsure": 2}
    said = [film["caption"] for film in inversion["films"]]
    assert said == ["confidence 0.25", "confidence 0.50", "confidence 0.90"]
    assert "<svg" in inversion["plot"]
    assert rotation["films"] == []
    assert (other["step"], other["plot"]) == ("somebody", "")
    assert [film["caption"] for film in other["films"]] == ["marked"]


def test_in_the_place_of_a_film_that_is_withheld_stands_where_it_is(tmp_path):
    rows = [
        kept(1, review=["colour_inversion:unsure"], burned_in_risk="high"),
        kept(2, review=["colour_inversion:unsure"]),
    ]
    html = render_section(SECTION, findings_of(tmp_path, rows))
    said = f"no picture: text may stand in its pixels; the image is {rows[0]['file_name']}"
    assert said in html
    assert html.count("<img") == 1
