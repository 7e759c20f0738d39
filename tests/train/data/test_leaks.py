"""Near-identical images of different patients."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from radprep.errors import UsageError
from radprep.train.data.leaks import find_pairs, settle
from radprep.train.data.samples import read_texts, read_unlabelled
from radprep.train.data.splits import HOLDOUT, TRAINING, VALIDATION
from tests.train.synthetic import film, finish, write_study


def films(count, seed=0):
    rng = np.random.default_rng(seed)
    return [film(rng, broken=False, height=256, width=192) for _ in range(count)]


def brighter(pixels):
    return cv2.convertScaleAbs(pixels, alpha=0.8, beta=20)


def smaller(pixels):
    return cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


def turned_over(pixels):
    return 255 - pixels


def data_set(root, **films_of):
    """A study for each patient; returns its samples by patient name and the pairs found among
    them."""
    rows = {
        name: write_study(root, name, name, "normal", found) for name, found in films_of.items()
    }
    finish(root, [row for found in rows.values() for row in found])
    samples = read_unlabelled(root)
    patient = {found[0]["patient_id"]: name for name, found in rows.items()}
    return (
        {patient[s.patient_id]: s for s in samples},
        samples,
        find_pairs(samples, read_texts(root, "perceptual_hash")),
    )


@pytest.mark.parametrize("change", [np.copy, brighter, smaller, turned_over])
def test_a_changed_copy_is_found_and_nothing_else(tmp_path, change):
    first, *others = films(8)
    by_name, _, pairs = data_set(
        tmp_path, a=[first], b=[change(first)], **{f"x{n}": [one] for n, one in enumerate(others)}
    )
    assert [{pair.first, pair.second} for pair in pairs] == [{by_name["a"], by_name["b"]}]
    assert (pairs[0].correlation < 0) == (change is turned_over)


def test_workers_find_the_same(tmp_path):
    one = films(1)[0]
    _, samples, pairs = data_set(tmp_path, a=[one], b=[brighter(one)], c=[smaller(one)])
    assert find_pairs(samples, read_texts(tmp_path, "perceptual_hash"), 2, quiet=True) == pairs
    assert len(pairs) == 3


def test_copies_of_one_patient_are_no_leak(tmp_path):
    first = films(1)[0]
    assert data_set(tmp_path, a=[first, brighter(first)])[2] == []


def test_like_hashes_of_unlike_images_are_no_pair(tmp_path):
    _, samples, _ = data_set(tmp_path, a=films(1), b=films(1, seed=1))
    assert find_pairs(samples, {sample.image_id: "00ff00ff00ff00ff" for sample in samples}) == []


@pytest.fixture
def chain(tmp_path):
    """b is near-identical to a and c to b by their pairs, d to nobody; they stand on three
    sides."""
    one = films(1)[0]
    by_name, samples, pairs = data_set(
        tmp_path, a=[one], b=[brighter(one)], c=[smaller(one)], d=films(1, seed=5)
    )
    split = {
        by_name[name].image_id: side
        for name, side in zip("abcd", (VALIDATION, HOLDOUT, TRAINING, HOLDOUT), strict=True)
    }
    return by_name, samples, split, pairs


def test_error_names_the_images(chain):
    by_name, samples, split, pairs = chain
    with pytest.raises(UsageError, match="3 pairs of near-identical") as caught:
        settle(samples, split, pairs, "error")
    assert by_name["a"].image_id in str(caught.value)
    assert by_name["d"].image_id not in str(caught.value)


def test_group_brings_patients_together_on_the_first_side(chain):
    by_name, samples, split, pairs = chain
    splits, across = settle(samples, split, pairs, "group")
    assert [splits.split[by_name[name].image_id] for name in "abcd"] == [
        TRAINING,
        TRAINING,
        TRAINING,
        HOLDOUT,
    ]
    assert len({splits.group[by_name[name].patient_id] for name in "abc"}) == 1
    assert len(across) == 3


def test_drop_keeps_the_holdout_as_it_is(chain):
    by_name, samples, split, pairs = chain
    splits, _ = settle(samples, split, pairs, "drop")
    assert splits.split == {by_name["b"].image_id: HOLDOUT, by_name["d"].image_id: HOLDOUT}


def test_pairs_on_one_side_are_no_error_but_tie_patients_for_folds(chain):
    by_name, samples, _, pairs = chain
    splits, across = settle(
        samples, {sample.image_id: TRAINING for sample in samples}, pairs, "error"
    )
    assert across == []
    assert (
        splits.group[by_name["a"].patient_id]
        == splits.group[by_name["c"].patient_id]
        != splits.group[by_name["d"].patient_id]
    )


def test_a_patient_on_two_sides_is_a_leak(tmp_path):
    _, samples, pairs = data_set(tmp_path, a=films(2), b=films(1, seed=7))
    ours = [
        sample
        for sample in samples
        if sum(other.patient_id == sample.patient_id for other in samples) == 2
    ]
    split = {sample.image_id: TRAINING for sample in samples} | {ours[1].image_id: HOLDOUT}
    with pytest.raises(UsageError, match=f"1 patients .{ours[0].patient_id}"):
        settle(samples, split, pairs, "error")
    assert settle(samples, split, pairs, "group")[0].split[ours[1].image_id] == TRAINING
    dropped = settle(samples, split, pairs, "drop")[0].split
    assert ours[0].image_id not in dropped
    assert dropped[ours[1].image_id] == HOLDOUT


def test_a_copy_within_a_group_of_patients_is_no_leak_but_a_parted_group_is(tmp_path):
    one = films(1)[0]
    _, found, pairs = data_set(tmp_path, a=[one], b=[brighter(one)])
    assert len(pairs) == 1
    samples = [replace(sample, group="together") for sample in found]
    assert find_pairs(samples, read_texts(tmp_path, "perceptual_hash")) == []
    split = dict(zip((sample.image_id for sample in samples), (TRAINING, HOLDOUT), strict=True))
    with pytest.raises(UsageError, match=r"1 patients .together"):
        settle(samples, split, [], "error")
    assert {*settle(samples, split, [], "group")[0].split.values()} == {TRAINING}
    assert [*settle(samples, split, [], "drop")[0].split.values()] == [HOLDOUT]
