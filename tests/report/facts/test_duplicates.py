import numpy as np

from radprep.report.facts import duplicates as duplicates_module
from radprep.report.facts.duplicates import Twins, identical, near_identical
from tests.report.report_rows import kept


def hashed(number, text, patient="a", pixel_hash=None):
    return kept(
        number,
        perceptual_hash=text,
        patient_id=patient,
        **({"pixel_hash": pixel_hash} if pixel_hash else {}),
    )


def name(number):
    return f"{number:016x}"


def test_identical_pixels_across_patients_come_first():
    rows = [
        hashed(1, "0" * 16, "a", "x"),
        hashed(2, "0" * 16, "a", "x"),
        hashed(3, "0" * 16, "a", "y"),
        hashed(4, "0" * 16, "b", "y"),
        hashed(5, "0" * 16, "c", "z"),
    ]
    assert identical(rows) == [Twins([name(3), name(4)], 2), Twins([name(1), name(2)], 1)]


def test_hashes_that_differ_in_few_bits():
    rows = [
        hashed(1, "ff00ff00ff00ff00"),
        hashed(2, "ff00ff00ff00ff03", "b"),
        hashed(3, "ff00ff00ff00ff0f"),
        hashed(4, "00ff00ff00ff00ff"),
    ]
    assert near_identical(rows) == [Twins([name(1), name(2), name(3)], 2, 2)]
    assert near_identical(rows, 1) == []


def test_identical_images_are_not_listed_again():
    assert (
        near_identical([hashed(1, "0" * 16, pixel_hash="x"), hashed(2, "0" * 16, pixel_hash="x")])
        == []
    )
    assert near_identical([]) == []


def test_the_same_as_by_comparing_each_with_each(monkeypatch):
    monkeypatch.setattr(duplicates_module, "_QUERIES_AT_ONCE", 7)
    rng = np.random.default_rng(0)
    seeds = rng.integers(0, 256, (12, 8), dtype=np.uint8)
    flips = np.zeros(8, np.uint8), np.eye(8, dtype=np.uint8)[3], np.full(8, 255, np.uint8)
    hashes = [bytes(seed ^ flip) for seed in seeds for flip in flips]
    rows = [hashed(number, text.hex()) for number, text in enumerate(hashes)]
    found = {tuple(one.image_ids) for one in near_identical(rows)}
    near = {
        (one, other)
        for one in range(36)
        for other in range(one + 1, 36)
        if sum((a ^ b).bit_count() for a, b in zip(hashes[one], hashes[other], strict=True)) <= 2
    }
    assert found == {(name(one), name(other)) for one, other in near}
    assert len(found) == 12
