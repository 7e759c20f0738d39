"""The trainer's commands, from a data set to a comparison."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from radprep.train.classic import learner as learner_module
from radprep.train.data.samples import read_pixels, read_samples
from tests.made import arm, make_dicom, tree_hash
from tests.train.commands import radprep, refused
from tests.train.synthetic import film, finish, make_dataset, write_study

SMALL = ("--set", "width=48", "--set", "height=64", "--set", "trees=5", "--workers", "1")


def done(*words):
    """stdout of a command that must succeed, as JSON."""
    result = radprep(*words, "--json")
    assert result.exit_code == 0, result.exception or result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp("training") / "ds", 260)


@pytest.fixture(scope="module")
def run(root):
    """A finished and evaluated run, and what both commands said."""
    folder = root.parent / "runs" / "first"
    return (
        folder,
        done("train", root, folder, *SMALL, "--holdout", 0.3),
        done("evaluate", root, folder),
    )


def test_it_finds_the_answer_on_patients_held_out(run):
    _, trained, evaluated = run
    assert evaluated["study"]["mean"]["figures"]["auroc"]["value"] > 0.95
    assert evaluated["counts"]["studies"] == trained["splits"]["holdout"]["studies"] > 50
    assert trained["leaks"] == []


@pytest.mark.slow
def test_the_holdout_is_not_read_by_train(root, tmp_path, monkeypatch):
    """Leaks are looked for in all images; nothing else may look at one of the hold-out."""

    read = set()
    monkeypatch.setattr(
        learner_module,
        "read_pixels",
        lambda file: read.add(file.stem) or read_pixels(file),
    )
    done("train", root, tmp_path / "run", *SMALL, "--holdout", 0.3)
    splits = pd.read_csv(tmp_path / "run" / "splits.csv").set_index("image_id").split
    assert read
    assert set(splits[sorted(read)]) == {"training", "validation"}
    assert not (tmp_path / "run" / "holdout").exists()


@pytest.mark.slow
def test_a_run_is_repeated_from_its_configuration(root, run, tmp_path):
    folder, _, _ = run
    done("train", root, tmp_path / "again", "--config", folder / "config.toml", "--workers", 1)
    done("evaluate", root, tmp_path / "again")
    left = ("opened.jsonl", "classic.npz", "environment.json")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in left:
            assert (
                tmp_path / "again" / path.relative_to(folder)
            ).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_a_flag_counts_more_than_the_configuration(root, run, tmp_path):
    folder, _, _ = run
    done(
        "train",
        root,
        tmp_path / "other",
        "--config",
        folder / "config.toml",
        "--rule",
        "alo",
        "--set",
        "trees=6",
        "--workers",
        1,
    )
    text = (tmp_path / "other" / "config.toml").read_text()
    assert 'rule = "alo"' in text
    assert "trees = 6" in text
    assert "width = 48" in text
    assert "holdout = 0.3" in text


@pytest.mark.slow
def test_folds_stay_outside_the_holdout(root, tmp_path):
    found = done("train", root, tmp_path / "run", *SMALL, "--holdout", 0.5, "--folds", 3)
    assert len(found["folds"]["folds"]) == 3
    inside = found["splits"]["training"]["studies"] + found["splits"]["validation"]["studies"]
    assert sum(fold["studies"] for fold in found["folds"]["folds"]) == inside
    assert found["folds"]["auroc_mean"] > 0.9


def test_an_existing_run_is_gone_on_with_only_when_asked_and_unchanged(root, run):
    folder, _, _ = run
    before = tree_hash(folder, "splits.csv", "thresholds.json")
    assert "--resume" in refused("train", root, folder, *SMALL, "--holdout", 0.3)
    assert "another configuration" in refused(
        "train", root, folder, *SMALL, "--holdout", 0.4, "--resume"
    )
    assert "another configuration" in refused(
        "train", root, folder, "--set", "trees=7", "--holdout", 0.3, "--resume"
    )
    done("train", root, folder, *SMALL, "--holdout", 0.3, "--resume")
    assert tree_hash(folder, "splits.csv", "thresholds.json") == before


@pytest.mark.slow
def test_a_split_column_of_a_file_decides(root, run, tmp_path):
    samples = read_samples(root, "fracture")
    lines = [
        f"{s.patient_id},{('train', 'val', 'test')[int(s.patient_id, 16) % 3]}" for s in samples
    ]
    (tmp_path / "mine.csv").write_text("\n".join(["patient_id,where", *sorted(set(lines))]))
    done(
        "train",
        root,
        tmp_path / "run",
        *SMALL,
        "--split-column",
        "where",
        "--split-file",
        tmp_path / "mine.csv",
    )
    table = pd.read_csv(tmp_path / "run" / "splits.csv", dtype=str)
    expected = {
        s.image_id: ("training", "validation", "holdout")[int(s.patient_id, 16) % 3]
        for s in samples
    }
    assert dict(zip(table.image_id, table.split, strict=True)) == expected


@pytest.mark.slow
def test_leaks_are_an_error_until_somebody_decides(tmp_path):
    root = make_dataset(tmp_path / "ds", 120)
    samples = read_samples(root, "fracture")
    rows = pd.read_parquet(root / "instances.parquet").to_dict("records")
    copied = [
        write_study(root, f"copy{n}", f"copy{n}", "normal", [read_pixels(s.file)])[0]
        for n, s in enumerate(samples[:40])
    ]
    plain = [
        {
            name: list(value)
            if name in ("review", "history")
            else None
            if pd.api.types.is_scalar(value) and pd.isna(value)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]
    finish(root, [*plain, *copied])
    assert "near-identical" in refused("train", root, tmp_path / "run", *SMALL)
    assert not (tmp_path / "run").exists()
    found = done("train", root, tmp_path / "run", *SMALL, "--on-leak", "group")
    assert found["leaks"]
    assert len(pd.read_csv(tmp_path / "run" / "leaks.csv")) == len(found["leaks"])
    table = pd.read_csv(tmp_path / "run" / "splits.csv").set_index("image_id").split
    assert all(table[first] == table[second] for first, second in found["leaks"])


def test_nothing_is_frozen_without_weights(root, tmp_path):
    pytest.importorskip("torch")
    words = ("train", root, tmp_path / "run", "--freeze", "--model", "lenet")
    assert "--weights FILE" in refused(*words)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--freeze",), "no parameter 'freeze'"),
        (("--set", "tres=5"), "no parameter 'tres'"),
        (("--set", "width=3"), "width:"),
        (("--set", "trees"), "PARAMETER=VALUE"),
        (("--folds", "1"), "--folds 1 is not possible"),
        (("--holdout", "0.6", "--validation", "0.6"), "leave no patient"),
        (("--rule", "best"), "rule:"),
        (("--workers", "0"), "--workers 0 is not possible"),
    ],
)
def test_what_was_asked_for_is_checked_before_anything_is_read(tmp_path, words, sentence):
    """There is no data set to be read, and the first mistake is named all the same."""
    assert sentence in refused("train", tmp_path / "none", tmp_path / "run", *words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--split-file", "none.csv"), "--split-file needs --split-column"),
        (("--split-file", "none.csv", "--split-column", "split"), "no file none.csv"),
        (("--weights", "none.safetensors"), "none.safetensors cannot be read"),
    ],
)
def test_files_are_checked_before_the_images_are_read(tmp_path, monkeypatch, words, sentence):
    root = make_dataset(tmp_path / "ds", 3)
    (root / "instances.parquet").write_bytes(b"not to be read")
    assert sentence in refused("train", root, tmp_path / "run", *words)


@pytest.mark.slow
def test_few_studies_are_said_before_any_figure(tmp_path):
    root = make_dataset(tmp_path / "ds", 40)
    said = radprep("train", root, tmp_path / "run", *SMALL, "--on-leak", "drop").stdout
    assert "too few for any of these figures to mean something" in said
    assert said.index("beware") < said.index("AUROC")
    said = radprep("evaluate", root, tmp_path / "run").stdout
    assert said.index("beware") < said.index("auroc")
    assert "**Beware:**" in (tmp_path / "run" / "card.md").read_text()


def test_the_card_names_the_data_the_figures_and_the_limits(root, run):
    folder, _, evaluated = run
    text = (folder / "card.md").read_text()
    info = json.loads((root / "dataset.json").read_text())
    auroc = evaluated["study"]["mean"]["figures"]["auroc"]
    for word in (
        info["fingerprint"],
        "no pipeline",
        f"{auroc['value']:.3f}",
        "Limits",
        "| maker | Agfa |",
        "once by this run",
        "| fracture | positive |",
        "| normal | negative |",
        "no medical device",
    ):
        assert word in text


@pytest.mark.slow
def test_of_several_labels_somebody_says_which_are_negative(tmp_path):
    root, rng = make_dataset(tmp_path / "ds", 60), np.random.default_rng(9)
    rows = pq.read_table(root / "instances.parquet").to_pylist()
    for number in range(6):
        rows += write_study(root, f"c{number}", f"c{number}", "cast", [film(rng, broken=True)])
    finish(root, rows)
    run, flags = tmp_path / "run", (*SMALL, "--on-leak", "group", "--holdout", 0.3)
    assert "cast (6), fracture (" in refused("train", root, run, *flags)
    assert "no label of the data set" in refused(
        "train", root, run, *flags, "--negative", "normal", "--negative", "norml"
    )
    said = radprep("train", root, run, *flags, "--negative", "normal")
    for stream in (said.stderr, said.stdout):
        assert "positive: fracture (" in stream
        assert "left out: cast (6 studies)" in stream
    told = json.loads((run / "classes.json").read_text())
    assert (told["negative"], told["left_out"]) == (["normal"], {"cast": 6})
    assert 'negative = ["normal"]' in (run / "config.toml").read_text()
    asked = set(pd.read_csv(run / "splits.csv").image_id)
    assert asked == {row["image_id"] for row in rows if row["label"] != "cast"}
    again = done("train", root, run, *flags, "--negative", "normal", "--resume")
    assert again["classes"] == told
    assert done("evaluate", root, run)["classes"] == told
    assert "| cast | left out | 6 |" in (run / "card.md").read_text()


@pytest.mark.slow
def test_each_opening_of_the_holdout_is_counted(root, run, tmp_path):
    done("train", root, tmp_path / "run", "--config", run[0] / "config.toml", "--workers", 1)
    assert [done("evaluate", root, tmp_path / "run")["opened"] for _ in range(2)] == [1, 2]
    assert "opened      3 times" in radprep("evaluate", root, tmp_path / "run").stdout
    assert "opened 3 times by this run" in (tmp_path / "run" / "card.md").read_text()


def test_a_subset_of_the_holdout_is_another_part(root, run, tmp_path):
    folder, _, whole = run
    studies = pd.read_csv(folder / "holdout" / "studies.csv")
    (tmp_path / "Without metal.csv").write_text("\n".join(studies.study_id[:30]))
    found = done("evaluate", root, folder, "--subset", tmp_path / "Without metal.csv")
    assert found["part"] == "holdout-without_metal"
    assert found["counts"]["studies"] == 30 < whole["counts"]["studies"]
    assert found["opened"] > whole["opened"]  # the same films


@pytest.mark.slow
def test_another_data_set_must_be_called_external_and_seen_patients_are_left_out(
    root, run, tmp_path
):
    folder, _, _ = run
    assert "leave --external away" in refused("evaluate", root, folder, "--external")
    other = make_dataset(tmp_path / "other", 40, seed=9)
    assert "--external" in refused("evaluate", other, folder)
    assert done("evaluate", other, folder, "--external")["counts"]["studies"] == 40
    longer = make_dataset(tmp_path / "longer", 270)  # the same patients, and some after them
    seen = set(pd.read_csv(folder / "splits.csv").patient_id)
    expected = {
        sample.study_id
        for sample in read_samples(longer, "fracture")
        if sample.patient_id not in seen
    }
    assert done("evaluate", longer, folder, "--external")["counts"]["studies"] == len(expected) > 0


@pytest.mark.slow
def test_a_run_without_a_holdout_says_so(root, tmp_path):
    done("train", root, tmp_path / "run", *SMALL, "--holdout", 0)
    assert "no hold-out" in refused("evaluate", root, tmp_path / "run")


@pytest.mark.slow
def test_two_runs_are_compared_on_common_studies(root, run, tmp_path):
    folder, _, first = run
    worse = tmp_path / "worse"
    done(
        "train",
        root,
        worse,
        "--set",
        "width=8",
        "--set",
        "height=8",
        "--set",
        "trees=1",
        "--holdout",
        0.3,
        "--workers",
        1,
    )
    second = done("evaluate", root, worse)
    found = done("compare", folder, worse)
    assert found["studies"] == first["counts"]["studies"]
    auroc = found["figures"]["auroc"]
    assert auroc["first"] == first["study"]["mean"]["figures"]["auroc"]["value"]
    assert auroc["difference"] == pytest.approx(
        auroc["first"] - second["study"]["mean"]["figures"]["auroc"]["value"], abs=2e-6
    )
    assert auroc["low"] <= auroc["difference"] <= auroc["high"]
    assert (found["delong_p"] < 0.05) == (auroc["low"] > 0)
    same = done("compare", folder, folder)
    assert same["delong_p"] == 1
    assert same["figures"]["auroc"]["low"] == same["figures"]["auroc"]["high"] == 0
    assert "radprep evaluate" in refused("compare", folder, worse, "--part", "elsewhere")


@pytest.mark.slow
def test_predictions_of_a_dicom_file_go_through_the_same_pipeline(tmp_path, key_file):
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in range(24):
        (dump / f"{number}").write_bytes(
            make_dicom(arm(160 + 20 * (number % 2), 120, seed=number), study=str(number))
        )
    (dump / "knee").write_bytes(make_dicom(arm(seed=99), study="99", BodyPartExamined="KNEE"))
    labels = "\n".join(
        [
            "accession,diagnosis",
            *(f"A{number},{('normal', 'fracture')[number % 2]}" for number in range(24)),
        ]
    )
    (tmp_path / "labels.csv").write_text(labels)
    raw, clean, run = tmp_path / "raw", tmp_path / "clean", tmp_path / "runs" / "a"
    assert (
        radprep(
            *("convert", dump, raw, "--labels", tmp_path / "labels.csv"),
            *("--workers", 1, "--key", key_file),
        ).exit_code
        == 0
    )
    assert radprep("preprocess", raw, clean, "--pipeline", "wrist", "--workers", 1).exit_code == 0
    done("train", clean, run, *SMALL, "--on-leak", "group", "--validation", 0.3)
    by_dump, by_raw, by_clean = (
        done("predict", source, run, tmp_path / name, "--workers", 1)
        for source, name in ((dump, "a"), (raw, "b"), (clean, "c"))
    )
    scores = [
        sorted(round(one["score"], 4) for one in found["studies"])
        for found in (by_dump, by_raw, by_clean)
    ]
    assert scores[0] == scores[1] == scores[2]
    assert len(scores[0]) == 24
    alone = done("predict", dump / "5", run, tmp_path / "d", "--workers", 1)
    assert alone["studies"][0]["score"] in {one["score"] for one in by_dump["studies"]}
    assert len(pd.read_csv(tmp_path / "d" / "studies.csv")) == 1
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        *("images.csv", "rejected.csv", "studies.csv")
    ]
    assert {one["seen"] for one in by_dump["studies"]} == {"unknown"}
    assert {one["seen"] for one in by_raw["studies"]} == {"training", "validation", "holdout"}
    [knee] = by_raw["no_answer"]
    assert knee["reasons"] == ["anatomic_filter:body_part"]
    image_id = pd.read_csv(tmp_path / "d" / "images.csv").image_id[0]
    found = done("locate", tmp_path / "d", image_id, f"{image_id}.png")
    assert [one["files"][0]["AccessionNumber"] for one in found] == ["A5", "A5"]
    again = ("predict", dump / "5", run, tmp_path / "d", "--workers", 1, "--key", key_file)
    assert "is not the key that" in refused(*again)
    again = done("predict", dump / "5", run, tmp_path / "k", "--workers", 1, "--key", key_file)
    assert again["studies"][0]["seen"] in ("training", "validation", "holdout")
    assert "No film was kept: 1 rejected" in refused(
        "predict", dump / "knee", run, tmp_path / "e", "--workers", 1
    )
    assert (
        radprep(
            "preprocess", raw, tmp_path / "other", "--pipeline", "mura", "--workers", 1
        ).exit_code
        == 0
    )
    assert "'mura'" in refused("predict", tmp_path / "other", run, tmp_path / "f", "--workers", 1)
    assert "There is no" in refused(
        "predict", tmp_path / "nothing", run, tmp_path / "g", "--workers", 1
    )


@pytest.mark.slow
def test_predictions_of_a_dump_show_the_films_as_those_learnt_from_were_shown(tmp_path, key_file):
    """A run that was trained on full ranges must not see windows."""
    dump = tmp_path / "dump"
    dump.mkdir()
    for number in range(24):
        pixels = arm(160 + 20 * (number % 2), 120, seed=number)
        film = make_dicom(pixels, study=str(number), WindowCenter=900, WindowWidth=300)
        (dump / f"{number}").write_bytes(film)
    lines = [f"A{number},{('normal', 'fracture')[number % 2]}" for number in range(24)]
    (tmp_path / "labels.csv").write_text("\n".join(["accession,diagnosis", *lines]))
    raw, clean, run = tmp_path / "raw", tmp_path / "clean", tmp_path / "runs" / "a"
    radprep(
        *("convert", dump, raw, "--labels", tmp_path / "labels.csv"),
        *("--window", "full", "--key", key_file),
    )
    radprep("preprocess", raw, clean, "--pipeline", "wrist", "--workers", 1)
    done("train", clean, run, *SMALL, "--on-leak", "group", "--validation", 0.3)
    by_dump = done("predict", dump, run, tmp_path / "answers", "--workers", 1, "--keep-films")
    by_clean = done("predict", clean, run, tmp_path / "same", "--workers", 1)
    assert (
        json.loads((tmp_path / "answers" / "raw" / "dataset.json").read_text())["parameters"][
            "window"
        ]
        == "full"
    )
    scores = [
        sorted(round(one["score"], 4) for one in found["studies"]) for found in (by_dump, by_clean)
    ]
    assert scores[0] == scores[1]
    windows = tmp_path / "windows"
    radprep("convert", dump, windows, "--workers", 1)
    assert "--window auto" in refused("predict", windows, run, tmp_path / "f", "--workers", 1)
