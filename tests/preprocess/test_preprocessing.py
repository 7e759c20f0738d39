"""Pre-processing of small data sets, through the command line as a user would call it."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from radprep.cli import app
from radprep.image import png
from radprep.preprocess.pipeline import load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.run.runner import RunOptions, run_preprocessing
from radprep.steps.colour_inversion import ColourInversion
from tests.made import arm, convert, make_dicom, preprocess, rows, runner, tree_hash

ALL_STEPS = """
name = "everything"
summary = "every image step once"
[steps.limit_study_size]
[steps.anatomic_filter]
keep = ["wrist"]
[steps.colour_inversion]
[steps.crop_to_carrier]
[steps.part_splitter]
[steps.quality]
[steps.laterality_marker]
[steps.foreground_mask]
[steps.rotation_alignment]
[steps.equalise]
[steps.clahe]
[steps.unsharp]
[steps.resize]
width = 64
height = 96
"""


TREES = ("unlabelled", "images", "masks", "instances.parquet")


def two_arms():
    """Two bright bars on one film."""
    return np.hstack([arm(seed=1), arm(seed=2)])


@pytest.fixture
def raw(dump, tmp_path):
    """The small dump converted, with an inverted film and one with two limbs besides."""
    bright = make_dicom(4095 - arm(seed=8), study="4", WindowCenter=2048, WindowWidth=4096)
    (dump / "inverted").write_bytes(bright)
    (dump / "two").write_bytes(
        make_dicom(two_arms(), study="5", WindowCenter=2048, WindowWidth=4096)
    )
    (dump / "nameless").write_bytes(
        make_dicom(arm(seed=9), study="6", BodyPartExamined="XR", StudyDescription="")
    )
    convert(dump, tmp_path / "raw", "--max-failed", "1")
    return tmp_path / "raw"


@pytest.fixture
def everything(tmp_path):
    """A pipeline with every step."""
    path = tmp_path / "everything.toml"
    path.write_text(ALL_STEPS)
    return path


def test_every_file_of_the_dump_is_still_accounted_for(raw, tmp_path):
    counts = preprocess(raw, tmp_path / "clean")["counts"]
    before = rows(raw)
    after = rows(tmp_path / "clean")
    assert set(after.source_id) == set(before.source_id)
    assert counts["files"] == counts["kept"] + counts["rejected"] + counts["failed"] == 10
    assert (counts["kept"], counts["rejected"], counts["failed"], counts["images"]) == (6, 3, 1, 7)
    assert counts["rejected_rows"]["anatomic_filter:body_part"] == 1
    carried = before[before.status != "kept"]
    pd.testing.assert_frame_equal(
        after[after.source_id.isin(carried.source_id)].reset_index(drop=True),
        carried.reset_index(drop=True),
    )


def test_decisions_stand_in_the_rows(raw, tmp_path):
    preprocess(raw, tmp_path / "clean")
    table = rows(tmp_path / "clean")
    kept = table[table.status == "kept"]
    assert kept.inverted.sum() == 2  # the bright film, and the one that MONOCHROME1 makes bright
    assert kept.inversion_confidence.between(0, 1).all()
    assert kept.rotation_confidence.between(0, 1).all()
    parts = kept[kept.part_count == 2].sort_values("part")
    assert list(parts.part) == [1, 2]
    assert parts.image_id.iloc[1] == parts.image_id.iloc[0] + "-p2"
    assert [len(box) for box in parts.part_box] == [4, 4]
    for decisions, history in zip(kept.decisions, kept.history, strict=True):
        assert {"convert", "colour_inversion", "part_splitter", "rotation_alignment"} <= set(
            json.loads(decisions)
        )
        assert [entry.split("@")[0] for entry in history] == [
            "limit_study_size",
            "anatomic_filter",
            "colour_inversion",
            "part_splitter",
            "rotation_alignment",
        ]
    nameless = kept[kept.body_part.isna()]
    assert len(nameless) == 1
    assert "anatomic_filter:unknown_body_part" in nameless.review.iloc[0]


def test_a_knee_is_dropped_before_its_pixels_are_read(raw, tmp_path):
    knee = rows(raw)[rows(raw).body_part == "knee"].iloc[0]
    (raw / knee.file_name).unlink()
    preprocess(raw, tmp_path / "clean")
    row = rows(tmp_path / "clean").set_index("source_id").loc[knee.source_id]
    assert (row.status, row.reason, row.step) == ("rejected", "body_part", "anatomic_filter")
    assert row.image_id == knee.image_id
    assert "knee" in row.detail


def test_a_second_run_does_no_work(raw, tmp_path):
    out = tmp_path / "clean"
    preprocess(raw, out)
    before = tree_hash(out), sorted((out / "logs").iterdir())
    shutil.rmtree(raw / "unlabelled")  # no image is opened
    summary = preprocess(raw, out)
    assert summary["run"] == {"done": 0, "relabelled": 0, "removed": 0, "unchanged": 7, "absent": 0}
    assert (tree_hash(out), sorted((out / "logs").iterdir())) == before


def test_its_own_output_changes_no_pixel(raw, tmp_path, everything):
    once, twice = tmp_path / "once", tmp_path / "twice"
    preprocess(raw, once, "--pipeline", everything)
    preprocess(once, twice, "--pipeline", everything)
    assert tree_hash(once, *TREES) == tree_hash(twice, *TREES)


@pytest.mark.parametrize("bits", ["8", "16"])
def test_workers_do_not_change_a_byte(dump, tmp_path, everything, bits):
    convert(dump, tmp_path / "raw", "--bits", bits, "--max-failed", "1")
    for workers in (1, 2):
        preprocess(
            tmp_path / "raw",
            tmp_path / f"clean{workers}",
            "--pipeline",
            everything,
            "--workers",
            workers,
        )
    assert tree_hash(tmp_path / "clean1") == tree_hash(tmp_path / "clean2")
    assert set(rows(tmp_path / "clean1").bits.dropna()) == {int(bits)}


def test_a_changed_parameter_redoes_the_studies_and_leaves_nothing_behind(raw, tmp_path):
    preprocess(raw, tmp_path / "clean")
    summary = preprocess(raw, tmp_path / "clean", "--set", "part_splitter.min_area=0.5")
    assert summary["run"]["done"] == 7
    preprocess(raw, tmp_path / "fresh", "--set", "part_splitter.min_area=0.5")
    assert tree_hash(tmp_path / "clean") == tree_hash(tmp_path / "fresh")


def test_new_labels_move_files_without_opening_them(dump, tmp_path, key_file):
    labels = tmp_path / "labels.csv"
    labels.write_text("accession,diagnosis\nA1,FRACTURA\n")
    raw, out = tmp_path / "raw", tmp_path / "clean"
    convert(dump, raw, "--labels", labels, "--key", key_file, "--max-failed", "1")
    preprocess(raw, out)
    labels.write_text("accession,diagnosis\nA1,NORMAL\n")
    convert(dump, raw, "--labels", labels, "--max-failed", "1")
    summary = preprocess(raw, out)
    assert (summary["run"]["done"], summary["run"]["relabelled"]) == (0, 1)
    assert [path.name for path in (out / "images").iterdir() if any(path.rglob("*.png"))] == [
        "normal"
    ]


def test_an_altered_or_missing_image_fails_alone(raw, tmp_path):
    kept = rows(raw)[(rows(raw).status == "kept") & (rows(raw).body_part == "wrist")]
    altered, missing = kept.iloc[0], kept.iloc[1]
    (raw / altered.file_name).write_bytes(png.encode(np.zeros((5, 5), np.uint8)))
    (raw / missing.file_name).unlink()
    preprocess(raw, tmp_path / "clean")
    table = rows(tmp_path / "clean").set_index("source_id")
    assert table.loc[altered.source_id].reason == "image_altered"
    assert table.loc[missing.source_id].reason == "image_missing"
    assert table[table.status == "kept"].index.nunique() == 4


def test_an_image_that_was_restored_is_taken_by_the_next_run(raw, tmp_path):
    preprocess(raw, tmp_path / "fresh")
    missing = raw / rows(raw).query("status == 'kept' and body_part == 'wrist'").file_name.iloc[0]
    data = missing.read_bytes()
    missing.unlink()
    assert (
        preprocess(raw, tmp_path / "clean")["counts"]["failed_rows"]["preprocess:image_missing"]
        == 1
    )
    missing.write_bytes(data)
    assert preprocess(raw, tmp_path / "clean")["run"]["done"] == 1
    assert tree_hash(tmp_path / "clean") == tree_hash(tmp_path / "fresh")


def test_a_fault_of_a_step_fails_its_image_not_its_study(raw, tmp_path, monkeypatch):
    real = ColourInversion.apply

    def faulty(self, image):
        if image.width == 2 * arm().shape[1]:
            raise ZeroDivisionError
        return real(self, image)

    monkeypatch.setattr(ColourInversion, "apply", faulty)
    run_preprocessing(
        Preprocessing.prepare(raw, tmp_path / "clean", load_pipeline("wrist")),
        RunOptions(workers=0),
    )
    failed = rows(tmp_path / "clean").query("step == 'colour_inversion'")
    assert list(zip(failed.status, failed.reason, failed.detail, strict=True)) == [
        ("failed", "step_failed", "ZeroDivisionError")
    ]


def masks_of(out):
    """The kept rows of a data set, each with its mask's pixels."""
    kept = rows(out).query("status == 'kept'")
    return [(row, png.decode((out / row.mask_file_name).read_bytes())) for row in kept.itertuples()]


