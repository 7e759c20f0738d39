import pytest

from radprep.report.facts.label_join import LabelJoin, label_join


def test_what_convert_recorded():
    recorded = {
        "label_key": "PatientID",
        "label_map": ["FRACTURA = fracture"],
        "labelled_studies": 5,
        "studies_without_label": 4,
        "contradictory_studies": 3,
        "label_keys_without_study": 2,
        "unmapped_label_rows": 1,
    }
    expected = LabelJoin("PatientID", ("FRACTURA = fracture",), 5, 4, 3, 2, 1)
    assert label_join(recorded) == expected


@pytest.mark.parametrize("parameters", [None, {}, {"labels": False}, {"label_key": 3}])
def test_without_a_join_there_is_nothing_to_say(parameters):
    assert label_join(parameters) is None
