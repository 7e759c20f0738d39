"""`.torch()`: a map-style Dataset that the split of `radprep train` decides on."""

import pickle

import numpy as np
import pandas as pd
import pytest

import radprep
from radprep.errors import UsageError
from radprep.image import png
from tests.train.synthetic import make_dataset

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return radprep.open(make_dataset(tmp_path_factory.mktemp("torch") / "ds", 60))


def halve(pixels):
    """A transform that workers can be given."""
    assert pixels.dtype == np.uint8
    return pixels[::2, ::2].copy()


def test_an_item_is_the_image_and_its_label(opened):
    films = opened.torch(part=None)
    labels = opened.films.set_index("image_id").label
    assert isinstance(films, torch.utils.data.Dataset)
    assert len(films) == len(opened)
    for place, image_id in enumerate(films.image_ids):
        image, label = films[place]
        assert image.dtype == torch.float32
        assert torch.equal(image[0], torch.from_numpy(opened.read(image_id) / np.float32(255)))
        assert label == (labels[image_id] == "fracture")
    assert repr(films) == f"<{len(films)} films, {sum(films.labels)} of them positive>"


def test_of_16_bits_all_count_and_a_transform_gets_8(tmp_path, dump):
    (tmp_path / "labels.csv").write_text("accession,diagnosis\nA1,fracture\nA2,normal\n")
    radprep.convert(dump, tmp_path / "raw", bits=16, labels=tmp_path / "labels.csv")
    raw = radprep.open(tmp_path / "raw")
    image_id = raw.torch(part=None).image_ids[0]
    whole, _ = raw.torch(part=None)[0]
    assert torch.equal(whole[0], torch.from_numpy(raw.read(image_id) / np.float32(65535)))
    assert (raw.torch(part=None, transform=halve)[0][0] == raw.read(image_id)[::2, ::2] >> 8).all()


def test_the_parts_are_those_of_radprep_train(opened, tmp_path):
    small = {"width": 48, "height": 64, "trees": 5}
    radprep.train(opened.root, tmp_path / "run", parameters=small, workers=1)
    splits = pd.read_csv(tmp_path / "run" / "splits.csv").set_index("image_id")
    for part in ("training", "validation", "holdout"):
        films = opened.torch(part=part)
        assert set(films.image_ids) == set(splits.index[splits.split == part])
        assert list(films.labels) == splits.label[list(films.image_ids)].tolist()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_loader_with_workers_reads_it(opened, method):
    films = opened.torch(part="training", transform=halve)
    loader = torch.utils.data.DataLoader(
        films, batch_size=16, num_workers=2, multiprocessing_context=method
    )
    batches = list(loader)
    assert sum(len(labels) for _, labels in batches) == len(films)
    assert torch.equal(batches[0][0][0], torch.from_numpy(films[0][0]))


def test_it_travels(opened):
    films = pickle.loads(pickle.dumps(opened.torch()))
    assert torch.equal(films[0][0], opened.torch()[0][0])


def test_what_is_not_there_is_a_sentence(opened, monkeypatch):
    with pytest.raises(UsageError, match="has these labels: fracture "):
        opened.torch(positive="metal")
    with pytest.raises(UsageError, match="--part 'test' is not possible: give training"):
        opened.torch(part="test")


def test_an_altered_image_is_a_sentence(tmp_path):
    opened = radprep.open(make_dataset(tmp_path / "ds", 12))
    films = opened.torch(part=None)
    row = opened.films.set_index("image_id").loc[films.image_ids[0]]
    (opened.root / row.file_name).write_bytes(png.encode(np.zeros((4, 4), np.uint8)))
    with pytest.raises(UsageError, match="its grey values were altered"):
        films[0]


def test_without_pytorch_it_says_what_to_install(opened, monkeypatch):
    from radprep.train import models

    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'radprep\[torch\]'"):
        opened.torch()
