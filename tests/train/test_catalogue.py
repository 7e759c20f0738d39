"""The table of models, and what every model in it must do."""

import re
from pathlib import Path

import numpy as np
import pytest

from radprep.train.catalogue import CATALOGUE
from radprep.train.data.samples import fingerprint, read_samples
from radprep.train.learner import Context
from radprep.train.models import MODELS, describe_models, make_learner
from tests.train.commands import radprep
from tests.train.synthetic import make_dataset

TESTS = Path(__file__).parents[1]
QUICK = {"classic": {"trees": 3}, "networks": {"epochs": 1, "batch": 8, "amp": "off"}}

each_model = pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)


@each_model
def test_a_model_is_described(model):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", model.name)
    assert len(model.sentence.split()) >= 5
    assert re.fullmatch(r"[A-Z].*\.", model.sentence)
    assert model.source.strip()


@each_model
def test_a_model_has_a_test_module_that_mirrors_its_own(model):
    *rooms, module = model.module.split(".")[1:]
    path = TESTS.joinpath(*rooms, f"test_{module}.py")
    assert path.exists(), f"{model.name} is made in {model.module}: write tests for it in {path}"


def test_names_are_given_once():
    names = [model.name for model in CATALOGUE]
    assert len(set(names)) == len(names)
    assert list(MODELS) == names == [one.name for one in describe_models()]


def test_the_help_of_train_says_what_each_model_is():
    said = " ".join(radprep("train", "--help").stdout.split())
    for model in CATALOGUE:
        assert f"{model.name} {model.sentence}" in said


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp("contract") / "ds", 24)


@each_model
def test_a_model_learns_is_stored_and_answers_the_same_again(root, tmp_path, model):
    if model.room == "networks":
        pytest.importorskip("torch")
    context = Context(tmp_path / "cache", fingerprint(root), quiet=True)
    parameters = {"width": 96, "height": 128, **QUICK[model.room]}
    samples = read_samples(root, "fracture")
    learner = make_learner(model.name, parameters, context)
    learner.fit(samples[:30], samples[30:], tmp_path)
    assert (tmp_path / "history.csv").exists()
    answers = learner.predict(samples)
    assert answers.shape == (len(samples),)
    assert answers.dtype == np.float64
    assert np.all((answers >= 0) & (answers <= 1))
    assert len(set(answers)) > 1
    assert np.array_equal(learner.predict(samples), answers)
    again = make_learner(model.name, parameters, context)
    again.load(tmp_path)
    assert np.array_equal(again.predict(samples), answers)
