"""What a person decides instead of the steps, through the command line and line by line."""

import json
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radprep.cli import app
from radprep.dataset.commit import remove_study
from radprep.dataset.layout import DataSet
from radprep.errors import UsageError
from radprep.image import png
from radprep.image.image import Rejected
from radprep.preprocess.corrections import check_images, on_films
from radprep.preprocess.pipeline import load_pipeline
from radprep.preprocess.preprocessing import Preprocessing
from radprep.preprocess.study import PreprocessJob, PreprocessStage
from radprep.stage.collate import collate
from radprep.stage.corrections import (
    Decision,
    KnownImage,
    as_csv,
    film_of,
    merged,
    read_corrections,
)
from radprep.steps.colour_inversion import ColourInversion
from tests.made import arm, convert, make_dicom, preprocess, rows, runner, tree_hash

PIPELINE = """
name = "corrected"
[steps.limit_study_size]
[steps.anatomic_filter]
[steps.colour_inversion]
[steps.part_splitter]
[steps.rotation_alignment]
"""
SINGLE, DOUBLE, KNEE, OTHER = 120, 122, 124, 126
"""Heights of the films, by which tests tell them apart."""
A, B = "0123456789abcdef", "fedcba9876543210"


def decided(values):
    """Values by image and field as decisions of nobody in particular."""
    return {
        image_id: {field: Decision(value) for field, value in fields.items()}
        for image_id, fields in values.items()
    }


@pytest.fixture
def raw(tmp_path):
    """Four studies of one film: one limb, two limbs side by side, a knee, another limb."""
    dump = tmp_path / "dump"
    dump.mkdir()
    window = {"WindowCenter": 2048, "WindowWidth": 4096}
    films = {
        "1": arm(SINGLE, seed=1),
        "2": np.hstack([arm(DOUBLE, seed=2), arm(DOUBLE, seed=3)]),
        "3": arm(KNEE, seed=4),
        "4": arm(OTHER, seed=5),
    }
    for study, film in films.items():
        part = "KNEE" if study == "3" else "WRIST"
        (dump / study).write_bytes(make_dicom(film, study=study, BodyPartExamined=part, **window))
    convert(dump, tmp_path / "raw")
    return tmp_path / "raw"


@pytest.fixture
def pipeline(tmp_path):
    path = tmp_path / "corrected.toml"
    path.write_text(PIPELINE)
    return path


@pytest.fixture
def run(raw, tmp_path, pipeline):
    """Pre-process with these lines as corrections.csv: run("abc,parts,1", out="clean"). No line: no
    such file."""

    def do(*lines, out="clean", source=raw, flags=()):
        path = tmp_path / "given.csv"
        path.write_text("\n".join(["image_id,field,value", *lines]))
        option = ("--corrections", path) if lines else ()
        return preprocess(source, tmp_path / out, "--pipeline", pipeline, *option, *flags)

    return do


def film(raw, height):
    """image_id of the film of this height."""
    return rows(raw).set_index("height").image_id[height]


def row(out, image_id):
    return rows(out).set_index("image_id").loc[image_id]


def pixels(root, image_id):
    return png.decode((root / row(root, image_id).file_name).read_bytes())


@pytest.mark.parametrize(
    ("field", "value", "column"),
    [
        ("inverted", "true", "inverted"),
        ("inverted", "FALSE", "inverted"),
        ("rotation_degrees", "90", "rotation_degrees"),
        ("rotation_degrees", "-12.5", "rotation_degrees"),
        ("rotation_degrees", "0", "rotation_degrees"),
        ("parts", "1", "part_count"),
        ("parts", "2", "part_count"),
    ],
)
def test_a_correction_is_absolute_whatever_the_step_decides(
    raw, run, tmp_path, field, value, column
):
    image_id = film(raw, SINGLE)
    run(f"{image_id},{field},{value}")
    done = row(tmp_path / "clean", image_id)
    assert done[column] == json.loads(value.lower())
    step = {
        "inverted": "colour_inversion",
        "rotation_degrees": "rotation_alignment",
        "parts": "part_splitter",
    }[field]
    assert json.loads(done.decisions)[step]["corrected"] is True
    names = [entry.partition("@")[0] for entry in done.history]
    assert names[names.index(step) + 1] == f"person_{field}"
    assert names.count(f"person_{field}") == 1
    assert not [mark for mark in done.review if mark.startswith(step)]


