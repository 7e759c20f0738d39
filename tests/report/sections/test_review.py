from radprep.report.sections.review import values
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
