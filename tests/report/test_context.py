import pytest

from radprep.report import context
from radprep.report.context import caption, context_of, examples
from radprep.report.material import read_material
from radprep.report.step_pictures import StepPicture
from tests.report.report_rows import STEPS, kept, lost, write_data_set


def material(tmp_path, rows, **values):
    return read_material(write_data_set(tmp_path / "clean", rows, **values), None)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "left as it came"),
        ({"rotation_degrees": 89.6}, "turned 90\N{DEGREE SIGN} left"),
        ({"rotation_degrees": -0.4}, "left as it came"),
        (
            {"rotation_degrees": -12.0, "inverted": True, "part": 2, "part_count": 2},
            "turned 12\N{DEGREE SIGN} right, grey values turned over, part 2 of 2",
        ),
    ],
)
def test_what_was_done_in_a_few_words(values, said):
    assert caption(kept(1, **values)) == said


def test_examples_differ(tmp_path):
    rows = [
        *(kept(number) for number in range(5)),
        kept(7, inverted=True),
        kept(8, part_count=2),
        kept(9, inverted=True, rotation_degrees=50.0),
    ]
    assert [int(row["image_id"], 16) for row in examples(material(tmp_path, rows), 6)] == [
        9,
        8,
        7,
        0,
        1,
        2,
    ]


def test_lists_are_cut_and_say_so(tmp_path, monkeypatch):
    monkeypatch.setattr(context, "_MOST_TEXTS", 2)
    monkeypatch.setattr(context, "_MOST_REASONS", 1)
    rows = [
        *(kept(number, BodyPartExamined=f"WRIST {number}") for number in range(4)),
        lost(8, reason="a"),
        lost(9, reason="b"),
    ]
    found = context_of(material(tmp_path, rows), {})
    assert (
        len(found["texts"]),
        found["texts_left"],
        len(found["reasons"]),
        found["reasons_left"],
    ) == (2, 3, 1, 1)


def test_what_the_steps_did(tmp_path):
    rows = [
        kept(1, inverted=True),
        kept(2, rotation_degrees=5.0),
        lost(3, step="limit_study_size", reason="study_too_large"),
    ]
    steps = {
        row["name"]: row["did"] for row in context_of(material(tmp_path, rows), {})["step_rows"]
    }
    assert steps == {
        "limit_study_size": "1 rejected or failed",
        "colour_inversion": "1 turned over",
        "rotation_alignment": "1 turned",
    }


def test_samples_are_images_whose_steps_were_drawn(tmp_path):
    pictures = {f"{2:016x}": StepPicture("pictures/x.webp", ("colour_inversion", "result"))}
    found = context_of(material(tmp_path, [kept(1), kept(2)]), pictures)["samples"]
    assert found == [
        {"picture": "pictures/x.webp", "caption": "colour inversion, result: left as it came"}
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")],
)
def test_how_long_it_ran(seconds, said):
    assert context._duration(seconds) == said


def test_what_convert_retained_is_known_from_the_source_only(tmp_path):
    rows = [kept(1)]
    assert context_of(material(tmp_path, rows, steps=STEPS), {})["retain"] is None
    raw = write_data_set(
        tmp_path / "raw", rows, "convert", fingerprint="f" * 32, parameters={"retain": ["dates"]}
    )
    assert context_of(read_material(tmp_path / "clean", raw), {})["retain"] == ["dates"]


def test_sizes_before_are_those_of_films_that_were_decoded(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        context.plots, "sizes", lambda before, after, title: drawn.append((before, after)) or ""
    )
    rows = [
        kept(1, Columns=10, Rows=20),
        kept(1, image_id="x", Columns=10, Rows=20),
        lost(2, "failed", Columns=65535, Rows=65535),
    ]
    context_of(material(tmp_path, rows), {})
    assert drawn == [([(10, 20)], [(90, 120), (90, 120)])]