def test_the_pixels_are_those_that_a_person_wants(raw, run, tmp_path):
    image_id = film(raw, SINGLE)
    run(f"{image_id},inverted,true", f"{image_id},parts,1", f"{image_id},rotation_degrees,-270")
    np.testing.assert_array_equal(
        pixels(tmp_path / "clean", image_id), np.rot90(255 - pixels(raw, image_id))
    )


def test_only_the_studies_named_are_redone_and_nothing_else_changes(raw, run, tmp_path):
    image_id, out = film(raw, SINGLE), tmp_path / "clean"
    run()
    before = {path: path.read_bytes() for path in out.glob("studies/*/*.parquet")}
    assert run(f"{image_id},rotation_degrees,90")["run"] == {
        "done": 1,
        "relabelled": 0,
        "removed": 0,
        "unchanged": 3,
        "absent": 0,
    }
    changed = [path.stem for path, data in before.items() if path.read_bytes() != data]
    assert changed == [row(out, image_id).study_id]


def test_it_is_remembered_and_done_once(raw, run, tmp_path):
    image_id, out = film(raw, SINGLE), tmp_path / "clean"
    run(f"{image_id},rotation_degrees,90")
    before = tree_hash(out)
    assert run()["run"]["done"] == 0
    assert run(f"{image_id},rotation_degrees,90")["run"]["done"] == 0
    assert tree_hash(out) == before
    assert (
        out / "corrections.csv"
    ).read_text() == f"image_id,field,value\n{image_id},rotation_degrees,90\n"
    run(flags=("--set", "rotation_alignment.min_turn=3"))
    assert row(out, image_id).rotation_degrees == 90


def test_lines_join_those_that_are_remembered_and_an_empty_value_takes_one_back(raw, run, tmp_path):
    one, other, out = film(raw, SINGLE), film(raw, OTHER), tmp_path / "clean"
    run()
    before = tree_hash(out)
    run(f"{one},rotation_degrees,90")
    run(f"{other},inverted,true")
    assert (row(out, one).rotation_degrees, row(out, other).inverted) == (90, True)
    assert run(f"{one},rotation_degrees,")["run"]["done"] == 1
    assert (
        run(f"{other},inverted,", f"{other},parts,", f"{other}-p9,parts,", f"{B},status,")["run"][
            "done"
        ]
        == 1
    )
    assert tree_hash(out) == before


def test_a_run_on_its_own_output_changes_no_pixel(raw, run, tmp_path):
    single, double = film(raw, SINGLE), film(raw, DOUBLE)
    lines = [
        f"{single},inverted,true",
        f"{single},rotation_degrees,33",
        f"{double},parts,3",
        f"{double}-p2,inverted,true",
    ]
    run(*lines, out="once")
    for name, given_again in (("twice", []), ("twice corrected", lines)):
        run(*given_again, out=name, source=tmp_path / "once")
        assert tree_hash(tmp_path / name, "unlabelled") == tree_hash(
            tmp_path / "once", "unlabelled"
        )
        assert [list(row(tmp_path / name, one).history) for one in (single, double)] == [
            list(row(tmp_path / "once", one).history) for one in (single, double)
        ]


def test_what_a_run_before_decided_can_be_corrected(raw, run, tmp_path):
    image_id = film(raw, SINGLE)
    run(out="once")
    run(
        f"{image_id},inverted,true",
        f"{image_id},rotation_degrees,180",
        out="twice",
        source=tmp_path / "once",
    )
    done = row(tmp_path / "twice", image_id)
    assert (done.inverted, done.rotation_degrees) == (True, 180)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_film_is_cut_into_as_many_parts_as_a_person_wants(raw, run, tmp_path, count):
    image_id = film(raw, DOUBLE)
    run(f"{image_id},parts,{count}")
    table = rows(tmp_path / "clean")
    parts = table[table.image_id.fillna("").str.startswith(image_id)].sort_values("part")
    assert list(parts.image_id) == [image_id, f"{image_id}-p2", f"{image_id}-p3"][:count]
    assert set(parts.part_count) == {count}
    assert list(parts.part) == list(range(1, count + 1))