def test_every_image_has_its_mask_beside_it(raw, tmp_path, everything):
    images = preprocess(raw, tmp_path / "clean", "--pipeline", everything)["counts"]["images"]
    masks = masks_of(tmp_path / "clean")
    assert len(masks) == images >= 6
    for row, mask in masks:
        assert row.mask_file_name == "masks/" + row.file_name
        assert mask.shape == (row.height, row.width)
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 255}
    assert len(list((tmp_path / "clean" / "masks").rglob("*.png"))) == len(masks)


def test_masks_are_carried_to_a_later_data_set(raw, tmp_path, everything):
    later = tmp_path / "later.toml"
    later.write_text(
        'name = "later"\nsummary = "only another size"\n[steps.resize]\nwidth = 128\nheight = 192\n'
    )
    preprocess(raw, tmp_path / "clean", "--pipeline", everything)
    preprocess(tmp_path / "clean", tmp_path / "larger", "--pipeline", later)
    for (_, before), (row, mask) in zip(
        masks_of(tmp_path / "clean"), masks_of(tmp_path / "larger"), strict=True
    ):
        assert mask.shape == (192, 128) == (row.height, row.width)
        assert np.mean(mask[::2, ::2] == before) > 0.98


def test_a_mask_that_is_missing_or_altered_fails_its_image(raw, tmp_path, everything):
    preprocess(raw, tmp_path / "clean", "--pipeline", everything)
    (missing, _), (altered, mask), *_ = masks_of(tmp_path / "clean")
    images = len(masks_of(tmp_path / "clean"))
    (tmp_path / "clean" / missing.mask_file_name).unlink()
    (tmp_path / "clean" / altered.mask_file_name).write_bytes(png.encode(255 - mask))
    preprocess(tmp_path / "clean", tmp_path / "twice", "--pipeline", everything)
    table = rows(tmp_path / "twice").set_index("image_id")
    assert table.loc[missing.image_id].reason == "image_missing"
    assert table.loc[altered.image_id].reason == "image_altered"
    assert pd.isna(table.loc[altered.image_id].mask_file_name)
    assert len(masks_of(tmp_path / "twice")) == images - 2


