"""The model of the base install: texture features, then logistic regression or boosted trees,
whichever does better inside the training part. It is stored as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from radprep.dataset.durable import replacing
from radprep.dataset.keys import key_of
from radprep.errors import UsageError
from radprep.run.tasks import Tasks, do_tasks
from radprep.steps.resize import Resize
from radprep.text.csv_file import write_file
from radprep.train.classic import features
from radprep.train.classic.arrays import read_arrays
from radprep.train.data.samples import Sample, read_pixels
from radprep.train.judging.metrics import Scored, auroc
from radprep.train.learner import Context
from radprep.train.parameters import SizedParameters

Floats = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

MODEL_FILE = "classic.npz"

_MOST_MODEL_BYTES, _MOST_CACHE_BYTES = 64_000_000, 4_000_000_000
_HISTORY_COLUMNS = ("candidate", "inner_auroc", "inner_auroc_sd", "chosen")

_DEPTH, _MOST_TREES = 3, 5000
_OF_NODES = ("children_left", "children_right", "feature", "threshold", "value")
_STRENGTHS = (0.0003, 0.003, 0.03, 0.3)
_INNER_FOLDS = 5
_MOST_DEVIATIONS = 8.0  # a film unlike all others must not outvote every weight


class ClassicParameters(SizedParameters):
    """Parameters of the model `classic`."""

    trees: int = Field(default=150, ge=1, le=_MOST_TREES)
    """Trees of the boosted candidate."""


class ClassicLearner:
    """Texture features and a small model over them; see `Learner`."""

    def __init__(self, parameters: ClassicParameters, context: Context) -> None:
        self.parameters = parameters
        self._context = context
        self._arrays: Arrays = {}

    def fit(self, training: Sequence[Sample], validation: Sequence[Sample], folder: Path) -> None:
        """Choose the candidate with the best AUROC over inner folds of the training part, then fit
        it to all of that part.

        Raises UsageError where a class has images of one patient only.
        """
        table = self._features(training)
        labels = np.array([sample.label for sample in training])
        patients = [sample.person for sample in training]
        candidates = self._candidates()
        history = {
            name: _inner_aurocs(one, table, labels, patients, self._context.seed)
            for name, one in candidates.items()
        }
        best = max(history, key=lambda name: np.mean(history[name]))
        self._arrays = _fitted(candidates[best], table, labels)
        np.savez(folder / MODEL_FILE, allow_pickle=False, **self._arrays)
        lines = (
            (
                name,
                round(float(np.mean(found)), 4),
                round(float(np.std(found)), 4),
                int(name == best),
            )
            for name, found in history.items()
        )
        write_file(folder / "history.csv", chain([_HISTORY_COLUMNS], lines))

    def load(self, folder: Path) -> None:
        """Take back the arrays of `fit`. Raises UsageError."""
        try:
            arrays = read_arrays(folder / MODEL_FILE, _MOST_MODEL_BYTES)
            check_model(arrays)
        except (OSError, ValueError):
            raise UsageError(f"{folder / MODEL_FILE} is missing or damaged. Train again.") from None
        self._arrays = arrays

    def predict(self, samples: Sequence[Sample]) -> Floats:
        """Probability of the positive class, shape (len(samples),)."""
        return _probabilities(self._arrays, self._features(samples))

    def _candidates(self) -> dict[str, Any]:
        logistic = {
            f"logistic regression, C {strength:g}": LogisticRegression(C=strength, max_iter=5000)
            for strength in _STRENGTHS
        }
        boosted = GradientBoostingClassifier(
            n_estimators=self.parameters.trees,
            learning_rate=0.05,
            max_depth=_DEPTH,
            subsample=0.5,
            max_features="sqrt",
            min_samples_leaf=5,
            random_state=self._context.seed,
        )
        return {**logistic, f"boosted trees, {self.parameters.trees}": boosted}

    def _features(self, samples: Sequence[Sample]) -> Floats:
        """The features of each sample, shape (n, features.NUMBER); those of the cache are not made
        again."""
        resize = self.parameters.resize
        name = key_of("features", features.VERSION, resize.entry, self._context.fingerprint)
        path = self._context.cache / f"features-{name}.npz"
        known = _read_cache(path)
        missing = [sample for sample in samples if sample.image_id not in known]
        if missing:
            known |= self._describe(missing, resize)
            self._context.cache.mkdir(parents=True, exist_ok=True)
            ids, table = np.array(list(known)), np.stack(list(known.values()))
            with replacing(path) as temporary, temporary.open("wb") as handle:
                np.savez(handle, ids=ids, table=table)
        return np.stack([known[sample.image_id] for sample in samples]).astype(np.float64)

    def _describe(self, samples: Sequence[Sample], resize: Resize) -> dict[str, features.Floats]:
        found: dict[str, features.Floats] = {}

        def take(one: tuple[str, features.Floats]) -> int:
            """Keep the numbers of an image."""
            image_id, numbers = one
            found[image_id] = numbers
            return 1

        tasks = Tasks(
            _describe_one,
            [(sample, resize) for sample in samples],
            "features",
            len(samples),
            "images",
            "Stopped as asked. Run the same command again, a training with --resume.",
        )
        do_tasks(tasks, self._context.workers, take, quiet=self._context.quiet)
        return found


def _describe_one(sample: Sample, resize: Resize) -> tuple[str, features.Floats]:
    return sample.image_id, features.describe(read_pixels(sample.file), resize)


def _read_cache(path: Path) -> dict[str, features.Floats]:
    """image_id -> features; empty where there is no cache, or a damaged one."""
    try:
        stored = read_arrays(path, _MOST_CACHE_BYTES)
        ids, table = stored["ids"], stored["table"]
    except (OSError, ValueError, KeyError):
        return {}
    if table.ndim != 2 or table.dtype.kind != "f" or ids.shape != table.shape[:1]:
        return {}
    return {
        str(image_id): numbers
        for image_id, numbers in zip(ids, table, strict=False)
        if numbers.shape == (features.NUMBER,)
    }


def _inner_aurocs(
    model: Any, table: Floats, labels: NDArray[np.int64], patients: list[str], seed: int
) -> list[float]:
    """AUROC in each inner fold of a model fitted to the others. Patients are not parted."""
    rarest = min(
        len({patient for patient, label in zip(patients, labels, strict=True) if label == wanted})
        for wanted in (0, 1)
    )
    if rarest < 2:
        raise UsageError(
            "The training part needs at least two patients of each class to choose a model by."
        )
    found = []
    for learnt, asked in StratifiedGroupKFold(
        min(_INNER_FOLDS, rarest), shuffle=True, random_state=seed
    ).split(table, labels, patients):
        scores = _probabilities(_fitted(model, table[learnt], labels[learnt]), table[asked])
        found.append(auroc(Scored(labels[asked], scores, [patients[place] for place in asked])))
    return [value for value in found if not np.isnan(value)] or [0.5]


def check_model(arrays: Arrays) -> None:
    """Raise ValueError where arrays are not a model of ours: each has its shape and finite numbers,
    and a tree is one that leads from its root to a leaf."""
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(("mean", "scale"), (features.NUMBER,)),
        "offset": (1,),
    }
    if "weights" in arrays:
        shapes["weights"] = (features.NUMBER,)
    else:
        trees = arrays["nodes"] if "nodes" in arrays else np.zeros(0)
        if trees.ndim != 1 or trees.dtype.kind not in "iu" or not 1 <= trees.size <= _MOST_TREES:
            raise ValueError("no trees")
        if trees.min() < 1 or trees.max() > 2 ** (_DEPTH + 1):
            raise ValueError("trees of another depth")
        every = (int(trees.sum()),)
        shapes |= {"rate": (1,), "nodes": trees.shape, **dict.fromkeys(_OF_NODES, every)}
    if arrays.keys() != shapes.keys() or any(
        arrays[name].shape != shape
        or arrays[name].dtype.kind not in "fiu"
        or not np.isfinite(arrays[name]).all()
        for name, shape in shapes.items()
    ):
        raise ValueError("other arrays")
    if "nodes" in arrays:
        _check_trees(arrays)


def _check_trees(arrays: Arrays) -> None:
    """Raise ValueError where a node has children before itself or outside of its tree, or asks for
    a feature that there is not."""
    nodes = arrays["nodes"].astype(np.int64)
    place = np.concatenate([np.arange(count) for count in nodes])
    count = np.repeat(nodes, nodes)
    left, right, asked = (arrays[name] for name in ("children_left", "children_right", "feature"))
    if any(one.dtype.kind not in "iu" for one in (left, right, asked)):
        raise ValueError("numbers that are no places")
    inner = left >= 0
    for child in (left[inner], right[inner]):
        if (child <= place[inner]).any() or (child >= count[inner]).any():
            raise ValueError("children outside of their tree")
    if ((asked[inner] < 0) | (asked[inner] >= features.NUMBER)).any():
        raise ValueError("a feature that there is not")


def _fitted(model: Any, table: Floats, labels: NDArray[np.int64]) -> Arrays:
    """A fitted model as arrays."""
    scaler = StandardScaler().fit(table)
    scaled = _scaled(table, scaler.mean_, scaler.scale_)
    arrays: dict[str, NDArray[Any]] = {"mean": scaler.mean_, "scale": scaler.scale_}
    model = model.fit(scaled, labels)
    if isinstance(model, LogisticRegression):
        return {**arrays, "weights": model.coef_[0], "offset": model.intercept_}
    trees = [one.tree_ for one in model.estimators_[:, 0]]
    share = float(np.mean(labels))
    return {
        **arrays,
        "offset": np.array([np.log(share / (1 - share))]),
        "rate": np.array([model.learning_rate]),
        "nodes": np.array([tree.node_count for tree in trees]),
        **{
            name: np.concatenate([getattr(tree, name) for tree in trees])
            for name in ("children_left", "children_right", "feature", "threshold")
        },
        "value": np.concatenate([tree.value[:, 0, 0] for tree in trees]),
    }


def _scaled(table: Floats, mean: Floats, scale: Floats) -> Floats:
    return np.clip((table - mean) / scale, -_MOST_DEVIATIONS, _MOST_DEVIATIONS)


def _probabilities(arrays: Arrays, table: Floats) -> Floats:
    """Probability of the positive class of each line of the table. Raises KeyError, ValueError or
    IndexError for spoilt arrays."""
    scaled = _scaled(table, arrays["mean"], arrays["scale"])
    raw = (
        np.sum(scaled * arrays["weights"], axis=1)
        if "weights" in arrays
        else arrays["rate"][0] * _sum_of_trees(arrays, scaled)
    )
    return np.asarray(1 / (1 + np.exp(-(raw + arrays["offset"][0]))), dtype=np.float64)


def _sum_of_trees(arrays: Arrays, scaled: Floats) -> Floats:
    """The sum of the values of the leaves that each line ends in. Trees stand one after the other;
    a leaf has no left child (-1)."""
    # scikit-learn compares in this precision
    inputs, lines = scaled.astype(np.float32), np.arange(len(scaled))
    total = np.zeros(len(scaled))
    start = 0
    for count in arrays["nodes"]:
        left, right, feature, threshold, value = (
            arrays[name][start : start + count]
            for name in ("children_left", "children_right", "feature", "threshold", "value")
        )
        node = np.zeros(len(scaled), np.intp)
        for _ in range(int(count)):
            inner = left[node] >= 0
            if not inner.any():
                break
            below = np.where(
                inputs[lines, feature[node]] <= threshold[node], left[node], right[node]
            )
            node = np.where(inner, below, node)
        total += value[node]
        start += int(count)
    return total