def test_parts_of_a_part_are_said_of_its_film(raw, run, tmp_path):
    image_id, out = film(raw, DOUBLE), tmp_path / "clean"
    run()
    run(f"{image_id}-p2,parts,1")
    assert row(out, image_id).part_count == 1
    assert f"{image_id}-p2" not in set(rows(out).image_id)
    assert f"{image_id},parts,1" in (out / "corrections.csv").read_text()


def test_a_part_has_corrections_of_its_own_and_inherits_the_polarity_of_its_film(
    raw, run, tmp_path
):
    image_id, out = film(raw, DOUBLE), tmp_path / "clean"
    run(f"{image_id},parts,2", f"{image_id}-p2,rotation_degrees,90", f"{image_id},inverted,true")
    first, second = row(out, image_id), row(out, f"{image_id}-p2")
    assert (first.inverted, second.inverted) == (True, True)
    assert (first.rotation_degrees != 90, second.rotation_degrees) == (True, 90)
    run(f"{image_id}-p2,inverted,false", f"{image_id},rotation_degrees,-45")
    first, second = row(out, image_id), row(out, f"{image_id}-p2")
    assert (first.inverted, second.inverted) == (True, False)
    assert (first.rotation_degrees, second.rotation_degrees) == (-45, 90)


def test_a_new_out_takes_the_corrections_of_another(raw, run, tmp_path):
    image_id = film(raw, DOUBLE)
    run(f"{image_id},parts,2")
    run(f"{image_id}-p2,rotation_degrees,90")
    run(f"{image_id}-p2,rotation_degrees,90", f"{image_id},parts,2", out="fresh")
    assert tree_hash(tmp_path / "fresh") == tree_hash(tmp_path / "clean")


BY_A_PERSON = ("rejected", "correction", "correction", "by a person")


def verdict(row):
    return row.status, row.reason, row.step, row.detail


def test_a_rejected_part_is_rejected_by_a_person_and_the_other_stays(raw, run, tmp_path):
    image_id, out = film(raw, DOUBLE), tmp_path / "clean"
    run(f"{image_id},parts,2", f"{image_id}-p2,status,rejected")
    assert row(out, image_id).status == "kept"
    assert verdict(row(out, f"{image_id}-p2")) == BY_A_PERSON


def test_a_rejected_film_is_rejected_with_its_parts_whatever_a_part_says(raw, run, tmp_path):
    image_id, out = film(raw, DOUBLE), tmp_path / "clean"
    run(f"{image_id},parts,2", f"{image_id}-p2,status,kept")
    lines = [f"{image_id},status,rejected", f"{image_id}-p2,rotation_degrees,90"]
    for _ in range(2):  # the second time the part is not in OUT any more
        run(*lines)
        found = rows(out).set_index("height").loc[[DOUBLE]]
        assert [verdict(one) for one in found.itertuples()] == [BY_A_PERSON]
    assert not any(image_id in path.name for path in out.rglob("*.png"))


def test_a_rejected_part_that_is_no_longer_cut_takes_its_film_along(raw, run, tmp_path):
    image_id, out = film(raw, DOUBLE), tmp_path / "clean"
    run(f"{image_id},parts,2", f"{image_id}-p2,status,rejected")
    run(f"{image_id},parts,1")
    assert verdict(row(out, image_id))[:3] == BY_A_PERSON[:3]
    assert row(out, image_id).detail == "a part of it, by a person"
    assert not any(image_id in path.name for path in out.rglob("*.png"))


