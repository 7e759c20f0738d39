"""What the tests of torch models share: a small data set with an answer, its parts, and learners of
small images."""

import pytest

from radprep.train.data.samples import fingerprint, read_samples
from radprep.train.data.splits import HOLDOUT, TRAINING, VALIDATION, Splits, split_by_hash
from radprep.train.learner import Context
from radprep.train.models import make_learner
from tests.train.synthetic import make_dataset

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

SIZE = {"width": 48, "height": 64}


def parts_of(root, studies, *, holdout=0.3, **options):
    """Training, validation and hold-out of a new data set."""
    samples = read_samples(make_dataset(root, studies, **options), "fracture")
    splits = Splits(split_by_hash(samples, 0, 0.15, holdout), {})
    return tuple(splits.part(samples, name) for name in (TRAINING, VALIDATION, HOLDOUT))


def learner(root, name="lenet", *, cache=None, context=None, **parameters):
    """A learner of a data set; context: more of its `Context`."""
    where = Context(
        cache or root.parent / "cache", fingerprint(root), quiet=True, **(context or {})
    )
    return make_learner(name, SIZE | parameters, where)


def fitted(root, folder, parts, name="lenet", **more):
    """A learner after `fit`, which wrote into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    one = learner(root, name, **more)
    one.fit(parts[0], parts[1], folder)
    return one
