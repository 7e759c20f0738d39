"""Boxes follow their films through every step, and none is lost without a word."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radprep.cli import app
from radprep.dataset.box_counts import boxes_by_fate
from radprep.dataset.box_decisions import shown_in
from radprep.dataset.boxes import LEAST_SHARE, as_text, boxes_in, carried
from radprep.image.image import Image
from radprep.preprocess.boxes_on_parts import (
    MARK_CUT,
    MARK_LOST,
    MARK_SEVERAL,
    boxes_on,
    carry,
    keep_of_part,
    tell,
)
from tests.made import (
    arm,
    boxes_of,
    convert,
    draw_boxes,
    image_row,
    make_dicom,
    preprocess,
    rows,
    runner,
)

FILM = "0123456789abcdef"
SPLIT = """
name = "split"
summary = "cuts and turns"
[steps.part_splitter]
method = "otsu"
[steps.rotation_alignment]
method = "pca"
"""
LATER = """
name = "later"
summary = "then another size"
[steps.resize]
width = 64
height = 96
"""


def film_row(drawn, size=(100, 60), **values):
    row = image_row(FILM, "s" * 16, width=size[0], height=size[1], decisions="{}", **values)
    row["boxes"] = boxes_of(drawn, row)
    return row


def made_of(row, image, number=1, **values):
    """The row of an image that was made of a film, as `study._describe` makes it."""
    six = [round(value, 9) for value in image.source_matrix[:2].ravel().tolist()]
    name = FILM if number == 1 else f"{FILM}-p{number}"
    after = {**row, "width": image.width, "height": image.height, "source_matrix": six}
    after = {**after, "image_id": name, "review": [], **values}
    if after["status"] == "kept":
        carry(after, image)
    else:
        keep_of_part(after, image)
    return after


def cut_in_two(row, at, **of_second):
    """A film's rows after a cut at a column."""
    whole = Image(np.zeros((row["height"], row["width"]), np.uint8))
    left = whole.crop(0, 0, at, row["height"])
    right = whole.crop(at, 0, row["width"] - at, row["height"])
    parts = [made_of(row, left), made_of(row, right, 2, **of_second)]
    tell([row], parts)
    return parts


REJECTED = {"status": "rejected", "step": "quality", "reason": "near_blank"}


def numbers(row):
    return [box.number for box in boxes_in(row["boxes"])]


def test_a_box_stays_with_each_part_that_shows_enough_of_it():
    row = film_row(
        [
            ("fracture", (5, 5, 10, 10)),  # left
            ("fracture", (45, 5, 10, 10)),  # half on each part
            ("fracture", (41, 5, 9.9, 10)),  # a hair of it on the right one
            ("fracture", (70, 5, 10, 10)),  # right
        ]
    )
    left, right = cut_in_two(row, 50)
    assert numbers(left) == [1, 2, 3]
    assert numbers(right) == [2, 4]
    assert [box.share for box in boxes_in(right["boxes"])] == [0.5, 1.0]
    assert left["review"] == [MARK_SEVERAL, MARK_CUT]  # of box 3 a tenth is missing
    assert right["review"] == [MARK_SEVERAL]
    assert boxes_by_fate([left, right]) == {"whole": 2, "on_several": 1, "cut": 1}


@pytest.mark.parametrize(("reaches", "expected"), [(0.9, [1]), (1.5, [1])])
def test_a_sliver_is_no_box(reaches, expected):
    row = film_row([("fracture", (40, 5, 10 + reaches, 10))])
    left, right = cut_in_two(row, 50)
    assert numbers(left) == expected
    assert numbers(right) == ([1] if reaches / (10 + reaches) >= LEAST_SHARE else [])