def test_an_image_that_is_not_kept_has_no_hash(raw, run, tmp_path):
    image_id, out = film(raw, SINGLE), tmp_path / "clean"
    run(f"{image_id},status,rejected")
    names = ["file_name", "mask_file_name", "pixel_hash", "perceptual_hash"]
    found = rows(out)
    assert found.loc[found.status != "kept", names].isna().all(axis=None)
    assert (
        found.loc[found.status == "kept", ["pixel_hash", "perceptual_hash"]].notna().all(axis=None)
    )


def test_a_mask_of_a_rejected_image_leaves_no_hash_either(raw, tmp_path, run, pipeline):
    pipeline.write_text('name = "masks"\n[steps.foreground_mask]\n')
    run(out="masks")
    image_id = film(raw, SINGLE)
    assert "pixel_hash" in row(tmp_path / "masks", image_id).decisions
    pipeline.write_text('name = "corrected"\n[steps.colour_inversion]\n')
    run(f"{image_id},status,rejected", source=tmp_path / "masks")
    assert "pixel_hash" not in row(tmp_path / "clean", image_id).decisions
    assert "pixel_hash" in row(tmp_path / "clean", film(raw, OTHER)).decisions
    assert runner.invoke(app, ["verify", str(tmp_path / "clean")]).exit_code == 0


def test_an_image_whose_study_has_left_the_input_cannot_be_corrected(raw, run, tmp_path):
    image_id = film(raw, SINGLE)
    run()
    study = row(raw, image_id).study_id
    remove_study(DataSet(raw), study)
    collate(DataSet(raw))
    with pytest.raises(UsageError, match="no longer in the input"):
        run(f"{image_id},status,rejected")


def test_kept_skips_the_study_step_that_rejects(raw, run, tmp_path):
    image_id, out = film(raw, KNEE), tmp_path / "clean"
    run()
    assert row(out, image_id).reason == "body_part"
    run(f"{image_id},status,kept")
    kept = row(out, image_id)
    assert kept.status == "kept"
    assert {"corrected": True, "reason": "body_part", "body_part": "knee"}.items() <= json.loads(
        kept.decisions
    )["anatomic_filter"].items()
    assert "anatomic_filter" in [entry.partition("@")[0] for entry in kept.history]
    assert runner.invoke(app, ["verify", str(out)]).exit_code == 0


def test_kept_skips_the_image_step_that_rejects(raw, run, tmp_path, monkeypatch):
    def refuse(step, image):
        raise Rejected("too_dark", "3")

    monkeypatch.setattr(ColourInversion, "apply", refuse)
    # in this process, where the step was changed
    monkeypatch.setattr("radprep.run.workers.worker_count", lambda asked, **_: 0)
    image_id, out = film(raw, SINGLE), tmp_path / "clean"
    run(f"{image_id},status,kept")
    assert row(out, film(raw, OTHER)).reason == "too_dark"
    kept = row(out, image_id)
    assert (kept.status, json.loads(kept.decisions)["colour_inversion"]["reason"]) == (
        "kept",
        "too_dark",
    )
    np.testing.assert_array_equal(pixels(out, image_id).shape, pixels(raw, image_id).shape)


def test_a_fault_stays_a_fault_unless_a_person_rejects_the_film(raw, run, tmp_path):
    one, other = film(raw, SINGLE), film(raw, OTHER)
    for image_id in (one, other):
        (raw / row(raw, image_id).file_name).unlink()
    run(f"{one},status,kept", f"{other},status,rejected")
    assert [row(tmp_path / "clean", image_id).reason for image_id in (one, other)] == [
        "image_missing",
        "correction",
    ]


def test_a_study_whose_worker_died_still_rejects_what_a_person_rejected(raw, run, tmp_path):
    image_id = film(raw, SINGLE)
    out = DataSet(tmp_path / "clean")
    stage = PreprocessStage(DataSet(raw), out, load_pipeline("wrist-thesis"), {})
    study_id = row(raw, image_id).study_id
    rejected = decided({image_id: {"status": "rejected"}})
    stage.fail(PreprocessJob(study_id, "", corrections=rejected), "worker_died")
    assert [one["reason"] for one in out.rows(study_id)] == ["correction"]
    assert out.rows(study_id)[0]["pixel_hash"] is None


