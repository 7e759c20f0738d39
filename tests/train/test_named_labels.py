"""A classifier of any label of a data set, and studies whose images have different ones."""

import json

import numpy as np
import pytest

from radprep.dataset.durable import write_json, write_table
from radprep.dataset.info import Making, write_info
from radprep.dataset.labels import written
from radprep.dataset.layout import DataSet
from radprep.dataset.schema import to_table
from radprep.errors import UsageError
from radprep.train.data.samples import Sample, labels_by_study, name_of_label, read_samples
from radprep.train.experiment import experiment_of
from radprep.train.judging.voting import studies
from tests.train.commands import radprep, refused
from tests.train.synthetic import film, write_study


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Studies of two films, one of which has a gap where the study is broken; `side` says of each
    image something else than its study's label."""
    root, rng, rows = tmp_path_factory.mktemp("named") / "clean", np.random.default_rng(3), []
    for number in range(24):
        broken = number % 2 == 0
        found = write_study(
            root,
            f"s{number}",
            f"p{number}",
            "normal" if number % 3 else "other",
            [film(rng, broken=broken), film(rng, broken=False)],
        )
        for place, row in enumerate(found):
            gap = "yes" if broken and not place else "no"
            row["labels"] = written({"diagnosis": row["label"], "gap": gap})
            row["image_labels"] = ["gap"]
        rows += found
    write_table(to_table(rows), root / "instances.parquet")
    making = Making("convert", {"key": "synthetic"}, {"bits": 8, "label_main": "diagnosis"})
    info = write_info(DataSet(root), making, complete=True)
    write_json(root / "dataset.json", {**info, "fingerprint": "c" * 32})
    return root


def test_samples_are_of_the_label_that_is_meant(root):
    assert name_of_label(root, None) == "diagnosis"
    assert name_of_label(root, "gap") == "gap"
    assert sum(sample.label for sample in read_samples(root, "yes", name="gap")) == 12
    assert sum(sample.label for sample in read_samples(root, "other")) == 16
    with pytest.raises(UsageError, match=r"no label named 'metal'.*diagnosis, gap"):
        name_of_label(root, "metal")
    with pytest.raises(UsageError, match=r"these labels: no \(\d+\), yes"):
        read_samples(root, "other", name="gap")


def test_a_study_is_positive_where_one_of_its_images_is():
    samples = [
        Sample(f"i{n}", f"s{n // 2}", "p", label, None) for n, label in enumerate((0, 1, 0, 0))
    ]
    assert studies(samples, np.zeros(4), "mean").labels.tolist() == [1, 0]
    assert labels_by_study(samples, [[1, 0], [2, 3]]) == [1, 0]


@pytest.mark.slow
def test_a_run_remembers_its_label_and_is_evaluated_on_it(root, tmp_path):
    run = tmp_path / "run"
    few = ("--set", "trees=3", "--holdout", "0.4", "--validation", "0.3", "--seed", "1")
    done = radprep("train", root, run, "--label", "gap", "--positive", "yes", *few, "--json")
    assert done.exit_code == 0, done.output
    assert experiment_of(run)[0].label == "gap"
    found = json.loads(radprep("evaluate", root, run, "--json").stdout)
    assert (found["label"], found["positive"], found["part"]) == ("gap", "yes", "holdout")
    assert found["counts"]["mixed_studies"] == found["counts"]["positive_studies"] > 0
    card = (run / "card.md").read_text()
    assert "It has learnt the label `gap`." in card
    assert "of the studies have images of both classes; each counts as positive" in card
    other = ("--label", "diagnosis", "--positive", "other")
    found = json.loads(radprep("evaluate", root, run, *other, "--json").stdout)
    assert (found["label"], found["part"]) == ("diagnosis", "holdout-diagnosis-other")
    assert found["opened"] == 2  # the same films
    assert (
        "was evaluated on the label `diagnosis`, positive class `other`"
        in (run / "card.md").read_text()
    )
    assert "another configuration" in refused(
        "train", root, run, "--positive", "yes", *few, "--resume"
    )


@pytest.mark.slow
def test_films_of_the_holdout_whose_learnt_label_was_left_out_count_for_another(tmp_path):
    root, rng, found = tmp_path / "clean", np.random.default_rng(4), []
    for number in range(96):
        broken = number % 2 == 0
        third = "unlike" if number % 4 > 1 else "broken" if broken else "whole"
        [row] = write_study(
            root, f"s{number}", f"p{number // 4}", third, [film(rng, broken=broken)]
        )
        row["labels"] = written({"diagnosis": third, "gap": "yes" if broken else "no"})
        found.append(row)
    write_table(to_table(found), root / "instances.parquet")
    making = Making("convert", {"key": "synthetic"}, {"bits": 8, "label_main": "diagnosis"})
    info = write_info(DataSet(root), making, complete=True)
    write_json(root / "dataset.json", {**info, "fingerprint": "d" * 32})
    run = tmp_path / "run"
    few = ("--set", "trees=3", "--holdout", "0.4", "--validation", "0.3", "--seed", "1")
    done = radprep(
        "train", root, run, "--positive", "broken", "--negative", "whole", *few, "--json"
    )
    assert done.exit_code == 0, done.output
    learnt = json.loads(radprep("evaluate", root, run, "--json").stdout)["counts"]
    both = radprep("evaluate", root, run, "--label", "gap", "--positive", "yes", "--json")
    asked = json.loads(both.stdout)["counts"]
    assert asked["patients"] == learnt["patients"]
    assert asked["studies"] == 2 * learnt["studies"]
