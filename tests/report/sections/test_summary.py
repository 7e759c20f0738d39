import pytest

from radprep.report.sections.summary import duration, values
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
    assert [level.files for level in found["levels"]][::4] == [3, 2]
    assert [point.level for point in found["points"]] == ["alarm", "look"]
    assert [film["caption"] for film in found["strip"]] == ["left as it came"]
