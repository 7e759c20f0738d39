"""An evaluation as a whole."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from radprep.errors import UsageError
from radprep.train.data.samples import Sample, read_samples
from radprep.train.judging import metrics
from radprep.train.judging.evaluation import (
    Predictions,
    choose_thresholds,
    evaluate,
    read_studies,
    read_subset,
    study_groups,
    too_few,
    write_evaluation,
)
from radprep.train.judging.voting import study_places
from tests.train.synthetic import film, finish, make_dataset, write_study


def predictions(studies=60, seed=0):
    """Scores that know a little of the labels; a study has one to three images."""
    rng = np.random.default_rng(seed)
    samples = [
        Sample(f"i{study:03d}-{view}", f"s{study:03d}", f"p{study // 2}", int(study % 3 == 0), None)
        for study in range(studies)
        for view in range(1 + study % 3)
    ]
    scores = np.array([rng.uniform(0.1, 0.7) + 0.25 * sample.label for sample in samples])
    return Predictions(samples, scores)


@pytest.fixture(scope="module")
def result():
    found = predictions()
    thresholds = choose_thresholds(found)
    groups = {"views": [str(len(places)) for places in study_places(found.samples).values()]}
    return found, thresholds, evaluate(found, thresholds, "mean", groups, seed=0)


def test_figures_are_those_of_images_and_of_studies(result):
    found, thresholds, values = result
    table = pd.DataFrame(
        [
            (s.study_id, s.label, score)
            for s, score in zip(found.samples, found.scores, strict=True)
        ],
        columns=["study", "label", "score"],
    )
    studies = table.groupby("study").agg({"label": "first", "score": "mean"})
    assert values["image"]["figures"]["auroc"]["value"] == pytest.approx(
        roc_auc_score(table.label, table.score)
    )
    mean = values["study"]["mean"]
    assert mean["figures"]["auroc"]["value"] == pytest.approx(
        roc_auc_score(studies.label, studies.score)
    )
    assert mean["figures"]["accuracy"]["value"] == pytest.approx(
        ((studies.score >= thresholds["mean"]) == studies.label).mean()
    )
    assert mean["at_half"]["accuracy"]["value"] == pytest.approx(
        ((studies.score >= 0.5) == studies.label).mean()
    )
    alo = (
        table.assign(yes=table.score >= 0.5).groupby("study").agg({"label": "first", "yes": "any"})
    )
    assert values["study"]["alo"]["at_half"]["accuracy"]["value"] == pytest.approx(
        (alo.yes == alo.label).mean()
    )
    assert values["counts"] == {
        "patients": 30,
        "studies": 60,
        "images": 120,
        "positive_studies": 20,
        "positive_images": 20,
        "mixed_studies": 0,
    }
    assert sum(mean["confusion"].values()) == 60


def test_every_figure_has_an_interval_around_it(result):
    for part in (result[2]["image"], *result[2]["study"].values()):
        for one in (*part["figures"].values(), *part["at_half"].values()):
            assert one["low"] <= one["value"] <= one["high"]


def test_groups_divide_the_studies(result):
    views = result[2]["groups"]["views"]
    assert {name: one["studies"] for name, one in views.items()} == {"1": 20, "2": 20, "3": 20}
    assert views["1"]["positive_studies"] == 20
    assert np.isnan(views["1"]["auroc"]["value"])


def test_thresholds_are_chosen_on_studies(result):
    found, thresholds, values = result
    assert {name: one["threshold"] for name, one in values["study"].items()} | {
        "image": values["image"]["threshold"]
    } == thresholds
    for rule in ("alo", "majority", "mean", "max"):
        assert thresholds[rule] == metrics.choose_threshold(found.studies(rule))
    assert len(set(thresholds.values())) > 2


def test_what_is_written_is_read_again(result, tmp_path):
    found, thresholds, values = result
    write_evaluation(tmp_path / "part", found, thresholds, values)
    table = read_studies(tmp_path / "part", "radprep evaluate")
    assert table["mean"].to_numpy() == pytest.approx(found.studies("mean").scores, abs=1e-5)
    assert table["views"].sum() == len(found.samples)
    assert table["label"].tolist() == found.studies("mean").labels.tolist()
    stored = json.loads(
        (tmp_path / "part" / "metrics.json").read_text(),
        parse_constant=lambda name: pytest.fail(name),
    )
    assert stored["groups"]["views"]["1"]["auroc"]["value"] is None
    assert (tmp_path / "part" / "figure.svg").exists()
    assert len(pd.read_csv(tmp_path / "part" / "images.csv")) == len(found.samples)
    with pytest.raises(UsageError, match="radprep evaluate"):
        read_studies(tmp_path, "radprep evaluate")


def test_nothing_to_evaluate_is_said():
    with pytest.raises(UsageError, match="no image"):
        evaluate(Predictions([], np.zeros(0)), {}, "mean", {}, 0)


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("047Y", "40 to 64"),
        ("017Y", "0 to 17"),
        ("018M", "0 to 17"),
        ("090Y", "65 and over"),
        (None, "unknown"),
        ("47", "unknown"),
        ("ABCY", "unknown"),
    ],
)
def test_groups_of_a_study_come_from_its_rows(tmp_path, age, band):
    rng = np.random.default_rng(0)
    rows = write_study(
        tmp_path,
        "a",
        "p",
        "fracture",
        [film(rng, broken=True) for _ in range(5)],
        Manufacturer="Agfa",
        PatientAge=age,
    )
    rows[3]["review"] = ["colour_inversion:close"]
    rows += write_study(tmp_path, "b", "q", "normal", [film(rng, broken=False)], PatientSex="F")
    finish(tmp_path, rows)
    samples = read_samples(tmp_path, "fracture")
    place = list(study_places(samples)).index(rows[0]["study_id"])
    groups = study_groups(tmp_path, samples)
    assert {name: found[place] for name, found in groups.items()} == {
        "maker": "Agfa",
        "sex": "unknown",
        "age": band,
        "views": "4 or more",
        "review": "marked",
    }
    assert {name: found[1 - place] for name, found in groups.items()} == {
        "maker": "unknown",
        "sex": "F",
        "age": "unknown",
        "views": "1",
        "review": "not marked",
    }


def test_a_subset_names_images_or_studies(tmp_path):
    samples = read_samples(make_dataset(tmp_path / "ds", 20), "fracture")
    path = tmp_path / "some.csv"
    path.write_text(
        f'image_id,why\n{samples[0].image_id},clean\n"{samples[5].study_id}",\nnobody\n'
    )
    found = read_subset(path, samples)
    assert found == [
        s for s in samples if s.image_id == samples[0].image_id or s.study_id == samples[5].study_id
    ]
    path.write_text("nobody\n")
    for wrong in (path, tmp_path / "none.csv", tmp_path):
        with pytest.raises(UsageError, match=r"image_id or study_id a line|is a folder"):
            read_subset(wrong, samples)


@pytest.mark.parametrize(
    ("patients", "studies", "positive", "few"),
    [(20, 20, 5, False), (19, 40, 20, True), (40, 40, 4, True), (40, 40, 36, True)],
)
def test_a_handful_is_called_too_few(patients, studies, positive, few):
    counts = {
        "patients": patients,
        "studies": studies,
        "images": studies,
        "positive_studies": positive,
        "positive_images": positive,
    }
    assert (too_few(counts) is not None) == few