def test_a_box_of_a_rejected_part_is_lost_listed_and_marked():
    row = film_row([("fracture", (70, 5, 10, 10)), ("implant", (5, 5, 10, 10))])
    left, right = cut_in_two(row, 50, **REJECTED)
    assert numbers(right) == [1]  # as it lay on the film
    assert boxes_in(right["boxes"])[0].x == 70
    assert left["review"] == [MARK_LOST]
    assert json.loads(left["decisions"])["boxes"]["lost"] == [
        {
            "number": 1,
            "label": "fracture",
            "by": "file",
            "film": [70, 5, 10, 10],
            "why": "quality:near_blank",
        }
    ]
    assert boxes_by_fate([left, right]) == {"whole": 1, "lost": 1}


def test_a_box_that_is_cut_away_is_lost_and_one_that_is_cut_is_marked():
    row = film_row([("fracture", (5, 5, 10, 10)), ("fracture", (25, 5, 10, 10))])
    image = Image(np.zeros((60, 100), np.uint8)).crop(30, 0, 60, 60)
    after = made_of(row, image)
    tell([row], [after])
    assert numbers(after) == [2]
    assert sorted(after["review"]) == [MARK_CUT, MARK_LOST]
    assert json.loads(after["decisions"])["boxes"]["lost"][0]["why"] == "cut_away"
    assert boxes_by_fate([after]) == {"cut": 1, "lost": 1}


def test_what_was_cut_away_stays_away_when_a_turn_makes_the_image_larger():
    # the corners of the turned part reach over where the box was, and show grey there
    row = film_row([("fracture", (52, 25, 8, 8)), ("fracture", (20, 25, 8, 8))])
    image = Image(np.zeros((60, 100), np.uint8)).crop(0, 0, 50, 60).rotate(40)
    assert len(carried(boxes_in(row["boxes"]), image.source_matrix, image.width, image.height)) == 2
    after = made_of(row, image)
    assert numbers(after) == [2]


def test_a_stage_after_it_knows_what_was_cut_away_and_tells_nothing_twice():
    row = film_row([("fracture", (46, 25, 8, 8)), ("fracture", (20, 25, 8, 8))])
    image = Image(np.zeros((60, 100), np.uint8)).crop(0, 0, 50, 60).rotate(40)
    once = made_of(row, image)
    tell([row], [once])
    assert once["review"] == [MARK_CUT]
    loaded = Image(
        np.zeros((once["height"], once["width"]), np.uint8),
        base=image.source_matrix,
        shown=shown_in(once["decisions"]),
    )
    accepted = {**once, "review": []}
    twice = made_of(accepted, loaded.rotate(-40))
    tell([accepted], [twice])
    shares = [[box.share for box in boxes_in(one["boxes"])] for one in (once, twice)]
    assert shares == [[0.5, 1.0]] * 2
    assert twice["review"] == []
    assert made_of(accepted, loaded)["boxes"] == once["boxes"]


def test_marks_that_a_person_has_accepted_do_not_come_again():
    row = film_row([("fracture", (45, 5, 10, 10))])
    parts = cut_in_two(row, 50)
    accepted = [{**part, "review": []} for part in parts]
    after = [{**part} for part in accepted]
    tell(accepted, after)
    assert [part["review"] for part in after] == [[], []]


def test_a_film_that_is_rejected_keeps_its_boxes_and_has_no_mark():
    row = film_row([("fracture", (5, 5, 10, 10))])
    after = {**row, "status": "rejected", "review": []}
    tell([row], [after])
    assert after["boxes"] == row["boxes"]
    assert after["review"] == []
    assert boxes_by_fate([after]) == {"without_image": 1}


def test_a_film_of_which_no_file_speaks_stays_without_a_word():
    row = image_row(FILM, "s" * 16, decisions="{}")
    before = {**row}
    image = Image(np.zeros((8, 8), np.uint8)).crop(0, 0, 4, 4)
    carry(row, image)
    tell([before], [row])
    assert row == before