def test_what_a_killed_run_left_of_a_rejected_film_goes(raw, run, tmp_path):
    image_id = film(raw, SINGLE)
    run()
    attempt = tmp_path / "clean" / ".tmp" / f"{row(raw, image_id).study_id}-{'0' * 32}"
    attempt.mkdir(parents=True)
    (attempt / "000001").write_bytes(b"a picture")
    other = attempt.with_name(f"{row(raw, film(raw, OTHER)).study_id}-{'0' * 32}")
    other.mkdir()
    run(f"{image_id},status,rejected")
    assert (attempt.exists(), other.exists()) == (False, True)


def test_neither_workers_nor_the_order_of_lines_change_a_byte(raw, run, tmp_path):
    lines = [
        f"{film(raw, SINGLE)},inverted,true",
        f"{film(raw, DOUBLE)}-p2,rotation_degrees,90",
        f"{film(raw, DOUBLE)},parts,2",
        f"{film(raw, OTHER)},status,rejected",
    ]
    run(*lines, out="one", flags=("--workers", "1"))
    run(*reversed(lines), out="two", flags=("--workers", "2"))
    assert tree_hash(tmp_path / "one") == tree_hash(tmp_path / "two")


def test_a_run_that_was_killed_after_it_remembered_goes_on(raw, tmp_path, pipeline):
    path, out = tmp_path / "given.csv", tmp_path / "clean"
    path.write_text(f"image_id,field,value\n{film(raw, SINGLE)},inverted,true\n")
    Preprocessing.prepare(raw, out, load_pipeline(str(pipeline)), corrections=path).begin()
    assert preprocess(raw, out, "--pipeline", pipeline)["run"]["done"] == 4
    assert row(out, film(raw, SINGLE)).inverted


def test_verify_holds_the_corrections_against_the_data_set(raw, run, tmp_path):
    out = tmp_path / "clean"
    run(f"{film(raw, SINGLE)},inverted,true")
    assert runner.invoke(app, ["verify", str(out)]).exit_code == 0
    remembered = (out / "corrections.csv").read_text()
    for value, code in (("false", "corrections_differ"), ("7", "corrections_unreadable")):
        (out / "corrections.csv").write_text(remembered.replace("true", value))
        result = runner.invoke(app, ["verify", str(out), "--json"])
        assert result.exception.exit_code == 4
        assert [finding["code"] for finding in json.loads(result.stdout)["findings"]] == [code]


