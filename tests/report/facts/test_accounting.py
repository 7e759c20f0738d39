from itertools import pairwise

from radprep.report.facts.accounting import body_part_texts, funnel, reasons
from radprep.report.facts.material import read_material
from tests.report.report_rows import kept, lost, write_data_set

FILTERS = [
    {"name": name, "version": 1, "parameters": {}}
    for name in ("limit_study_size", "anatomic_filter", "colour_inversion", "rotation_alignment")
]
ROWS = [
    kept(1),
    kept(2),
    kept(2, image_id=f"{2:016x}-p2"),
    lost(3, step="convert", reason="not_dicom", patient_id=None, BodyPartExamined=None),
    lost(4, "failed", "convert", "truncated", detail="12 of 99 bytes"),
    lost(5, "failed", "convert", "truncated", detail="12 of 99 bytes"),
    lost(
        6,
        step="anatomic_filter",
        reason="body_part",
        detail="knee",
        body_part="knee",
        BodyPartExamined="RODILLA",
    ),
    lost(7, "failed", "colour_inversion", "step_failed"),
]


def test_files_come_so_far_and_no_further(tmp_path):
    rows = [*ROWS, lost(8, step="limit_study_size", reason="study_too_large")]
    data_set = write_data_set(tmp_path / "clean", rows, steps=FILTERS)
    levels = funnel(read_material(data_set, None))
    assert [(level.title, level.files, dict(level.lost)) for level in levels] == [
        ("Files found", 8, {}),
        ("DICOM", 7, {"convert:not_dicom": 1}),
        ("Converted", 5, {"convert:truncated": 2}),
        ("After limit study size", 4, {"limit_study_size:study_too_large": 1}),
        ("After anatomic filter", 3, {"anatomic_filter:body_part": 1}),
        ("After colour inversion", 2, {"colour_inversion:step_failed": 1}),
        ("Kept", 2, {}),
    ]
    for above, level in pairwise(levels):
        assert above.files - level.files == sum(level.lost.values())


def test_a_film_that_a_person_rejects_came_past_every_step(tmp_path):
    rows = [kept(1), lost(2, step="correction", reason="correction")]
    levels = funnel(read_material(write_data_set(tmp_path / "clean", rows, steps=FILTERS), None))
    assert [(level.title, level.files, dict(level.lost)) for level in levels[2:]] == [
        ("Converted", 2, {}),
        ("Kept", 1, {"correction:correction": 1}),
    ]


def test_steps_of_an_earlier_pipeline_come_before_those_of_the_last(tmp_path):
    before = [
        {
            "stage": "preprocess",
            "made_from": {},
            "parameters": {"pipeline": {"name": "elbow", "digest": "0" * 32, "steps": FILTERS}},
            "versions": {},
        }
    ]
    rows = [kept(1), lost(2, step="anatomic_filter", reason="body_part"), lost(3, step="clahe")]
    steps = [{"name": "clahe", "version": 1, "parameters": {}}]
    data_set = write_data_set(tmp_path / "clean", rows, steps=steps, stages_before=before)
    titles = [(level.title, level.files) for level in funnel(read_material(data_set, None))]
    assert titles[3:] == [("After anatomic filter", 2), ("After clahe", 1), ("Kept", 1)]


def test_a_file_counts_as_its_best_row(tmp_path):
    rows = [
        lost(1, step="part_splitter", reason="small", image_id=f"{1:016x}"),
        kept(1, image_id=f"{1:016x}-p2"),
    ]
    assert funnel(read_material(write_data_set(tmp_path / "clean", rows), None))[-1].files == 1


def test_after_convert_there_is_no_filter(tmp_path):
    levels = funnel(read_material(write_data_set(tmp_path / "raw", [*ROWS[:6]], "convert"), None))
    assert [(level.title, level.files) for level in levels] == [
        ("Files found", 5),
        ("DICOM", 4),
        ("Kept", 2),
    ]
    assert levels[-1].lost == {"convert:truncated": 2}


def test_reasons_with_what_decided():
    listed = [(one.status, one.step, one.reason, one.rows, one.values) for one in reasons(ROWS)]
    assert listed == [
        ("rejected", "anatomic_filter", "body_part", 1, [("knee", 1)]),
        ("rejected", "convert", "not_dicom", 1, []),
        ("failed", "convert", "truncated", 2, [("12 of 99 bytes", 2)]),
        ("failed", "colour_inversion", "step_failed", 1, []),
    ]


def test_texts_beside_what_they_were_read_as():
    listed = [
        (one.text, one.part, one.files, one.kept, one.rejected, one.failed)
        for one in body_part_texts(ROWS)
    ]
    assert listed == [("WRIST", "wrist", 5, 2, 0, 3), ("RODILLA", "knee", 1, 0, 1, 0)]


def test_values_that_are_not_listed_are_counted():
    rows = [lost(number, detail=f"{number} bytes") for number in range(7)]
    [one] = reasons([*rows, lost(9)], shown=3)
    assert (one.rows, len(one.values), one.values_left) == (8, 3, 4)