def test_a_lost_mask_is_made_again(raw, tmp_path, everything):
    out = tmp_path / "clean"
    preprocess(raw, out, "--pipeline", everything)
    before = tree_hash(out)
    (out / masks_of(out)[0][0].mask_file_name).unlink()
    assert preprocess(raw, out, "--pipeline", everything)["run"]["done"] == 1
    assert tree_hash(out) == before


def test_a_part_stays_the_part_it_was(raw, tmp_path):
    preprocess(raw, tmp_path / "once")
    # leaves every image whole
    preprocess(tmp_path / "once", tmp_path / "twice", "--set", "part_splitter.min_area=0.99")
    parts = [
        rows(tmp_path / name).query("part_count == 2")[["image_id", "part"]].to_dict("records")
        for name in ("once", "twice")
    ]
    assert len(parts[0]) == 2
    assert parts[0] == parts[1]


def test_a_study_that_is_too_large_is_dropped_whole(raw, tmp_path):
    preprocess(raw, tmp_path / "clean", "--set", "limit_study_size.max_instances=1")
    dropped = rows(tmp_path / "clean").query("reason == 'study_too_large'")
    assert len(dropped) == 2
    assert dropped.study_id.nunique() == 1
    assert dropped.file_name.isna().all()


def test_marks_map_back_to_the_converted_image(raw, tmp_path):
    preprocess(raw, tmp_path / "clean")
    table = rows(tmp_path / "clean")
    kept = table[(table.status == "kept") & (table.part_count == 2)].iloc[1]
    part = png.decode((tmp_path / "clean" / kept.file_name).read_bytes()).astype(int)
    source_row = rows(raw).set_index("source_id").loc[kept.source_id]
    source = png.decode((raw / source_row.file_name).read_bytes()).astype(int)
    matrix = np.reshape(kept.source_matrix, (2, 3))
    x, y = np.rint(matrix @ [part.shape[1] // 2, part.shape[0] // 2, 1]).astype(int)
    assert abs(source[y, x] - part[part.shape[0] // 2, part.shape[1] // 2]) <= 12


def test_studies_that_left_the_source_stay_until_pruned(dump, raw, tmp_path):
    out = tmp_path / "clean"
    preprocess(raw, out)
    (dump / "two").unlink()
    convert(dump, raw, "--prune", "--max-failed", "1")
    assert preprocess(raw, out)["counts"]["studies"] == 6
    summary = preprocess(raw, out, "--prune")
    assert summary["run"]["removed"] == 1
    assert summary["counts"]["files"] == 9


BAD_USES = {
    "no data set": (["dump", "clean"], "dataset.json"),
    "no folder": (["nowhere", "clean"], "no folder"),
    "OUT inside the data set": (["raw", "raw/clean"], "inside the input"),
    "an unknown preset": (["raw", "clean", "--pipeline", "wirst"], "Presets:"),
    "a typo in --set": (
        ["raw", "clean", "--set", "colour_inversion.treshold=9"],
        "Its parameters are",
    ),
    "OUT made by convert": (["raw", "other"], "made by `radprep convert`"),
    "OUT made by another pipeline": (["raw", "thesis"], "another pipeline"),
}


@pytest.mark.parametrize("use", BAD_USES)
def test_bad_usage_is_a_sentence_and_touches_nothing(dump, raw, tmp_path, monkeypatch, use):
    monkeypatch.chdir(tmp_path)
    convert(dump, tmp_path / "other", "--max-failed", "1")
    preprocess(raw, tmp_path / "thesis", "--pipeline", "wrist-thesis")
    before = tree_hash(tmp_path), sorted(tmp_path.rglob("*"))
    arguments, said = BAD_USES[use]
    pipeline = [] if "--pipeline" in arguments else ["--pipeline", "wrist"]
    result = runner.invoke(app, ["preprocess", *arguments, *pipeline])
    assert result.exception.exit_code == 2
    assert said in str(result.exception)
    assert (tree_hash(tmp_path), sorted(tmp_path.rglob("*"))) == before


def test_an_out_made_from_another_source_is_refused(dump, raw, tmp_path):
    preprocess(raw, tmp_path / "clean")
    convert(dump, tmp_path / "other", "--max-failed", "1")
    result = runner.invoke(
        app,
        [
            "preprocess",
            str(tmp_path / "other"),
            str(tmp_path / "clean"),
            "--pipeline",
            "wrist-thesis",
        ],
    )
    assert result.exception.exit_code == 2
    assert "another source" in str(result.exception)


def test_a_source_that_is_not_complete_is_refused(raw, tmp_path):
    info = json.loads((raw / "dataset.json").read_text())
    (raw / "dataset.json").write_text(json.dumps({**info, "complete": False}))
    result = runner.invoke(
        app, ["preprocess", str(raw), str(tmp_path / "clean"), "--pipeline", "wrist"]
    )
    assert result.exception.exit_code == 2
    assert "not complete" in str(result.exception)
