"""A film that shows a name, and that a person rejected, is in no picture that is made."""

import base64
import re

import cv2
import numpy as np
import pandas as pd
import pytest

from radprep.cli import app
from radprep.errors import UsageError
from radprep.preprocess.explain_step import explain
from tests.made import arm, convert, make_dicom, preprocess, rows, runner

SIDE = 48
"""Films are compared at this width: a thumbnail is larger, and a pattern can be told."""

SAMPLE = "--single-file"
PIPELINE = 'name = "plain"\n[steps.anatomic_filter]\n[steps.colour_inversion]\n'
"""Steps that leave a film whole and upright."""


def with_name(seed, height=240, width=180):
    """A limb under a pattern of large blocks, as no other film has it: it stands for a name."""
    blocks = np.random.default_rng(seed).random((8, 6)).astype(np.float32)
    pattern = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST)
    return (arm(height, width, seed) * 0.4 + pattern * 2400).astype(np.uint16)


def pictures(*folders):
    """Every picture under some folders as (where, grey values): PNG, WebP, and what stands as text
    in a page or a script."""
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        texts = re.findall(rb"data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)", data)
        for found in (data, *map(base64.b64decode, texts)):
            if found[:4] in (b"RIFF", b"\x89PNG"):
                yield path, cv2.imdecode(np.frombuffer(found, np.uint8), cv2.IMREAD_GRAYSCALE)


