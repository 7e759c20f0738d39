from dataclasses import replace
from itertools import pairwise

from radprep.report.facts.accounting import funnel
from radprep.report.pictures.steps import StepPicture
from radprep.report.sections.steps import step_rows, values
from tests.report.report_rows import findings_of, kept, lost


def test_what_the_steps_did(tmp_path):
    rows = [
        kept(1, inverted=True),
        kept(2, rotation_degrees=5.0),
        lost(3, step="limit_study_size", reason="study_too_large"),
    ]
    found = values(findings_of(tmp_path, rows))["step_rows"]
    assert [(row["name"], row["did"], row["rejected"], row["failed"]) for row in found] == [
        ("limit_study_size 1", "", 1, 0),
        ("colour_inversion 1", "1 turned over", 0, 0),
        ("rotation_alignment 1", "1 turned", 0, 0),
        ("together", "", 1, 0),
    ]
    assert found[0]["parameters"] == "max_instances 50"


def test_a_step_that_is_not_known_here_counts_the_images_that_it_saw(tmp_path):
    steps = [{"name": "strange", "version": 3, "parameters": {}}]
    rows = [kept(1, decisions='{"strange": {}}'), kept(2)]
    shown, _ = step_rows(findings_of(tmp_path, rows, steps=steps).material)
    assert (shown["name"], shown["did"]) == ("strange 3", "1 done")


def test_table_and_funnel_are_what_the_rows_say_and_their_columns_add_up(tmp_path):
    """Each figure of both is counted again from the rows; a file may give several."""
    names = ("limit_study_size", "anatomic_filter", "colour_inversion", "part_splitter")
    steps = [{"name": name, "version": 1, "parameters": {}} for name in names]
    rows = [
        kept(1),
        kept(2, inverted=True),
        lost(2, step="part_splitter", reason="small", image_id=f"{2:016x}-p2"),
        lost(3, step="limit_study_size", reason="study_too_large"),
        lost(4, step="limit_study_size", reason="study_too_large"),
        lost(5, step="anatomic_filter", reason="body_part"),
        lost(6, "failed", "colour_inversion", "step_failed"),
        lost(7, step="part_splitter", reason="small"),
        lost(8, step="convert", reason="not_dicom", patient_id=None),
        lost(9, "failed", "convert", "truncated"),
        lost(10, step="correction", reason="correction"),
    ]
    material = findings_of(tmp_path, rows, steps=steps).material
    *lines, sums = step_rows(material)
    for status in ("rejected", "failed"):
        for line in lines:
            step = line["name"].removesuffix(" 1")
            assert line[status] == sum(
                row["step"] == step and row["status"] == status for row in rows
            ), (step, status)
        assert sums[status] == sum(line[status] for line in lines)
        assert sums[status] == sum(row["status"] == status for row in rows)
    assert [line["name"] for line in lines[-2:]] == ["convert", "correction"]
    levels = funnel(material)
    assert [level.files for level in levels] == [10, 9, 8, 6, 5, 4, 3, 2]
    for above, level in pairwise(levels):
        assert above.files - level.files == sum(level.lost.values()), level.title
    lost_by = {
        why.partition(":")[0]: count for level in levels for why, count in level.lost.items()
    }
    # of the two rows that the splitter lost, one is of a file that gave an image all the same
    assert lost_by["part_splitter"] == 1
    assert lost_by["limit_study_size"] == 2
    assert levels[-1].files == material.counts["kept"]


def test_a_step_that_stands_twice_is_counted_once(tmp_path):
    steps = 2 * [{"name": "clahe", "version": 1, "parameters": {}}]
    rows = [kept(1), lost(2, "failed", "clahe", "step_failed")]
    *lines, sums = step_rows(findings_of(tmp_path, rows, steps=steps).material)
    assert [line["failed"] for line in lines] == [1, 0]
    assert sums["failed"] == 1


def test_samples_are_images_whose_steps_were_drawn(tmp_path):
    pictures = {f"{2:016x}": StepPicture("pictures/x.webp", ("colour_inversion", "result"))}
    findings = replace(findings_of(tmp_path, [kept(1), kept(2)]), step_pictures=pictures)
    assert values(findings)["samples"] == [
        {
            "picture": "pictures/x.webp",
            "caption": "colour inversion, result: neither turned nor inverted nor cut in parts",
        }
    ]


def test_films_whose_steps_are_not_shown_here_are_counted(tmp_path):
    pictures = {
        f"{number:016x}": StepPicture("pictures/x.webp", ("result",)) for number in range(6)
    }
    rows = [kept(number) for number in range(6)]
    found = values(replace(findings_of(tmp_path, rows), step_pictures=pictures))
    assert (len(found["samples"]), found["samples_left"]) == (4, 2)