def draw_way(draw, image):
    kind = draw(st.sampled_from(["turn", "quarter", "crop", "resize"]))
    if kind == "turn":
        return image.rotate(draw(st.floats(-180, 180)))
    if kind == "quarter":
        return image.rotate(90 * draw(st.integers(1, 3)))
    if kind == "crop":
        x, y = draw(st.integers(0, image.width // 2)), draw(st.integers(0, image.height // 2))
        width = draw(st.integers(1 + (image.width - x) // 2, image.width - x))
        return image.crop(x, y, width, draw(st.integers(1, image.height - y)))
    scale = draw(st.floats(0.7, 1.5))
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    pixels = cv2.resize(image.render(), (width, height), interpolation=cv2.INTER_LINEAR)
    x, y = image.width / width, image.height / height
    return image.with_pixels(
        pixels, np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
    )


@settings(max_examples=40, deadline=None)
@given(data=st.data(), x=st.integers(2, 80), y=st.integers(2, 40))
def test_boxes_lie_where_the_drawn_pixels_went(data, x, y):
    """The same way is taken by a film with a bright box on it: what is bright in the end is what
    the box holds, and its area is the share that the box says."""
    film = np.zeros((60, 100), np.uint8)
    film[y : y + 14, x : x + 14] = 255
    image = Image(film)
    for _ in range(data.draw(st.integers(1, 5))):
        image = draw_way(data.draw, image)
    row = film_row([("fracture", (x, y, 14, 14))])
    bright = image.render().astype(float) / 255
    scale = np.sqrt(abs(np.linalg.det(image.source_matrix[:2, :2])))
    found = carried(
        boxes_in(row["boxes"]), image.source_matrix, image.width, image.height, image.reach
    )
    share = found[0].share if found else 0.0
    assert share == pytest.approx(bright.sum() * scale**2 / 14**2, abs=0.15)
    if share > 0.3:
        rows_of, columns = np.nonzero(bright > 0.4)
        seen = [columns.min(), rows_of.min(), columns.max() + 1, rows_of.max() + 1]
        [box] = found
        said = [box.x, box.y, box.x + box.width, box.y + box.height]
        assert np.abs(np.subtract(seen, said)).max() <= 1.6 / scale + 1.1


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Three films: one of two limbs, one of one, and one of a knee."""
    tmp_path = tmp_path_factory.mktemp("boxes")
    dump = tmp_path / "dump"
    dump.mkdir()
    two = np.hstack([arm(seed=1), arm(seed=2)])
    for name, film, part in (("1", two, "WRIST"), ("2", arm(seed=3), "WRIST"), ("3", None, "KNEE")):
        (dump / name).write_bytes(make_dicom(film, study=name, BodyPartExamined=part))
    convert(dump, tmp_path / "raw")
    table = rows(tmp_path / "raw").set_index("BodyPartExamined")
    wide, narrow = table.loc["WRIST"].sort_values("width", ascending=False).image_id
    drawn = {
        wide: [
            ("fracture", (35.5, 40, 10, 12)),  # on the left limb
            ("fracture", (125, 50, 12, 8)),  # on the right one
            ("dislocation", (50, 60, 80, 10)),  # over both
            ("implant", (70, 60, 40, 10)),  # between them
        ],
        narrow: [],
        table.loc["KNEE"].image_id: [("fracture", (10, 10, 10, 10))],
    }
    draw_boxes(tmp_path / "raw", drawn)
    return tmp_path / "raw"


@pytest.fixture
def pipeline(tmp_path):
    def write(text, name):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_through_two_pipelines_every_box_is_accounted_for(raw, tmp_path, pipeline):
    clean, cleaner = tmp_path / "clean", tmp_path / "cleaner"
    first = preprocess(raw, clean, "--pipeline", pipeline(SPLIT, "split.toml"))
    second = preprocess(clean, cleaner, "--pipeline", pipeline(LATER, "later.toml"))
    fates = {"whole": 3, "on_several": 1, "lost": 1}
    assert first["counts"]["boxes"] == second["counts"]["boxes"] == fates
    table = rows(cleaner).set_index("image_id")
    for image_id, row in table[table.status == "kept"].iterrows():
        before = rows(clean).set_index("image_id").loc[image_id]
        assert numbers(row) == numbers(before)
        assert all(box.width < 64 for box in boxes_in(row.boxes))
    parts = table[table.part_count == 2].sort_values("part")
    assert [numbers(row) for _, row in parts.iterrows()] == [[1, 3], [2, 3]]
    assert all(MARK_SEVERAL in marks for marks in parts.review)
    assert set(table.boxes[table.BodyPartExamined == "WRIST"].map(len) > 2) == {True, False}


def test_a_wrist_pipeline_counts_the_boxes_of_films_that_it_rejects(raw, tmp_path):
    counts = preprocess(raw, tmp_path / "clean")["counts"]
    assert sum(counts["boxes"].values()) == 5
    assert counts["boxes"]["without_image"] == 1
    assert counts["images_with_boxes"] == 2


def test_a_stage_after_it_keeps_what_was_cut_away_and_lists_what_a_person_rejects(
    raw, tmp_path, pipeline
):
    clean, cleaner = tmp_path / "clean", tmp_path / "cleaner"
    split, given = pipeline(SPLIT, "split.toml"), tmp_path / "given.csv"
    film = rows(raw).sort_values("width").image_id.iloc[-1]
    given.write_text(f"image_id,field,value\n{film},rotation_degrees,30\n")
    preprocess(raw, clean, "--pipeline", split, "--corrections", given)
    before = rows(clean).set_index("image_id")
    lines = [f"{film},rotation_degrees,75", f"{film}-p2,status,rejected"]
    given.write_text("\n".join(["image_id,field,value", *lines]))
    later = pipeline('name = "turn"\nsummary = "turns"\n[steps.rotation_alignment]\n', "turn.toml")
    counts = preprocess(clean, cleaner, "--pipeline", later, "--corrections", given)["counts"]
    after = rows(cleaner).set_index("image_id")
    # the corners of the turned part have room for the rest of the box over both, and are grey
    shares = [[box.share for box in boxes_in(one.boxes[film])] for one in (before, after)]
    assert shares[0] == shares[1]
    assert shares[0][1] < 0.2
    assert numbers(after.loc[f"{film}-p2"]) == [2, 3]
    listed = json.loads(after.decisions[film])["boxes"]["lost"]
    why = [(one["number"], one["why"]) for one in listed]
    assert why == [(4, "cut_away"), (2, "correction:correction")]
    assert counts["boxes"] == {"whole": 2, "cut": 1, "lost": 2}
    # the same where the part is rejected in the run that cuts it
    lines = [f"{film},rotation_degrees,30", lines[1]]
    given.write_text("\n".join(["image_id,field,value", *lines]))
    preprocess(raw, clean, "--pipeline", split, "--corrections", given)
    assert numbers(rows(clean).set_index("image_id").loc[f"{film}-p2"]) == [2, 3]


def test_the_summary_says_what_became_of_them(raw, tmp_path, pipeline):
    split = pipeline(SPLIT, "split.toml")
    words = ["preprocess", raw, tmp_path / "clean", "--pipeline", split]
    said = runner.invoke(app, list(map(str, words)), catch_exceptions=False).stdout
    assert (
        "boxes      5 for films = 3 whole on one image + 1 on several images + 1 on no image of "
        "their film; 3 images have boxes"
    ) in said


@pytest.mark.slow
def test_its_own_output_changes_no_box(raw, tmp_path, pipeline):
    split = pipeline(SPLIT + "[steps.crop_to_carrier]\n", "split.toml")
    preprocess(raw, tmp_path / "once", "--pipeline", split)
    preprocess(tmp_path / "once", tmp_path / "twice", "--pipeline", split)
    columns = ["image_id", "boxes", "decisions", "review", "source_matrix"]
    once, twice = rows(tmp_path / "once")[columns], rows(tmp_path / "twice")[columns]
    assert once.astype(str).equals(twice.astype(str))


def test_boxes_on_is_what_a_row_will_have():
    row = film_row([("fracture", (46, 25, 8, 8)), ("fracture", (20, 25, 8, 8))])
    image = Image(np.zeros((60, 100), np.uint8)).crop(0, 0, 50, 60)
    assert as_text(boxes_on(row, image)) == made_of(row, image)["boxes"]
