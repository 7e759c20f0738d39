from radprep.report.facts.material import read_material
from radprep.report.facts.review import confidence, step_reviews, worst_first
from tests.report.report_rows import kept, lost, write_data_set


def test_the_least_confident_first_and_those_with_a_mark_before_others(tmp_path):
    rows = [
        kept(1, inversion_confidence=0.5),
        kept(2, inversion_confidence=0.7, review=["colour_inversion:unsure"]),
        kept(3, inversion_confidence=0.2),
        kept(
            4, inversion_confidence=0.05, review=["colour_inversion:unsure", "rotation_alignment:x"]
        ),
    ]
    inversion, rotation = step_reviews(
        read_material(write_data_set(tmp_path / "clean", rows), None)
    )
    assert (inversion.step, inversion.image_ids) == (
        "colour_inversion",
        [f"{number:016x}" for number in (4, 2, 3, 1)],
    )
    assert inversion.marked == {"unsure": 2}
    assert inversion.confidences[f"{3:016x}"] == 0.2
    assert rotation.marked == {"x": 1}


def test_a_step_that_did_not_see_the_image_says_nothing():
    row = kept(1, body_part_score=0.9)
    assert confidence("anatomic_filter", row, {}) is None
    assert confidence("anatomic_filter", row, {"anatomic_filter": {}}) == 0.9
    assert confidence("part_splitter", row, {"part_splitter": {"confidence": 1}}) == 1.0
    assert confidence("part_splitter", row, {"part_splitter": {"confidence": "high"}}) is None


def test_what_to_look_at_first():
    rows = [
        kept(1),
        lost(2),
        lost(3, "failed"),
        kept(4, review=["a:b"]),
        kept(5, review=["a:b", "c:d"]),
    ]
    assert [int(row["instance_id"], 16) for row in worst_first(rows)] == [5, 4, 3, 2, 1]
