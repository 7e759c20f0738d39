from radprep.report.sections import duplicates
from tests.report.report_rows import findings_of, kept


def test_identical_images_stand_before_those_that_look_the_same_and_the_list_is_cut(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(duplicates, "_MOST_GROUPS", 1)
    rows = [
        kept(1, pixel_hash="a" * 32, perceptual_hash="00" * 8),
        kept(2, pixel_hash="a" * 32, perceptual_hash="00" * 8),
        kept(3, pixel_hash="b" * 32, perceptual_hash="00" * 8),
    ]
    found = duplicates.values(findings_of(tmp_path, rows))
    assert [one.bits for one in found["twins"]] == [None]
    assert found["twins_left"] == 1
