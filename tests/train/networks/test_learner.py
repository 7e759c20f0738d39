"""The torch models as learners: the loop, its checkpoints, and what they find."""

import csv
import os
import signal

import numpy as np
import pytest

from radprep.errors import InterruptedRunError, UsageError
from radprep.train.judging import metrics, voting
from radprep.train.networks import loop
from radprep.train.networks.checkpoint import read_tensors
from radprep.train.networks.loop import BEST, HISTORY, LAST, Loop
from radprep.train.networks.models import NETWORKS
from tests.train.small_torch import SIZE, fitted, learner, parts_of, torch

QUICK = {"epochs": 4, "batch": 8, "rate": 3e-3, "patience": 9, "amp": "off"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Root and parts of a data set with an answer."""
    root = tmp_path_factory.mktemp("torch") / "ds"
    return root, parts_of(root, 90)


class Noisy(torch.nn.Sequential):
    """A network with everything that has a state: dropout, and batch normalisation."""

    of_studies = False

    def __init__(self):
        super().__init__(
            torch.nn.Conv2d(1, 4, 5, stride=4),
            torch.nn.BatchNorm2d(4),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.5),
            torch.nn.AdaptiveAvgPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(16, 1),
        )


@pytest.fixture
def noisy(monkeypatch):
    """The name `lenet` stands for a `Noisy`."""
    monkeypatch.setitem(NETWORKS, "lenet", Noisy)


def history(folder):
    with (folder / HISTORY).open(encoding="utf-8") as handle:
        return [
            {name: float(value) for name, value in line.items()} for line in csv.DictReader(handle)
        ]


def stopped_in_epoch(monkeypatch, number, after=3):
    """Send a SIGTERM in the middle of an epoch."""
    step = Loop._step

    def stop(self, *words):
        if len(self._history) + 1 == number:
            self.steps = getattr(self, "steps", 0) + 1
            if self.steps == after:
                os.kill(os.getpid(), signal.SIGTERM)
        return step(self, *words)

    monkeypatch.setattr(Loop, "_step", stop)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"optimiser": "sgd", "schedule": "plateau", "restart": 1},
        {"schedule": "constant", "sampling": "weighted", "rotate": 10.0},
    ],
    ids=["adam", "sgd", "plain"],
)
@pytest.mark.usefixtures("noisy")
def test_a_training_that_was_stopped_ends_as_one_that_was_not(data, tmp_path, monkeypatch, how):
    root, parts = data
    fitted(root, tmp_path / "whole", parts, **QUICK, **how)
    with monkeypatch.context() as patch:
        stopped_in_epoch(patch, 3)
        with pytest.raises(InterruptedRunError, match="--resume"):
            fitted(root, tmp_path / "parts", parts, **QUICK, **how)
    assert len(history(tmp_path / "parts")) == 2
    torch.manual_seed(99)  # another process, with other random numbers
    fitted(root, tmp_path / "parts", parts, **QUICK, **how, context={"resume": True})
    for name in (BEST, LAST, HISTORY):
        assert (tmp_path / "parts" / name).read_bytes() == (
            tmp_path / "whole" / name
        ).read_bytes(), name


@pytest.mark.usefixtures("noisy")
def test_a_seed_decides_and_resume_alone_goes_on(data, tmp_path):
    root, parts = data
    how = QUICK | {"epochs": 2}
    first, again, other = (
        fitted(root, tmp_path / name, parts, **how, context={"seed": seed})
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert np.array_equal(first.predict(parts[2]), again.predict(parts[2]))
    assert not np.array_equal(first.predict(parts[2]), other.predict(parts[2]))
    fitted(root, tmp_path / "a", parts, **how)
    assert (tmp_path / "a" / LAST).read_bytes() == (tmp_path / "b" / LAST).read_bytes()


def test_the_best_epoch_is_kept_not_the_last(data, tmp_path):
    root, parts = data
    one = fitted(
        root, tmp_path / "run", parts, **QUICK | {"epochs": 6, "rate": 0.02, "schedule": "constant"}
    )
    lines = history(tmp_path / "run")
    best = max(lines, key=lambda line: (line["validation_auroc"], -line["validation_loss"]))
    cases = voting.studies(parts[1], one.predict(parts[1]), "mean")
    assert metrics.auroc(cases) == pytest.approx(best["validation_auroc"], abs=1e-5)
    loaded = learner(root, **QUICK)
    loaded.load(tmp_path / "run")
    assert np.array_equal(loaded.predict(parts[2]), one.predict(parts[2]))


def test_it_stops_where_nothing_gets_better(data, tmp_path, monkeypatch):
    root, parts = data
    worth = iter([0.5, 0.7, 0.6, 0.7, 0.65, 0.9])
    monkeypatch.setattr(
        loop, "_worth", lambda *_: {"validation_loss": 1.0, "validation_auroc": next(worth)}
    )
    fitted(root, tmp_path / "run", parts, **QUICK | {"epochs": 20, "patience": 3})
    assert [line["validation_auroc"] for line in history(tmp_path / "run")] == [
        0.5,
        0.7,
        0.6,
        0.7,
        0.65,
    ]


@pytest.mark.parametrize(
    ("how", "rates"),
    [
        ({"schedule": "cosine", "restart": 2}, [1, 0.5, 1, 0.5]),
        ({"schedule": "constant"}, [1, 1, 1, 1]),
        ({"schedule": "plateau", "restart": 1}, [1, 1, 1, 0.1]),
    ],
)
def test_the_learning_rate_follows_its_schedule(data, tmp_path, monkeypatch, how, rates):
    root, parts = data
    monkeypatch.setattr(loop, "_worth", lambda *_: {"validation_loss": 1.0})
    fitted(root, tmp_path / "run", parts, **QUICK | how)
    assert [line["rate"] for line in history(tmp_path / "run")] == pytest.approx(
        [QUICK["rate"] * rate for rate in rates]
    )


def test_no_step_is_longer_than_the_clip_allows(data, tmp_path):
    root, parts = data
    how = QUICK | {"optimiser": "sgd", "momentum": 0.0, "clip": 1e-6, "epochs": 1, "rate": 1.0}
    before = learner(root, **how).network.state_dict()
    after = fitted(root, tmp_path / "run", parts, **how).network.state_dict()
    moved = float(sum(((after[name] - before[name]) ** 2).sum() for name in before)) ** 0.5
    assert 0 < moved < 1e-6 * len(parts[0])


def test_normalisation_is_that_of_the_training_part_or_as_given(data, tmp_path):
    root, parts = data
    own = fitted(root, tmp_path / "own", parts, **QUICK | {"epochs": 1}).normalisation
    pixels = own.__class__.of(learner(root)._cache(parts[0]))
    assert own == pixels
    given = fitted(
        root, tmp_path / "given", parts, **QUICK | {"epochs": 1, "normalise": [0.34587, 0.22898]}
    ).normalisation
    assert (given.mean, given.deviation) == (0.34587, 0.22898)


def test_bfloat16_learns_and_predictions_stay_in_float32(data, tmp_path, monkeypatch):
    root, parts = data
    monkeypatch.setattr(loop, "has_bfloat16", lambda device: True)
    seen = set()
    answer = loop.answer
    monkeypatch.setattr(
        loop,
        "answer",
        lambda *words: (found := answer(*words), seen.add((found.dtype, found.requires_grad)))[0],
    )
    fitted(root, tmp_path / "run", parts, **QUICK | {"epochs": 1, "amp": "auto"})
    assert seen == {(torch.bfloat16, True), (torch.float32, False)}


def test_frozen_layers_do_not_move(data, tmp_path):
    root, parts = data
    fitted(root, tmp_path / "first", parts, **QUICK)
    before = learner(
        root, **QUICK, context={"weights": tmp_path / "first" / BEST}
    ).network.state_dict()
    how = QUICK | {"freeze": True}
    after = fitted(
        root, tmp_path / "second", parts, **how, context={"weights": tmp_path / "first" / BEST}
    ).network.state_dict()
    assert {name for name in before if not torch.equal(before[name], after[name])} == {
        f"classifier.{place}.{kind}" for place in (0, 2, 4) for kind in ("weight", "bias")
    }


def test_mistakes_are_sentences(data, tmp_path):
    root, parts = data
    with pytest.raises(UsageError, match=r"no number any more in epoch 1\..*rate"):
        fitted(
            root, tmp_path / "a", parts, **QUICK | {"rate": 1e30, "optimiser": "sgd", "clip": 1e30}
        )
    with pytest.raises(UsageError, match="both classes"):
        fitted(
            root,
            tmp_path / "b",
            ([sample for sample in parts[0] if sample.label], parts[1]),
            **QUICK,
        )
    with pytest.raises(UsageError, match="missing or damaged"):
        learner(root).load(tmp_path)
    fitted(root, tmp_path / "c", parts, **QUICK | {"epochs": 1})
    with pytest.raises(UsageError, match="not of the model rx-lite"):
        learner(root, "rx-lite").load(tmp_path / "c")


def test_curves_for_tensorboard_are_written_when_asked_for(data, tmp_path):
    pytest.importorskip("tensorboard")
    root, parts = data
    for name, wanted in (("a", False), ("b", True)):
        fitted(root, tmp_path / name, parts, **QUICK | {"epochs": 1, "tensorboard": wanted})
        assert (tmp_path / name / "tensorboard").exists() == wanted


def test_a_model_of_studies_gives_a_study_s_value_to_each_of_its_images(data, tmp_path):
    root, parts = data
    one = fitted(root, tmp_path / "run", parts, "mvcnn", **QUICK | {"epochs": 1})
    scores = one.predict(parts[2])
    places = voting.study_places(parts[2])
    assert max(len(found) for found in places.values()) > 1
    assert all(len(set(scores[found])) == 1 for found in places.values())
    assert len(set(scores)) > len(places) / 2


def test_without_a_validation_part_the_last_epoch_is_the_model(data, tmp_path):
    root, parts = data
    fitted(root, tmp_path / "run", (parts[0], []), **QUICK | {"epochs": 2})
    assert set(history(tmp_path / "run")[0]) == {"epoch", "rate", "training_loss"}
    best, last = ((tmp_path / "run" / name) for name in (BEST, LAST))
    assert best.exists()
    assert last.exists()


def test_a_checkpoint_tells_nothing_of_the_machine_or_of_patients(data, tmp_path):
    root, parts = data
    fitted(root, tmp_path / "run", parts, **QUICK | {"epochs": 1})
    for name, kept in (
        (BEST, {"model", "mean", "deviation"}),
        (LAST, {"seed", "history", "groups", "scheduler"}),
    ):
        assert set(read_tensors(tmp_path / "run" / name)[1]) == kept
        text = (tmp_path / "run" / name).read_bytes()
        assert not any(
            word.encode() in text
            for word in (str(tmp_path), *(sample.patient_id for sample in parts[0]))
        )


SMALL = SIZE | {"width": 24, "height": 32}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("lenet", {"epochs": 8}),
        ("rx-lite", {"epochs": 6, "rate": 1e-3}),
        ("rx-large", {"epochs": 6, "rate": 1e-3}),
        ("mvcnn", {"epochs": 6, "rate": 1e-3}),
        ("resnet18", {"epochs": 5, "rate": 2e-3, "batch": 16, "crop": 1.0} | SMALL),
    ],
)
def test_each_model_finds_the_answer(tmp_path, name, how):
    root = tmp_path / "ds"
    parts = parts_of(root, 260)
    one = fitted(root, tmp_path / "run", parts, name, **QUICK | how)
    assert metrics.auroc(voting.studies(parts[2], one.predict(parts[2]), "mean")) > 0.9


@pytest.mark.slow
def test_view_pooling_over_frozen_blocks_finds_the_answer(tmp_path):
    root = tmp_path / "ds"
    parts = parts_of(root, 200)
    fitted(root, tmp_path / "first", parts, "rx-lite", **QUICK | {"epochs": 6, "rate": 1e-3})
    one = fitted(
        root,
        tmp_path / "run",
        parts,
        "mvcnn",
        **QUICK | {"epochs": 4, "rate": 1e-3, "freeze": True},
        context={"weights": tmp_path / "first" / BEST},
    )
    assert metrics.auroc(voting.studies(parts[2], one.predict(parts[2]), "mean")) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet", "rx-lite", "rx-large", "mvcnn", "resnet18"])
def test_no_model_finds_an_answer_that_is_not_there(tmp_path, name):
    root = tmp_path / "ds"
    parts = parts_of(root, 620, holdout=0.7, shuffled=True)
    how = QUICK | {"epochs": 3, "batch": 16} | (SMALL if name == "resnet18" else {})
    one = fitted(root, tmp_path / "run", parts, name, **how)
    cases = voting.studies(parts[2], one.predict(parts[2]), "mean")
    assert len(cases) >= 400
    area, negative = metrics.auroc(cases), int(np.sum(cases.labels == 0))
    # of chance's AUROC (Hanley, McNeil 1982)
    deviation = np.sqrt((len(cases) + 1) / (12 * negative * (len(cases) - negative)))
    assert abs(area - 0.5) < 2.6 * deviation
