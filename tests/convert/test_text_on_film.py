"""Text in the pixels, from the dump to every later stage."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest

from radprep.cli import app
from radprep.convert.text_on_film import treat_text
from radprep.errors import NotVerifiedError, UsageError
from radprep.image.image import Rejected
from tests.burned_in.films import covers, plain_film, write
from tests.made import convert, key_at, make_dicom, preprocess, rows, runner, tree_hash

NAME = "GARCIA LOPEZ"


def film(text=NAME, place=(60, 80)):
    pixels = plain_film(600, 500)
    box = write(pixels, text, place) if text else None
    return pixels, box


@pytest.fixture
def dump(tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    named, _ = film()
    clean, _ = film("")
    (folder / "named").write_bytes(make_dicom(named, bits=8, study="1", BurnedInAnnotation="NO"))
    (folder / "clean").write_bytes(make_dicom(clean, bits=8, study="2", BurnedInAnnotation="NO"))
    return folder


def rows_of(out):
    """The film with the name, and the one without."""
    named, clean = sorted(rows(out).itertuples(), key=lambda row: row.burned_in_risk != "high")
    return named, clean


def picture(out, row):
    return cv2.imread(str(out / row.file_name), cv2.IMREAD_UNCHANGED)


def test_a_film_that_shows_text_is_of_high_risk_whatever_its_header_says(dump, tmp_path):
    convert(dump, tmp_path / "raw")
    named, clean = rows_of(tmp_path / "raw")
    assert named.burned_in_risk == "high"
    assert list(named.review) == ["convert:burned_in_text"]
    seen = json.loads(named.decisions)["burned_in"]
    assert covers([tuple(box) for box in seen["boxes"]], film()[1])
    assert not seen["redacted"]
    assert clean.burned_in_risk == "low"
    assert "burned_in" not in json.loads(clean.decisions)


def test_what_was_read_is_written_nowhere(dump, tmp_path):
    result = runner.invoke(app, ["convert", str(dump), str(tmp_path / "raw")])
    for path in (tmp_path / "raw").rglob("*"):
        assert not path.is_file() or NAME.encode() not in path.read_bytes(), path
    for path in (tmp_path / "raw.private").rglob("*"):
        assert not path.is_file() or NAME.encode() not in path.read_bytes(), path
    assert NAME not in result.output


def test_redaction_paints_over_the_text_and_leaves_every_other_pixel(dump, tmp_path):
    convert(dump, tmp_path / "marked")
    convert(dump, tmp_path / "raw", "--burned-in", "redact")
    [shown] = [row for row in rows(tmp_path / "marked").itertuples() if len(row.review)]
    [painted] = [row for row in rows(tmp_path / "raw").itertuples() if "burned_in" in row.decisions]
    seen = json.loads(painted.decisions)["burned_in"]
    assert seen["redacted"]
    assert painted.burned_in_risk == "medium"
    assert list(painted.review) == []
    before, after = picture(tmp_path / "marked", shown), picture(tmp_path / "raw", painted)
    [(x, y, width, height)] = seen["boxes"]
    changed = np.argwhere(before != after)
    assert len(changed)
    assert (changed.min(axis=0) >= (y, x)).all()
    assert (changed.max(axis=0) < (y + height, x + width)).all()
    assert after[y : y + height, x : x + width].max() < 200


def test_a_film_without_text_has_the_same_bytes_in_every_mode(dump, tmp_path):
    (dump / "named").unlink()
    for way in ("mark", "redact", "reject"):
        convert(dump, tmp_path / way, "--burned-in", way, "--key", key(tmp_path))
    assert tree_hash(tmp_path / "mark" / "unlabelled") == tree_hash(
        tmp_path / "redact" / "unlabelled"
    )
    assert tree_hash(tmp_path / "mark" / "unlabelled") == tree_hash(
        tmp_path / "reject" / "unlabelled"
    )


def key(folder):
    path = folder / "key"
    return path if path.exists() else key_at(path)


def test_a_film_that_is_rejected_for_its_text_leaves_no_picture_and_no_hash(dump, tmp_path):
    convert(dump, tmp_path / "raw", "--burned-in", "reject")
    named, _ = rows_of(tmp_path / "raw")
    assert (named.status, named.reason, named.step) == ("rejected", "burned_in_text", "convert")
    assert pd.isna(named.pixel_hash)
    assert pd.isna(named.perceptual_hash)
    assert len(list((tmp_path / "raw").rglob("*.png"))) == 1


def corrected(dump, out, *lines, way="mark"):
    path = out.parent / "corrections.csv"
    path.write_text("image_id,field,value\n" + "".join(f"{line}\n" for line in lines))
    return convert(dump, out, "--corrections", path, "--burned-in", way)


def test_a_person_lifts_a_box(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out)
    named, _ = rows_of(out)
    corrected(dump, out, f"{named.image_id},burned_in,none")
    risks = set(rows(out).burned_in_risk)
    assert risks == {"low"}
    assert all(len(review) == 0 for review in rows(out).review)
    # it is remembered, and can be taken back
    assert convert(dump, out)["run"]["done"] == 0
    corrected(dump, out, f"{named.image_id},burned_in,")
    assert rows_of(out)[0].burned_in_risk == "high"


def test_a_person_adds_a_box_where_nothing_was_found(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out, "--burned-in", "redact")
    [clean] = [row for row in rows(out).itertuples() if "burned_in" not in row.decisions]
    before = picture(out, clean)
    corrected(dump, out, f"{clean.image_id},burned_in,10 20 30 40", way="redact")
    row = rows(out).set_index("image_id").loc[clean.image_id]
    after = cv2.imread(str(out / row.file_name), cv2.IMREAD_UNCHANGED)
    assert json.loads(row.decisions)["burned_in"]["boxes"] == [[10, 20, 30, 40]]
    assert (before != after)[20:60, 10:40].any()
    after[20:60, 10:40] = before[20:60, 10:40]
    assert (before == after).all()


def test_a_person_rejects_a_film_and_takes_it_back(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out)
    before = tree_hash(out / "unlabelled"), tree_hash(out / "studies")
    named, _ = rows_of(out)
    corrected(dump, out, f"{named.image_id},status,rejected")
    row = rows(out).set_index("image_id").loc[named.image_id]
    assert (row.status, row.reason, row.step) == ("rejected", "correction", "correction")
    assert pd.isna(row.pixel_hash)
    assert not (out / named.file_name).exists()
    assert runner.invoke(app, ["verify", str(out)]).exit_code == 0
    corrected(dump, out, f"{named.image_id},status,")
    assert (tree_hash(out / "unlabelled"), tree_hash(out / "studies")) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{id},inverted,true", "is decided by `radprep preprocess`"),
        ("{id},status,kept", "can only be rejected"),
        ("{id},burned_in,1 2 3", "burned_in must be none, or boxes"),
        ("{id},burned_in,9000 9000 10 10", "leaves the image, which has 500 x 600 pixels"),
        ("{id},burned_in,5 5 10 10 + -5 0 10 10", "leaves the image"),
        ("0123456789abcdef,status,rejected", "names images that OUT does not have"),
    ],
)
def test_what_convert_cannot_correct_is_refused(dump, tmp_path, line, said):
    convert(dump, tmp_path / "raw")
    named, _ = rows_of(tmp_path / "raw")
    path = tmp_path / "corrections.csv"
    path.write_text(f"image_id,field,value\n{line.format(id=named.image_id)}\n")
    command = ["convert", str(dump), str(tmp_path / "raw"), "--corrections", str(path)]
    result = runner.invoke(app, command)
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_a_lost_file_of_corrections_brings_no_rejected_film_back(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out)
    named, _ = rows_of(out)
    corrected(dump, out, f"{named.image_id},status,rejected")
    (out / "corrections.csv").unlink()
    assert isinstance(runner.invoke(app, ["verify", str(out)]).exception, NotVerifiedError)
    result = runner.invoke(app, ["convert", str(dump), str(out)])
    assert isinstance(result.exception, UsageError)
    assert "is gone" in str(result.exception)
    assert not (out / named.file_name).exists()
    corrected(dump, out, f"{named.image_id},status,rejected")
    assert runner.invoke(app, ["verify", str(out)]).exit_code == 0


def test_a_damaged_file_of_corrections_says_how_to_mend_it(dump, tmp_path):
    out = tmp_path / "raw"
    convert(dump, out)
    (out / "corrections.csv").write_bytes(b"\0\1\2")
    assert isinstance(runner.invoke(app, ["verify", str(out)]).exception, NotVerifiedError)
    result = runner.invoke(app, ["convert", str(dump), str(out)])
    assert isinstance(result.exception, UsageError)
    assert "remembers what a person corrected" in str(result.exception)


def test_a_box_beside_a_film_whose_size_was_not_known_is_never_passed_over():
    there, beside = (10, 20, 30, 40), (9000, 9000, 5, 5)
    for boxes in ((beside,), (there, beside)):
        pixels = film()[0]
        treated = treat_text(pixels, "low", "redact", None, boxes)
        assert (treated.risk, treated.is_marked) == ("high", True)
        assert (treated.pixels != pixels).any() == (there in boxes)
        with pytest.raises(Rejected):
            treat_text(pixels, "low", "reject", None, boxes)


def test_preprocess_sends_such_a_line_to_convert(dump, tmp_path):
    convert(dump, tmp_path / "raw")
    named, _ = rows_of(tmp_path / "raw")
    path = tmp_path / "corrections.csv"
    path.write_text(f"image_id,field,value\n{named.image_id},burned_in,none\n")
    command = ["preprocess", str(tmp_path / "raw"), str(tmp_path / "clean"), "--pipeline", "wrist"]
    result = runner.invoke(app, [*command, "--corrections", str(path)])
    assert isinstance(result.exception, UsageError)
    assert "which `radprep convert` decides" in str(result.exception)


def test_boxes_follow_the_image_through_preprocess(dump, tmp_path):
    """The outline of the box stands on the text after rotation and resize."""
    convert(dump, tmp_path / "raw")
    pipeline = tmp_path / "turn.toml"
    pipeline.write_text("[steps.resize]\nwidth = 250\nheight = 300\n")
    preprocess(tmp_path / "raw", tmp_path / "clean", "--pipeline", pipeline)
    named, _ = rows_of(tmp_path / "clean")
    [outline] = json.loads(named.decisions)["burned_in"]["outlines"]
    x, y = np.reshape(outline, (4, 2)).T
    shown = picture(tmp_path / "clean", named)
    rows_, columns = np.nonzero(shown > 215)
    assert len(rows_)
    assert min(x) - 1 <= columns.min() <= columns.max() <= max(x) + 1
    assert min(y) - 1 <= rows_.min() <= rows_.max() <= max(y) + 1


def test_each_frame_is_looked_at(tmp_path):
    (tmp_path / "dump").mkdir()
    frames = np.stack([film("")[0], film()[0]])
    (tmp_path / "dump" / "frames").write_bytes(make_dicom(frames, bits=8, NumberOfFrames=2))
    convert(tmp_path / "dump", tmp_path / "raw", "--burned-in", "reject")
    found = rows(tmp_path / "raw").sort_values("frame")
    assert list(found.status) == ["kept", "rejected"]
    assert list(found.frame) == [1, 2]
    assert len(list((tmp_path / "raw").rglob("*.png"))) == 1


def test_a_header_that_says_high_stays_high_after_redaction():
    pixels, _ = film()
    assert treat_text(pixels, "high", "redact", None).risk == "high"
    assert treat_text(pixels, "low", "redact", None).risk == "medium"
    assert treat_text(film("")[0], "medium", "redact", None).risk == "medium"
    with pytest.raises(Rejected):
        treat_text(pixels, "low", "reject", None)
