import pytest

from radprep.report.page import render_section
from radprep.report.sections.summary import SECTION, duration, values
from tests.report.report_rows import findings_of, kept, lost


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")],
)
def test_how_long_it_ran(seconds, said):
    assert duration(seconds) == said


def test_what_came_in_and_what_to_look_at(tmp_path):
    found = values(
        findings_of(tmp_path, [kept(1), kept(3, burned_in_risk="high"), lost(2, "failed")])
    )
    assert [level.files for level in found["levels"]] == [3, 3, 2, 2]
    assert (found["rows"], found["strip_left"]) == (3, 1)
    assert [point.level for point in found["points"]] == ["alarm", "look"]
    assert [film["caption"] for film in found["strip"]] == [
        "neither turned nor inverted nor cut in parts"
    ]


def test_the_first_screen_shows_no_marked_film_unless_there_is_no_other(tmp_path):
    mark = {"review": ["colour_inversion:unsure"]}
    rows = [*(kept(number) for number in range(6)), kept(8, inverted=True, **mark)]
    shown = values(findings_of(tmp_path / "some", rows))["strip"]
    assert len(shown) == 6
    assert all("review" not in film["caption"] for film in shown)
    [only] = values(findings_of(tmp_path / "all", rows[6:]))["strip"]
    assert only["caption"] == "grey values turned over; to review: colour inversion: unsure"


def test_reasons_that_the_funnel_leaves_out_are_counted(tmp_path):
    rows = [kept(1), *(lost(number, reason=f"reason_{number}") for number in range(2, 8))]
    html = " ".join(render_section(SECTION, findings_of(tmp_path, rows)).split())
    assert 'and <a href="#rejected">3 more reasons</a>' in html
