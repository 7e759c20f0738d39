import pytest

from radprep.report.pictures.examples import caption, examples, figure
from tests.report.report_rows import findings_of, kept


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "neither turned nor inverted nor cut in parts"),
        ({"rotation_degrees": 89.6}, "turned 90\N{DEGREE SIGN} left"),
        ({"rotation_degrees": -0.4}, "neither turned nor inverted nor cut in parts"),
        (
            {"rotation_degrees": -12.0, "inverted": True, "part": 2, "part_count": 2},
            "turned 12\N{DEGREE SIGN} right, grey values turned over, part 2 of 2",
        ),
    ],
)
def test_what_was_done_in_a_few_words(values, said):
    assert caption(kept(1, **values)) == said


def test_examples_differ(tmp_path):
    rows = [
        *(kept(number) for number in range(5)),
        kept(7, inverted=True),
        kept(8, part_count=2),
        kept(9, inverted=True, rotation_degrees=50.0),
    ]
    shown = examples(findings_of(tmp_path, rows).material, 6)
    assert [int(row["image_id"], 16) for row in shown] == [9, 8, 7, 0, 1, 2]


def test_a_figure_shows_the_film_before_where_there_is_a_source(tmp_path):
    alone = findings_of(tmp_path / "alone", [kept(1)]).material
    assert figure(alone, alone.kept[0], "x")["before"] == ""
    both = findings_of(tmp_path / "both", [kept(1)], source_rows=[kept(1)]).material
    shown = figure(both, both.kept[0], "x")
    assert shown["before"] == shown["after"].replace("\\", "/") != ""