def test_a_forgotten_patient_takes_the_corrections_along(raw, run, tmp_path):
    gone, stays, out = film(raw, DOUBLE), film(raw, SINGLE), tmp_path / "clean"
    run(f"{gone},parts,2", f"{gone}-p2,inverted,true", f"{stays},inverted,true")
    for image_id, left in ((gone, f"image_id,field,value\n{stays},inverted,true\n"), (stays, None)):
        assert (
            runner.invoke(
                app, ["forget", str(out), "--patient", row(out, image_id).patient_id, "--yes"]
            ).exit_code
            == 0
        )
        assert (
            (out / "corrections.csv").read_text() if (out / "corrections.csv").exists() else None
        ) == left
        assert runner.invoke(app, ["verify", str(out)]).exit_code == 0


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["image_id,field", "{single},inverted"], "no column 'value' (--corrections)"),
        (["image_id,field,value", "{single},inverted"], "line 2 has 2 cells of 3"),
        (
            ["image_id,field,value", "{single},inverted,maybe"],
            "line 2: inverted must be true or false; it is 'maybe'",
        ),
        (["image_id,field,value", "", "{single},parts,0"], "line 3: parts must be a whole number"),
        (["image_id,field,value", "{single},parts,1.5"], "parts must be"),
        (["image_id,field,value", "{single},parts,99999999999"], "parts must"),
        (["image_id,field,value", "{single},rotation_degrees,nan"], "must be a number of degrees"),
        (["image_id,field,value", "{single},rotation_degrees,1e9"], "must be a number of degrees"),
        (["image_id,field,value", "{single},rotation_degrees,361"], "must be a number of degrees"),
        (["image_id,field,value", "{single},status,failed"], "status must be kept or rejected"),
        (
            ["image_id,field,value", "{single},rotation,90"],
            "no field 'rotation'. Fields are: boxes, burned_in, inverted, parts, review, "
            "rotation_degrees, status",
        ),
        (["image_id,field,value", "GARCIA,inverted,true"], "'GARCIA' is no image_id"),
        (["image_id,field,value", "\x1b[31m,inverted,true"], r"'\x1b[31m' is no image_id"),
        (["image_id,field,value", "{single},inverted,\x1b[2J"], r"it is '\x1b[2J'"),
        (["image_id,field,value", "{single}\x00,inverted,true"], "a binary file"),
        (
            ["\x1b[2J,field,value", "{single},inverted,true"],
            "Its columns are: (no word), field, value",
        ),
        (
            ["image_id,field,value", "{single},inverted,true", "{single},inverted,false"],
            "'false' here and 'true' in line 2",
        ),
        (
            ["image_id,field,value", "{double},parts,1", "{double}-p2,parts,2"],
            "Leave one of the two",
        ),
        (
            ["image_id,field,value", "0000000000000000,inverted,true"],
            "neither in the input nor in OUT: 0000000000000000",
        ),
        (["image_id,field,value", "{double}-p7,inverted,true"], "neither in the input nor in OUT"),
        (["image_id,field,value", "{double}-p1,inverted,true"], "neither in the input nor in OUT"),
        (
            ["image_id,field,value", "{double},parts,1", "{double}-p2,inverted,true"],
            "neither in the input nor in OUT",
        ),
        (["image_id,field,value", '{single},"inverted,true'], "quotation marks"),
    ],
)
def test_a_bad_file_is_a_sentence_and_touches_nothing(raw, run, tmp_path, pipeline, lines, said):
    run()
    path, out = tmp_path / "bad.csv", tmp_path / "clean"
    path.write_text("\n".join(lines).format(single=film(raw, SINGLE), double=film(raw, DOUBLE)))
    before = tree_hash(out)
    result = runner.invoke(
        app,
        ["preprocess", str(raw), str(out), "--pipeline", str(pipeline), "--corrections", str(path)],
    )
    assert result.exception.exit_code == 2, result.output
    assert said in str(result.exception)
    assert "\x1b" not in str(result.exception)
    assert tree_hash(out) == before


def test_a_field_that_no_step_of_the_pipeline_decides_is_refused(raw, tmp_path):
    path = tmp_path / "given.csv"
    path.write_text(f"image_id,field,value\n{film(raw, SINGLE)},parts,2\n")
    pipeline = tmp_path / "short.toml"
    pipeline.write_text('name = "short"\n[steps.colour_inversion]\n')
    result = runner.invoke(
        app,
        [
            "preprocess",
            str(raw),
            str(tmp_path / "clean"),
            "--pipeline",
            str(pipeline),
            "--corrections",
            str(path),
        ],
    )
    assert result.exception.exit_code == 2
    assert "corrects parts, but pipeline short has no step part_splitter" in str(result.exception)


def test_what_the_input_does_not_have_cannot_be_kept_or_joined(raw, run, tmp_path, pipeline):
    run(f"{film(raw, DOUBLE)},parts,2", out="once")
    path = tmp_path / "given.csv"
    for line, said in (
        (f"{film(raw, KNEE)},status,kept", "it is rejected in the input already"),
        (f"{film(raw, DOUBLE)},parts,1", "parts cannot be joined again"),
    ):
        path.write_text(f"image_id,field,value\n{line}\n")
        result = runner.invoke(
            app,
            [
                "preprocess",
                str(tmp_path / "once"),
                str(tmp_path / "twice"),
                "--pipeline",
                str(pipeline),
                "--corrections",
                str(path),
            ],
        )
        assert result.exception.exit_code == 2
        assert said in str(result.exception)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("image_id;field;value\n{};INVERTED;True\n", "utf-8"),
        ("Value,image_id,note,field\nTRUE,{},é,inverted\n", "cp1252"),
        ("image_id\tfield\tvalue\n{}\tinverted\ttrue\n", "utf-16"),
        ("image_id,field,value\r\n {} ,inverted, true \r\n\r\n", "utf-8-sig"),
    ],
)
def test_spreadsheets_may_write_it_as_they_do(tmp_path, text, encoding):
    path = tmp_path / "given.csv"
    path.write_bytes(text.replace("{}", A).encode(encoding))
    assert read_corrections(path) == decided({A: {"inverted": True}})


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "inverted": st.booleans(),
        "parts": st.integers(1, 16),
        "status": st.sampled_from(["kept", "rejected"]),
        "rotation_degrees": st.floats(-179.9, 180).map(lambda value: round(value, 6) + 0.0),
    },
)


