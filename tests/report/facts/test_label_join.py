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
        "missing_label_rows": 6,
        "uncertain_label_rows": 7,
        "list_label_rows": 8,
        "label_keys_case": 9,
        "label_keys_case_fit": 1,
        "labelled_images": 10,
    }
    recorded = {"label_key": ["PatientID", "path"], "label_join": {"hardware": of_label}}
    found = label_join(recorded, "hardware")
    told, meanings = found.told, ("FRACTURA = fracture",)
    assert found == LabelJoin(
        "PatientID and path", meanings, told, 5, 4, 3, 2, 1, 6, 7, 10, 0, 0, 0, of_studies=True
    )
    assert [f": {number}" in one for one, number in zip(told, "6789", strict=False)] == [True] * 4
    assert len(told) == 5
    assert label_join(recorded, "fracture") is None


@pytest.mark.parametrize("parameters", [None, {}, {"labels": False}, {"label_key": 3}])
def test_without_a_join_there_is_nothing_to_say(parameters):
    assert label_join(parameters, "hardware") is None


def test_labels_of_images_alone_say_nothing_of_studies():
    counts = {"labelled_studies": 0, "studies_without_label": 3, "label_keys_without_study": 0}
    of_images = {**counts, "labelled_images": 2}
    for found, is_of_studies in (
        (counts, True),
        (of_images, False),
        ({**of_images, "label_keys_without_study": 1}, True),
    ):
        said = {"label_key": ["path"], "label_join": {"class": found}}
        assert label_join(said, "class").of_studies is is_of_studies
