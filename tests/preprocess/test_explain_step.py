"""One film, step by step, as a picture."""

import json
import shutil

import cv2
import numpy as np
import pytest

from radprep.cli import app
from radprep.preprocess.explain_step import Panel, contact_sheet, explain
from radprep.steps.colour_inversion import ColourInversion
from radprep.steps.rotation_alignment import RotationAlignment
from tests.made import (
    arm,
    convert,
    draw_boxes,
    make_dicom,
    preprocess,
    rows,
    runner,
    tree_hash,
)

PIPELINE = """
name = "explained"
[steps.anatomic_filter]
[steps.colour_inversion]
[steps.part_splitter]
[steps.rotation_alignment]
[steps.resize]
width = 64
height = 96
"""
STEPS = ["source", "colour_inversion", "part_splitter", "rotation_alignment", "resize", "result"]


@pytest.fixture
def made(tmp_path):
    """A double film, which a person has cut in two, and a knee: converted to raw/ and pre-processed
    to clean/."""
    dump = tmp_path / "dump"
    dump.mkdir()
    double = np.hstack([arm(seed=1), arm(seed=2)])
    (dump / "1").write_bytes(make_dicom(double, WindowCenter=2048, WindowWidth=4096))
    (dump / "2").write_bytes(make_dicom(arm(seed=3), study="2", BodyPartExamined="KNEE"))
    (tmp_path / "explained.toml").write_text(PIPELINE)
    convert(dump, tmp_path / "raw")
    film = rows(tmp_path / "raw").query("body_part == 'wrist'").image_id.iloc[0]
    (tmp_path / "given.csv").write_text(f"image_id,field,value\n{film},parts,2\n")
    preprocess(
        tmp_path / "raw",
        tmp_path / "clean",
        "--pipeline",
        tmp_path / "explained.toml",
        "--corrections",
        tmp_path / "given.csv",
    )
    return tmp_path


def test_boxes_are_drawn_on_every_panel_and_counted_in_the_last(made):
    film = rows(made / "raw").query("body_part == 'wrist'").image_id.iloc[0]
    plain = explain(made / "clean", made / "raw", f"{film}-p2").panels
    draw_boxes(
        made / "raw", {film: [("fracture", (130, 60, 20, 20)), ("implant", (30, 60, 20, 20))]}
    )
    boxed = explain(made / "clean", made / "raw", f"{film}-p2").panels
    assert [panel.name for panel in boxed] == [panel.name for panel in plain] == STEPS
    # a change of the source's boxes changes no pixel of the image, so that both agree
    for before, after in zip(plain, boxed, strict=True):
        assert (before.picture != after.picture).any(), after.name
        assert before.picture.shape == after.picture.shape
    assert "boxes fracture 1" in boxed[-1].caption
    assert "boxes" not in plain[-1].caption


def image(made, **wanted):
    """image_id of the first row with these values."""
    table = rows(made / "clean")
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table.image_id.iloc[0]


def run(made, *arguments):
    return runner.invoke(app, ["explain-step", str(made / "clean"), *map(str, arguments)])


def test_every_step_has_a_picture_and_the_result_is_last(made):
    before = tree_hash(made)
    explanation = explain(made / "clean", made / "raw", image(made, part=1.0, status="kept"))
    assert [panel.name for panel in explanation.panels] == STEPS
    assert all(
        panel.picture.dtype == np.uint8 and panel.picture.ndim == 3 for panel in explanation.panels
    )
    assert explanation.agrees
    assert explanation.panels[-1].picture.shape[:2] == (96, 64)
    assert tree_hash(made) == before


def test_decisions_are_those_of_the_row(made):
    image_id = image(made, part=2.0)
    decisions = json.loads(rows(made / "clean").set_index("image_id").decisions[image_id])
    panels = {panel.name: panel for panel in explain(made / "clean", made / "raw", image_id).panels}
    assert {name: panels[name].decision for name in STEPS[1:-1]} == {
        name: decisions[name] for name in STEPS[1:-1]
    }
    assert panels["source"].decision["body_part"] == "wrist"
    assert "inverted False" in panels["colour_inversion"].caption


def test_the_part_asked_for_is_followed(made):
    first, second = (
        explain(made / "clean", made / "raw", image(made, part=part, status="kept"))
        for part in (1.0, 2.0)
    )
    # the splitter saw the same film
    np.testing.assert_array_equal(first.panels[2].picture, second.panels[2].picture)
    assert (first.panels[-1].decision["part"], second.panels[-1].decision["part"]) == (1, 2)
    assert not np.array_equal(first.panels[3].picture, second.panels[3].picture)


def test_a_rejected_film_says_by_what(made):
    explanation = explain(made / "clean", made / "raw", image(made, status="rejected"))
    assert [panel.name for panel in explanation.panels] == ["source", "result"]
    assert explanation.panels[-1].caption.startswith(
        "rejected by anatomic_filter, reason body_part, detail knee"
    )
    assert explanation.panels[-1].picture.min() != explanation.panels[-1].picture.max()
    assert explanation.agrees


