from radprep.export.card.answers import Answers
from radprep.export.card.rai import rai
from tests.export.card.test_measured import measured, patients
from tests.report.report_rows import lost


def test_only_what_is_known_is_said(tmp_path):
    rows = [*patients(2, 0), *patients(4, 10, patient_from="none"), lost(50)]
    found = rai(measured(tmp_path, rows), Answers())
    assert "data_use_cases" not in found
    assert "data_annotation_protocol" not in found
    assert found["data_biases"][0].startswith("Whose films they are is not known for 4 of 6")
    assert found["data_collection_raw_data"] == "7 files"
    assert "convert: duplicate 1" in found["data_collection_missing_data"]


def test_what_the_files_were_is_said(tmp_path):
    found = rai(measured(tmp_path, patients(2, 0), name="convert"), Answers())
    assert found["data_collection_raw_data"] == "2 DICOM files"


def test_answers_stand_beside_what_was_measured(tmp_path):
    answers = Answers({"uses": "Teaching.", "misuses": "No more.", "labelling": "Two readers."})
    found = rai(measured(tmp_path, patients(6, 0)), answers)
    assert found["data_use_cases"] == ["Teaching."]
    assert found["data_limitations"][-1] == "No more."
    assert found["data_annotation_protocol"] == ["Two readers."]
