"""The rule for two images that show the same film."""

import cv2
import numpy as np

from radprep.image.alike import are_alike, candidates, small_copy
from radprep.image.hashes import perceptual_hash
from tests.made import arm


def pairs(hashes):
    return {
        (int(i), int(j))
        for first, second in candidates(hashes)
        for i, j in zip(first, second, strict=True)
    }


def test_hashes_of_few_other_bits_are_candidates_and_so_are_those_of_nearly_all():
    base = "0123456789abcdef"
    ten, eleven = f"{int(base, 16) ^ 0x3FF:016x}", f"{int(base, 16) ^ 0x7FF:016x}"
    turned = f"{int(base, 16) ^ (2**64 - 1):016x}"
    assert pairs([base, ten, eleven, turned]) == {(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)} - {(2, 3)}
    assert pairs([]) == pairs([base]) == set()


def test_candidates_are_found_across_blocks():
    rng = np.random.default_rng(1)
    hashes = [f"{int(value):016x}" for value in rng.integers(0, 2**63, 2_500, np.int64)]
    hashes[2_400] = hashes[3]
    hashes[1_030] = hashes[1_029]
    found = pairs(hashes)
    assert {(3, 2_400), (1_029, 1_030)} <= found
    assert all(i < j for i, j in found)
    expected = {
        (i, j)
        for i, j in found
        if bin(int(hashes[i], 16) ^ int(hashes[j], 16)).count("1") in {*range(11), *range(54, 65)}
    }
    assert found == expected


def test_a_rescaled_film_and_a_negative_one_are_alike_and_another_is_not():
    film = arm(160, 120, 1, bits=8)
    smaller = cv2.resize(film, (90, 120), interpolation=cv2.INTER_AREA)
    other = np.rot90(film).copy()
    one = small_copy(film)
    assert are_alike(float(one @ small_copy(smaller)))
    assert float(one @ small_copy(255 - film)) < -0.99
    assert are_alike(float(one @ small_copy(255 - film)))
    assert not are_alike(float(one @ small_copy(other)))
    assert len(perceptual_hash(film)) == 16
    assert small_copy(np.zeros((5, 5), np.uint8)).tolist() == [0.0] * 4096