def test_a_film_whose_image_is_gone_says_so(made):
    (made / "raw" / rows(made / "raw").query("body_part == 'wrist'").file_name.iloc[0]).unlink()
    explanation = explain(made / "clean", made / "raw", image(made, part=1.0, status="kept"))
    assert "reason image_missing" in explanation.panels[-1].caption
    assert not explanation.agrees


def test_a_correction_is_shown_as_one(made):
    image_id = image(made, part=2.0)
    (made / "given.csv").write_text(f"image_id,field,value\n{image_id},rotation_degrees,90\n")
    preprocess(
        made / "raw",
        made / "clean",
        "--pipeline",
        made / "explained.toml",
        "--corrections",
        made / "given.csv",
    )
    explanation = explain(made / "clean", made / "raw", image_id)
    assert explanation.panels[3].decision["corrected"] is True
    assert explanation.panels[-1].decision["rotation"] == 90
    assert explanation.agrees


def test_a_step_that_an_earlier_run_did_is_not_done_again(made):
    preprocess(made / "clean", made / "again", "--pipeline", made / "explained.toml")
    explanation = explain(made / "again", made / "clean", image(made, part=2.0))
    assert [panel.name for panel in explanation.panels] == STEPS
    assert explanation.agrees


def test_what_comes_out_otherwise_today_is_said(made, monkeypatch):
    real = RotationAlignment.apply
    monkeypatch.setattr(RotationAlignment, "apply", lambda step, film: real(step, film.invert()))
    assert not explain(made / "clean", made / "raw", image(made, part=1.0, status="kept")).agrees
    result = run(
        made,
        image(made, part=1.0, status="kept"),
        "--source",
        made / "raw",
        "--out",
        made / "picture.png",
    )
    assert result.exit_code == 0
    assert "Run `radprep preprocess` again" in result.stderr


def test_the_command_writes_one_picture_and_replaces_none(made, monkeypatch):
    monkeypatch.chdir(made)
    image_id = image(made, part=2.0)
    result = run(made, image_id, "--source", "raw")
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("next: ")
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [*STEPS, "look at"]
    drawn = cv2.imread(f"{image_id}.png")
    assert drawn.shape[2] == 3
    assert (drawn[0] == 255).all()
    again = run(made, image_id, "--source", "raw")
    assert again.exception.exit_code == 2
    assert "--force" in str(again.exception)
    assert run(made, image_id, "--source", "raw", "--force").exit_code == 0


def test_bad_uses_are_sentences(made, monkeypatch):
    monkeypatch.chdir(made)
    shutil.copytree("raw", "raw2")
    info = json.loads((made / "raw2/dataset.json").read_text())
    (made / "raw2/dataset.json").write_text(json.dumps({**info, "made_from": {"key": "another"}}))
    whole = image(made, part=1.0, status="kept")
    for arguments, said in (
        ([whole, "--source", "raw2"], "was not made from raw2"),
        ([f"{whole}-p9", "--source", "raw"], f"{whole}-p2"),
        (["\x1b[2J", "--source", "raw"], "no image"),
        ([whole, "--source", "nowhere"], "not a radprep data set"),
    ):
        result = run(made, *arguments)
        assert result.exception.exit_code == 2
        assert said in str(result.exception)
        assert "\x1b" not in str(result.exception)
    converted = runner.invoke(app, ["explain-step", "raw", whole, "--source", "clean"])
    assert "which has no steps" in str(converted.exception)


def test_another_version_of_a_step_is_not_passed_off_as_the_one_that_decided(made, monkeypatch):
    monkeypatch.setattr(ColourInversion, "version", 99)
    result = run(
        made, image(made, part=2.0), "--source", made / "raw", "--out", made / "picture.png"
    )
    assert result.exception.exit_code == 2
    assert "another version of radprep" in str(result.exception)


def test_a_sheet_has_rows_of_four_panels_of_one_height_on_white():
    panels = [
        Panel(f"step {number}", np.zeros((100, width, 3), np.uint8), {"turn": 1.5})
        for number, width in enumerate((50, 200, 3000, 1, 90), start=1)
    ]
    one, five = contact_sheet(panels[:1]), contact_sheet(panels)
    assert five.shape[0] == 2 * one.shape[0]
    assert (five[:, -5:] == 255).all()
    assert five.shape[1] <= 4 * 656


@pytest.mark.parametrize(
    ("decision", "caption"),
    [
        ({"turn": 12.34567, "ok": True, "name": None}, "turn 12.35, ok True, name None"),
        (
            {
                "corners": [1, 2.5, 3, 4],
                "boxes": [[1, 2]],
                "areas": [0.1] * 9,
                "seen": {"a": 1},
                "none": [],
            },
            "corners [1, 2.5, 3, 4]",
        ),
        ({"text": "\x1b[31mmuñeca\n"}, "text ?[31mmu?eca?"),
        ({}, ""),
        ({"long": "x" * 500}, "long " + "x" * 60),
    ],
)
def test_captions_hold_numbers_and_plain_words(decision, caption):
    assert Panel("step", np.zeros((1, 1, 3), np.uint8), decision).caption == caption
