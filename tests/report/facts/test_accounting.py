from itertools import pairwise

from radprep.report.facts.accounting import body_part_texts, funnel, reasons
from radprep.report.facts.material import read_material
from tests.report.report_rows import kept, lost, write_data_set

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
    levels = funnel(read_material(write_data_set(tmp_path / "clean", ROWS), None))
    assert [(level.title, level.files, dict(level.lost)) for level in levels] == [
        ("Files found", 7, {}),
        ("DICOM", 6, {"convert:not_dicom": 1}),
        ("Decoded", 4, {"convert:truncated": 2}),
        ("Body part wanted", 3, {"anatomic_filter:body_part": 1}),
        ("Kept", 2, {"colour_inversion:step_failed": 1}),
    ]
    for above, level in pairwise(levels):
        assert above.files - level.files == sum(level.lost.values())


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
