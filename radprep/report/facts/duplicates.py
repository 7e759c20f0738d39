"""Images that stand in the data set more than once, and images that look the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from radprep.dataset.schema import Row
from radprep.report.facts.material import unique

NEAR_BITS = 2
"""Perceptual hashes that differ in at most so many of 64 bits are near-identical."""

_QUERIES_AT_ONCE = 1024


@dataclass(frozen=True)
class Twins:
    """Images that are the same or look it. bits: the most by which the perceptual hashes of
    neighbours differ; None where the pixels are identical."""

    image_ids: list[str]
    patients: int
    bits: int | None = None


def identical(kept: Iterable[Row]) -> list[Twins]:
    """Groups of images with the same pixels, those of several patients first, then the largest."""
    found: dict[str, list[Row]] = {}
    for row in kept:
        found.setdefault(row["pixel_hash"], []).append(row)
    return _ordered(_twins(rows, None) for rows in found.values() if len(rows) > 1)


def near_identical(kept: Sequence[Row], most_bits: int = NEAR_BITS) -> list[Twins]:
    """Groups of images of different pixels whose perceptual hashes are close, joined where they
    share a neighbour."""
    hashed = [row for row in kept if row["perceptual_hash"]]
    different = unique(hashed, lambda row: row["pixel_hash"])
    if len(different) < 2:
        return []
    hashes = np.array([list(bytes.fromhex(row["perceptual_hash"])) for row in different], np.uint8)
    parent = list(range(len(different)))
    most: dict[int, int] = {}
    for one, other, bits in _close_pairs(hashes, most_bits):
        first, second = sorted((_root(parent, one), _root(parent, other)))
        parent[second] = first
        most[first] = max(most.get(first, 0), most.get(second, 0), bits)
    groups: dict[int, list[Row]] = {}
    for place, row in enumerate(different):
        groups.setdefault(_root(parent, place), []).append(row)
    return _ordered(_twins(rows, most[root]) for root, rows in groups.items() if len(rows) > 1)


def twin_lines(twins: Iterable[Twins]) -> list[tuple[str, ...]]:
    """All groups as lines of a table, the header first: an image a line."""
    lines = [
        (str(number), image_id, "identical" if one.bits is None else str(one.bits))
        for number, one in enumerate(twins, 1)
        for image_id in one.image_ids
    ]
    return [("group", "image_id", "bits"), *lines]


def _close_pairs(
    hashes: np.ndarray[tuple[int, int], np.dtype[np.uint8]], most_bits: int
) -> Iterable[tuple[int, int, int]]:
    """Pairs (place, later place, bits) of 8-byte hashes, shape (n, 8), that differ in at most so
    many bits."""
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    for start in range(0, len(hashes), _QUERIES_AT_ONCE):
        # radiusMatch wants a distance below its radius in OpenCV 4 and up to it in OpenCV 5.
        for matches in matcher.radiusMatch(
            hashes[start : start + _QUERIES_AT_ONCE], hashes, most_bits + 0.5
        ):
            for match in matches:
                if match.trainIdx > start + match.queryIdx:
                    yield start + match.queryIdx, match.trainIdx, int(match.distance)


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


def _twins(rows: Sequence[Row], bits: int | None) -> Twins:
    return Twins(
        sorted(row["image_id"] for row in rows), len({row["patient_id"] for row in rows}), bits
    )


def _ordered(found: Iterable[Twins]) -> list[Twins]:
    return sorted(found, key=lambda one: (one.patients < 2, -len(one.image_ids), one.image_ids))
