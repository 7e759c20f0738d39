"""The model of the base install."""

import csv

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from radprep.errors import UsageError
from radprep.train.classic import learner as classic
from radprep.train.classic import learner as learner_module
from radprep.train.classic.learner import ClassicLearner, ClassicParameters
from radprep.train.data.samples import fingerprint, read_samples
from radprep.train.data.splits import HOLDOUT, TRAINING, VALIDATION, Splits, split_by_hash
from radprep.train.judging import metrics
from radprep.train.judging.voting import studies
from radprep.train.learner import Context
from tests.train.synthetic import make_dataset

SMALL = {"width": 48, "height": 64, "trees": 20}


def table(seed=0, lines=80, columns=6):
    rng = np.random.default_rng(seed)
    values = rng.normal(3, 2, (lines, columns))
    return values, (values[:, 0] + rng.normal(0, 1, lines) > 3).astype(int)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(C=0.1),
        GradientBoostingClassifier(
            n_estimators=30,
            max_depth=3,
            learning_rate=0.1,
            subsample=0.5,
            max_features="sqrt",
            random_state=0,
        ),
    ],
)
def test_arrays_predict_as_scikit_learn_does(model):
    values, labels = table()
    arrays = classic._fitted(model, values, labels)
    new, _ = table(seed=1)
    scaled = classic._scaled(new, arrays["mean"], arrays["scale"])
    assert classic._probabilities(arrays, new) == pytest.approx(
        model.predict_proba(scaled)[:, 1], abs=1e-9
    )


def test_a_film_unlike_all_others_is_held_back():
    values, labels = table()
    arrays = classic._fitted(LogisticRegression(C=0.01), values, labels)
    inside, limit, beyond = (
        classic._probabilities(arrays, (arrays["mean"] + away * arrays["scale"])[None])
        for away in (7, 8, 1e9)
    )
    assert inside != limit
    assert limit == beyond


def split_data(root, studies, holdout, **options):
    samples = read_samples(make_dataset(root, studies, **options), "fracture")
    splits = Splits(split_by_hash(samples, 0, 0.1, holdout), {})
    return tuple(splits.part(samples, name) for name in (TRAINING, VALIDATION, HOLDOUT))


def learner(root, **more):
    return ClassicLearner(
        ClassicParameters(**SMALL),
        Context(root / "cache", fingerprint(root), quiet=True, **more),
    )


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A data set with an answer, its parts, and a run folder with the fitted model."""
    root = tmp_path_factory.mktemp("classic")
    parts = split_data(root, 300, 0.4)
    one = learner(root)
    (root / "run").mkdir()
    one.fit(*parts[:2], root / "run")
    return root, parts, one


def test_it_finds_the_answer(fitted):
    _, (_, _, held), one = fitted
    cases = studies(held, one.predict(held), "max")
    assert metrics.auroc(cases) > 0.95


@pytest.mark.slow
def test_shuffled_labels_teach_it_nothing(tmp_path):
    training, validation, held = split_data(tmp_path, 750, 0.6, shuffled=True)
    one = learner(tmp_path)
    one.fit(training, validation, tmp_path)
    cases = studies(held, one.predict(held), "mean")
    assert len(cases) >= 400
    weights = metrics.bootstrap_weights(cases.patients, 0, resamples=500)
    low, high = metrics.interval(np.array([metrics.auroc(cases, weight) for weight in weights]))
    assert low < 0.5 < high


def test_a_loaded_model_and_one_fitted_again_say_the_same(fitted, tmp_path):
    root, (training, validation, held), one = fitted
    loaded = learner(root)
    loaded.load(root / "run")
    assert (loaded.predict(held) == one.predict(held)).all()
    again = learner(root)
    again.fit(training, validation, tmp_path)
    assert (again.predict(held) == one.predict(held)).all()
    assert (tmp_path / "history.csv").read_bytes() == (root / "run" / "history.csv").read_bytes()


def test_it_chooses_by_inner_folds_and_says_so(fitted):
    with (fitted[0] / "run" / "history.csv").open() as handle:
        lines = list(csv.DictReader(handle))
    chosen = [line for line in lines if line["chosen"] == "1"]
    assert len(chosen) == 1
    assert float(chosen[0]["inner_auroc"]) == max(float(line["inner_auroc"]) for line in lines)
    assert any("boosted" in line["candidate"] for line in lines)


def test_inner_folds_part_no_patient(monkeypatch):
    values, labels = table()
    patients = [f"p{number // 4}" for number in range(80)]
    seen = []
    monkeypatch.setattr(
        learner_module,
        "_fitted",
        lambda model, learnt, some: seen.append(learnt) or {},
    )
    monkeypatch.setattr(
        learner_module, "_probabilities", lambda arrays, asked: np.zeros(len(asked))
    )
    classic._inner_aurocs(None, values, labels, patients, 0)
    for learnt in seen:
        inside = {
            patient
            for patient, line in zip(patients, values, strict=True)
            if (learnt == line).all(axis=1).any()
        }
        assert len(learnt) == 4 * len(inside)


def test_features_are_made_once_and_a_damaged_cache_is_made_again(fitted, monkeypatch):
    root, (_, _, held), one = fitted
    expected = one.predict(held)
    monkeypatch.setattr(
        learner_module,
        "read_pixels",
        lambda file: pytest.fail("an image was read again"),
    )
    assert (learner_of(root).predict(held) == expected).all()
    monkeypatch.undo()
    cache = next((root / "cache").glob("features-*.npz"))
    cache.write_bytes(cache.read_bytes()[:200])
    assert (learner_of(root).predict(held) == expected).all()


def learner_of(root):
    one = learner(root)
    one.load(root / "run")
    return one


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:100], lambda data: b"", lambda data: b"PK\x03\x04" + data[4:60]]
)
def test_a_damaged_model_is_refused(fitted, tmp_path, spoil):
    root, _, _ = fitted
    (tmp_path / "classic.npz").write_bytes(spoil((root / "run" / "classic.npz").read_bytes()))
    with pytest.raises(UsageError, match="missing or damaged"):
        learner(root).load(tmp_path)


def test_nothing_is_ever_unpickled(fitted, tmp_path):
    root, _, _ = fitted
    with np.load(root / "run" / "classic.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(
        tmp_path / "classic.npz", **{**arrays, "mean": np.array([{"an": "object"}], dtype=object)}
    )
    with pytest.raises(UsageError, match="missing or damaged"):
        learner(root).load(tmp_path)


def test_a_class_of_one_patient_is_refused(fitted, tmp_path):
    root, (training, validation, _), _ = fitted
    one_patient = next(sample for sample in training if sample.label == 1).patient_id
    few = [sample for sample in training if sample.label == 0 or sample.patient_id == one_patient]
    with pytest.raises(UsageError, match="at least two patients"):
        learner(root).fit(few, validation, tmp_path)
