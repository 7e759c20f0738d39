from dataclasses import replace

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
    assert {row["name"]: row["did"] for row in found} == {
        "limit_study_size": "1 rejected or failed",
        "colour_inversion": "1 turned over",
        "rotation_alignment": "1 turned",
    }
    assert found[0]["parameters"] == "max_instances 50"


def test_a_step_that_is_not_known_here_counts_the_images_that_it_saw(tmp_path):
    steps = [{"name": "strange", "version": 3, "parameters": {}}]
    rows = [kept(1, decisions='{"strange": {}}'), kept(2)]
    [shown] = step_rows(findings_of(tmp_path, rows, steps=steps).material)
    assert (shown["name"], shown["version"], shown["did"]) == ("strange", 3, "1 done")


def test_samples_are_images_whose_steps_were_drawn(tmp_path):
    pictures = {f"{2:016x}": StepPicture("pictures/x.webp", ("colour_inversion", "result"))}
    findings = replace(findings_of(tmp_path, [kept(1), kept(2)]), step_pictures=pictures)
    assert values(findings)["samples"] == [
        {"picture": "pictures/x.webp", "caption": "colour inversion, result: left as it came"}
    ]