def shows(picture, film):
    """Whether a film stands anywhere in a picture: as the whole, as a square of it, turned over."""
    small = cv2.resize((film >> 4).astype(np.uint8), (SIDE, SIDE * film.shape[0] // film.shape[1]))
    height, width = picture.shape
    steps = range(0, width - height + 1, height) if width > height else [0]
    for left in steps:
        square = picture[:, left : left + min(height, width)] if width > height else picture
        for tall in (square, square[:, square.shape[1] // 8 : -square.shape[1] // 8]):
            fitted = cv2.resize(tall, small.shape[::-1], interpolation=cv2.INTER_AREA)
            if abs(np.corrcoef(fitted.ravel(), small.ravel())[0, 1]) > 0.7:
                return True
    return False


def shown(film, *folders):
    return sorted({path.name for path, picture in pictures(*folders) if shows(picture, film)})


@pytest.fixture
def made(tmp_path):
    """A dump of four films; the first shows a name. raw/, clean/, its page and its sample."""
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in range(4):
        film = with_name(9) if number == 0 else arm(240, 180, seed=number)
        (dump / f"{number}").write_bytes(
            make_dicom(film, study=str(number), WindowCenter=2048, WindowWidth=4096)
        )
    convert(dump, tmp_path / "raw")
    pre(tmp_path)
    return tmp_path


def pre(root, *flags):
    (root / "plain.toml").write_text(PIPELINE)
    return preprocess(root / "raw", root / "clean", "--pipeline", root / "plain.toml", *flags)


def image_of(root):
    """image_id of the film with the name: its pixels tell."""
    found = rows(root)
    for row in found[found.status == "kept"].itertuples():
        picture = cv2.imread(str(root / row.file_name), cv2.IMREAD_GRAYSCALE)
        if shows(picture, with_name(9)):
            return row.image_id
    raise AssertionError("no film shows the name")


def make_page(root, *flags):
    sets = [str(root / "clean"), "--source", str(root / "raw")]
    assert runner.invoke(app, ["report", *sets, *flags], catch_exceptions=False).exit_code == 0


def reject(root, image_id):
    given = root / "given.csv"
    given.write_text(f"image_id,field,value\n{image_id},status,rejected\n")
    return pre(root, "--corrections", given)


def test_it_is_in_no_picture_before_the_page_is_made_again_nor_after(made):
    film, clean = with_name(9), made / "clean"
    make_page(made, SAMPLE)
    before = shown(film, clean)
    assert "report.html" in before
    assert len([name for name in before if name.endswith(".webp")]) == 2  # the film, and its steps
    image_id = image_of(clean)
    summary = reject(made, image_id)
    assert (summary["pages_removed"], summary["rejected_still_in_input"]) == (1, 1)
    assert shown(film, clean) == []
    row = rows(clean).set_index("image_id").loc[image_id]
    assert row.status == "rejected"
    assert row[["pixel_hash", "perceptual_hash", "file_name", "mask_file_name"]].isna().all()
    make_page(made, SAMPLE)
    assert shown(film, clean) == []
    assert len(list(pictures(clean / "report"))) > 9
    assert image_id in (clean / "report" / "data.js").read_text()
    with pytest.raises(UsageError, match="a person rejected it"):
        explain(clean, made / "raw", image_id)
    said = pre(made)
    assert "pages_removed" not in said
    assert said["rejected_still_in_input"] == 1


def test_a_rejected_film_does_not_come_back_after_its_patient_was_forgotten_here_only(made):
    film = image_of(made / "clean")
    reject(made, film)
    table = rows(made / "clean").set_index("image_id")
    forgotten = runner.invoke(
        app, ["forget", str(made / "clean"), "--patient", table.patient_id[film], "--yes"]
    )
    assert forgotten.exit_code == 0, forgotten.output
    pre(made)
    assert rows(made / "clean").set_index("image_id").status[film] == "rejected"


def test_a_page_elsewhere_loses_the_picture_when_it_is_made_again(made):
    film, page = with_name(9), made / "page"
    make_page(made, SAMPLE, "--out", str(page))
    assert shown(film, page)
    reject(made, image_of(made / "clean"))
    make_page(made, "--out", str(page), "--replace")
    assert not (page / "report.html").exists()
    assert shown(film, page) == []


def test_a_film_that_was_cut_is_not_shown_where_one_of_its_parts_was_rejected(tmp_path):
    (tmp_path / "dump").mkdir()
    both = np.hstack([arm(240, 180, seed=1), arm(240, 180, seed=2)])
    both[:60, 190:350] = cv2.resize(
        np.random.default_rng(3).integers(0, 4000, (6, 16)).astype(np.uint16),
        (160, 60),
        interpolation=cv2.INTER_NEAREST,
    )
    (tmp_path / "dump" / "1").write_bytes(make_dicom(both, WindowCenter=2048, WindowWidth=4096))
    convert(tmp_path / "dump", tmp_path / "raw")
    [film_id] = rows(tmp_path / "raw").image_id
    given = tmp_path / "given.csv"
    given.write_text(f"image_id,field,value\n{film_id},parts,2\n{film_id}-p2,status,rejected\n")
    preprocess(tmp_path / "raw", tmp_path / "clean", "--corrections", given)
    assert sorted(rows(tmp_path / "clean").status) == ["kept", "rejected"]
    make_page(tmp_path, SAMPLE)
    found = [path.name for path, _ in pictures(tmp_path / "clean" / "report")]
    assert {name.rpartition("-")[0] for name in found if name != "report.html"} == {film_id}
    assert len(found) == 1 + 2  # a thumbnail, and twice in the sample
    with pytest.raises(UsageError, match="or a part of it"):
        explain(tmp_path / "clean", tmp_path / "raw", film_id)


@pytest.mark.parametrize("status", ["kept", "rejected"])
def test_a_film_that_may_show_a_name_is_on_no_page_unless_asked_for(tmp_path, status):
    (tmp_path / "dump").mkdir()
    film = with_name(9)
    part = "WRIST" if status == "kept" else "KNEE"
    for number, pixels, burnt in ((0, film, "YES"), (1, arm(240, 180, seed=1), "NO")):
        (tmp_path / "dump" / f"{number}").write_bytes(
            make_dicom(
                pixels,
                study=str(number),
                BurnedInAnnotation=burnt,
                BodyPartExamined=part if number == 0 else "WRIST",
                WindowCenter=2048,
                WindowWidth=4096,
            )
        )
    convert(tmp_path / "dump", tmp_path / "raw")
    pre(tmp_path)
    row = next(row for row in rows(tmp_path / "clean").itertuples() if row.burned_in_risk == "high")
    assert (row.status, pd.isna(row.pixel_hash)) == (status, status == "rejected")
    page = tmp_path / "clean" / "report"
    make_page(tmp_path, SAMPLE)
    assert shown(film, page) == []
    assert "text may stand in" in (page / "data.js").read_text()
    assert "no picture" in (page / "data.js").read_text()
    assert "must not leave" not in (page / "index.html").read_text()
    make_page(tmp_path, "--show-marked", "--replace")
    assert bool(shown(film, page)) == (status == "kept")
    assert "This page must not leave the hospital" in (page / "index.html").read_text()
    assert not (page / "report.html").exists()
    with pytest.raises(UsageError, match="give one of them"):
        make_page(tmp_path, SAMPLE, "--show-marked")
    make_page(tmp_path, SAMPLE)
    assert shown(film, page) == []
