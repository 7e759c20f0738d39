import os

import numpy as np
import pytest

from radprep.train.data.withheld import clean_cache
from tests.report.report_rows import kept, lost, write_data_set

A, B, C = (f"{number:016x}" for number in (1, 2, 3))


@pytest.fixture
def cache(tmp_path):
    """Two blocks of images and two tables of features: of A (of a part of it) and B, and of C."""
    folder = tmp_path / "cache"
    folder.mkdir()
    for name, ids in (("a", [f"{A}-p2", B]), ("c", [C])):
        np.save(folder / f"images-key-{name}.npy", np.zeros((len(ids), 2, 2), np.uint8))
        (folder / f"images-key-{name}.txt").write_text("\n".join(ids))
        np.savez(folder / f"features-{name}.npz", ids=np.array(ids), table=np.zeros((len(ids), 3)))
    (folder / "features-damaged.npz").write_bytes(b"none")
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    return folder


def names(cache):
    return sorted(path.name for path in cache.iterdir())


OF_C = ["features-c.npz", "images-key-c.npy", "images-key-c.txt"]


@pytest.mark.parametrize(
    "rejected",
    [
        {"reason": "correction", "step": "correction"},
        {"reason": "body_part", "burned_in_risk": "high"},
        {"reason": "step_failed", "burned_in_risk": "high", "status": "failed"},
    ],
)
def test_what_shows_a_film_that_was_rejected_goes(tmp_path, cache, rejected):
    rows = [lost(1, **{"image_id": A, **rejected}), kept(2), kept(3, burned_in_risk="high")]
    clean_cache(write_data_set(tmp_path / "clean", rows), cache)
    assert names(cache) == sorted(["features-damaged.npz", *OF_C])


def test_what_was_made_since_stays(tmp_path, cache):
    root = write_data_set(tmp_path / "clean", [lost(1, image_id=A, reason="correction")])
    os.utime(root / "instances.parquet", (0, 0))
    clean_cache(root, cache)
    assert len(names(cache)) == 7


def test_nothing_goes_for_films_that_were_rejected_for_what_they_show_or_are_not_there(
    tmp_path, cache
):
    rows = [lost(1, image_id=A, reason="body_part"), kept(2), lost(3)]
    root = write_data_set(tmp_path / "clean", rows)
    clean_cache(root, cache)
    assert len(names(cache)) == 7
    clean_cache(root, tmp_path / "no cache")
    (root / "instances.parquet").write_bytes(b"damaged")
    clean_cache(root, cache)
    assert len(names(cache)) == 7