@given(st.dictionaries(st.sampled_from([A, B, f"{A}-p2", f"{A}-f3-p2"]), VALUES))
def test_what_is_written_is_read_again(tmp_path_factory, values):
    corrections = decided(values)
    path = tmp_path_factory.mktemp("written") / "corrections.csv"
    path.write_text(as_csv(corrections))
    assert merged({}, read_corrections(path)) == {
        image_id: fields for image_id, fields in corrections.items() if fields
    }


def test_merging_replaces_adds_and_takes_away():
    before = decided({A: {"inverted": True, "parts": 2}, B: {"status": "kept"}})
    assert merged(before, decided({A: {"parts": 1}, B: {"status": None}})) == decided(
        {A: {"inverted": True, "parts": 1}}
    )
    assert before[A]["parts"].value == 2


def test_a_part_belongs_to_the_longest_name_that_is_a_film():
    assert [
        film_of(image_id, {A, f"{A}-p2"})
        for image_id in (A, f"{A}-p2", f"{A}-p3", f"{A}-p2-p3", B, f"{B}-p2")
    ] == [A, f"{A}-p2", A, f"{A}-p2", None, None]


def test_parts_move_to_the_film_and_other_fields_stay(tmp_path):
    given = decided({f"{A}-p2": {"parts": 2, "inverted": True}})
    assert on_films(given, {A: None}, tmp_path) == decided(
        {A: {"parts": 2}, f"{A}-p2": {"inverted": True}}
    )


@pytest.mark.parametrize(
    ("image_id", "parts", "out", "known"),
    [
        (A, None, {}, True),
        (B, None, {}, False),
        (f"{A}-p2", None, {}, True),
        (f"{A}-p1", None, {}, False),
        (f"{B}-p2", None, {}, False),
        (f"{A}-p2", None, {A}, False),
        (f"{A}-p2", None, {A, f"{A}-p2"}, True),
        (f"{A}-p3", 3, {A}, True),
        (f"{A}-p3", 2, {A, f"{A}-p3"}, False),
    ],
)
def test_a_part_is_known_if_it_is_there_or_may_yet_be_cut(tmp_path, image_id, parts, out, known):
    after = decided({A: {"parts": parts}} if parts else {})
    with (
        nullcontext()
        if known
        else pytest.raises(UsageError, match="neither in the input nor in OUT")
    ):
        check_images(
            decided({image_id: {"inverted": True}}),
            after,
            {A: KnownImage("study", "kept", None)},
            dict.fromkeys(out, KnownImage("study", "kept", 1)),
            tmp_path,
        )


def test_a_part_of_a_film_that_was_rejected_as_a_whole_is_known(tmp_path):
    out = {A: KnownImage("study", "rejected", None)}
    source = {A: KnownImage("study", "kept", None)}
    check_images(decided({f"{A}-p2": {"inverted": True}}), {}, source, out, tmp_path)


def test_many_unknown_images_are_counted_not_all_listed(tmp_path):
    unknown = decided({f"{number:016x}": {"inverted": True} for number in range(12)})
    with pytest.raises(UsageError, match="0000000000000004 and 7 more"):
        check_images(unknown, {}, {A: KnownImage("study", "kept", None)}, {}, tmp_path)
