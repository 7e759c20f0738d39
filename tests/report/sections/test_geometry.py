from radprep.report.sections import geometry
from tests.report.report_rows import findings_of, kept, lost


def test_sizes_before_are_those_of_films_that_were_decoded(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        geometry.plots, "sizes", lambda before, after, title: drawn.append((before, after)) or ""
    )
    rows = [
        kept(1, Columns=10, Rows=20),
        kept(1, image_id=f"{1:016x}-p2", Columns=10, Rows=20),
        lost(2, "failed", Columns=65535, Rows=65535),
    ]
    geometry.values(findings_of(tmp_path, rows))
    assert drawn == [([(10, 20)], [(90, 120), (90, 120)])]
