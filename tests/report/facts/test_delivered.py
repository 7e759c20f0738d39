from radprep.report.facts.delivered import delivered, deliveries, said, studies_of_several
from radprep.report.facts.methods import paragraph
from tests.report.report_rows import findings_of, kept, lost


def of(folder, rows):
    return findings_of(folder, rows).material


def rows_of(number):
    """An image of each of so many deliveries, and a file of each that is no DICOM."""
    return [
        row
        for n in range(1, number + 1)
        for row in (kept(n, delivery=n), lost(100 + n, delivery=n, study_id="unassigned"))
    ]


def test_one_delivery_is_not_spoken_of(tmp_path):
    material = of(tmp_path, rows_of(1))
    assert (deliveries(material), delivered(material), said(material)) == ([], [], "")
    assert studies_of_several(material) == 0


def test_each_has_a_line_and_the_columns_add_up(tmp_path):
    material = of(tmp_path, [*rows_of(3), lost(9, "failed", delivery=2)])
    lines = delivered(material)
    assert [(one.name, one.counts) for one in lines] == [
        ("1", (2, 1, 1, 0, 1, 1)),
        ("2", (3, 1, 1, 1, 1, 1)),
        ("3", (2, 1, 1, 0, 1, 1)),
    ]
    names = ("files", "kept", "rejected", "failed", "images", "studies_kept")
    sums = [sum(column) for column in zip(*(one.counts for one in lines), strict=True)]
    assert sums == [material.counts[name] for name in names]


def test_a_study_of_two_deliveries_stands_under_both(tmp_path):
    material = of(tmp_path, [kept(1, study=1), kept(2, study=1, delivery=2), kept(3, study=3)])
    assert [one.counts[-1] for one in delivered(material)] == [2, 1]
    assert studies_of_several(material) == 1


def test_the_earliest_of_many_share_a_line(tmp_path):
    lines = delivered(of(tmp_path, rows_of(14)))
    assert [one.name for one in lines] == ["the first 9", *(str(n) for n in range(10, 15))]
    assert lines[0].counts == (18, 9, 9, 0, 9, 9)


def test_the_paragraph_says_it_in_a_sentence(tmp_path):
    few, many = of(tmp_path / "few", rows_of(2)), of(tmp_path / "many", rows_of(11))
    told = "The files came in 2 deliveries, one after the other (of 2 and 2 files)."
    assert told in paragraph(few)
    assert "The files came in 11 deliveries, one after the other." in paragraph(many)
    assert "deliver" not in paragraph(of(tmp_path / "one", rows_of(1)))


def test_a_study_without_an_image_counts_in_no_delivery(tmp_path):
    rows = [
        {**kept(1), "delivery": 1},
        {**lost(2, "rejected"), "delivery": 1},
        {**kept(3), "delivery": 2},
    ]
    material = of(tmp_path, rows)
    assert [one["studies"] for one in deliveries(material)] == [1, 1]
    assert material.counts["studies_kept"] == 2
    assert studies_of_several(material) == 0
