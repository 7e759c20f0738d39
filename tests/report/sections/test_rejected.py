from radprep.report.sections import rejected
from tests.report.report_rows import findings_of, kept, lost


def test_the_list_is_cut_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(rejected, "MOST_REASONS", 1)
    rows = [kept(1), lost(8, reason="a"), lost(9, reason="b")]
    found = rejected.values(findings_of(tmp_path, rows))
    assert ([one.reason for one in found["reasons"]], found["reasons_left"]) == (["a"], 1)
