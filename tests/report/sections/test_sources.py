from radprep.report.sections.sources import values
from tests.report.report_rows import findings_of, kept


def test_a_file_counts_once_and_labels_stand_in_the_order_of_their_names(tmp_path):
    rows = [*(kept(number, label="b") for number in range(6)), kept(7, label="a")]
    rows.append(kept(7, image_id=f"{7:016x}-p2", label="a"))
    found = values(findings_of(tmp_path, rows))
    assert found["label_names"] == ["a", "b"]
    assert [group.files for group in found["attributes"][0].groups] == [7]
