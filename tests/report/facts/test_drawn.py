"""What the page tells of boxes."""

from radprep.dataset.box_decisions import with_lost
from radprep.dataset.boxes import unplaced
from radprep.report.facts.drawn import told_of_boxes
from radprep.report.page import render_section
from radprep.report.sections.labels import SECTION
from tests.made import boxes_of
from tests.report.report_rows import findings_of, kept, lost

DRAWN = [("fracture", (2, 2, 10, 10)), ("implant", (80, 2, 40, 10))]


def boxed(number, drawn, **values):
    row = kept(number, **values)
    return {**row, "boxes": boxes_of(drawn, row)}


def test_without_boxes_nothing_is_told(tmp_path):
    findings = findings_of(tmp_path, [kept(1), boxed(2, [])])
    assert told_of_boxes(findings.material) is None
    assert "boxes" not in render_section(SECTION, findings)


def test_boxes_by_fate_and_label(tmp_path):
    listed = unplaced(3, "lesion", "file", [1, 1, 2, 2])
    marks = ["preprocess:box_cut", "preprocess:box_lost"]
    rows = [
        boxed(1, DRAWN, review=marks),
        boxed(2, DRAWN[:1]),
        {**lost(3), "boxes": boxes_of(DRAWN[:1], kept(3))},
    ]
    rows[0]["decisions"] = with_lost(None, [(listed, "cut_away")])
    findings = findings_of(tmp_path, rows)
    told = told_of_boxes(findings.material)
    assert told == {
        "all": 5,
        "fates": [
            ("whole on one image", 2),
            ("cut, on one image", 1),
            ("on no image of their film", 1),
            ("of films without an image", 1),
        ],
        "labels": [("fracture", 3), ("implant", 1), ("lesion", 1)],
        "marked": "preprocess:box_lost",
    }
    html = render_section(SECTION, findings)
    assert "5 boxes are drawn on films: 2 whole on one image" in html
    assert 'data-show="mark=preprocess:box_lost"' in html


def test_boxes_of_a_film_are_those_of_its_source_and_else_of_its_parts(tmp_path):
    film = boxed(1, [("fracture", (2, 2, 10, 10)), ("implant", (50, 2, 10, 10))])
    parts = [{**film, "boxes": boxes_of(DRAWN[:1], film)}, kept(1, image_id=f"{1:016x}-p2")]
    alone = findings_of(tmp_path / "alone", parts).material
    assert [box.label for box in alone.boxes_of_film(parts[1])] == ["fracture"]
    both = findings_of(tmp_path / "both", parts, [film]).material
    assert [box.label for box in both.boxes_of_film(parts[1])] == ["fracture", "implant"]
    assert alone.boxes_of_film(kept(9)) is None
