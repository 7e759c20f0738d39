import pytest

from radprep.report.facts.label_join import LabelJoin, label_join


def test_what_convert_recorded():
    of_label = {
        "label_map": ["FRACTURA = fracture"],
        "labelled_studies": 5,
        "studies_without_label": 4,
        "contradictory_studies": 3,
        "label_keys_without_study": 2,
        "unmapped_label_rows": 1,
        "labelled_images": 6,
    }
    recorded = {"label_key": ["PatientID", "path"], "label_join": {"hardware": of_label}}
    expected = LabelJoin("PatientID and path", ("FRACTURA = fracture",), 5, 4, 3, 2, 1, 6)
    assert label_join(recorded, "hardware") == expected
    assert label_join(recorded, "fracture") is None


@pytest.mark.parametrize("parameters", [None, {}, {"labels": False}, {"label_key": 3}])
def test_without_a_join_there_is_nothing_to_say(parameters):
    assert label_join(parameters, "hardware") is None
