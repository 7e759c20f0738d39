"""Numbers that describe the texture of a film, for models that do not learn their own.

Local binary patterns (Ojala, Pietikäinen, Mäenpää 2002: rotation-invariant uniform, 8 neighbours),
grey-level co-occurrence (Haralick 1973) and statistics of an image pyramid, each over a grid of
cells, because a fracture is somewhere.
"""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.image import Image
from radprep.steps.resize import Resize, scale

VERSION = 1
"""To be raised when the numbers change for the same pixels."""

Floats = NDArray[np.float32]

_GRID = 4
_LEVELS = 3
_GREYS = 16
_PATTERNS = 10
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
_OFFSETS = tuple(product((1, 2, 4), ((0, 1), (1, 0), (1, 1), (1, -1))))
_PERCENTILES = (1, 10, 25, 50, 75, 90, 99)


def describe(pixels: NDArray[np.uint8], resize: Resize) -> Floats:
    """The features of an image, float32, shape (NUMBER,). pixels: uint8, shape (h, w), of any
    size."""
    fitted = np.asarray(resize.apply(Image(pixels))[0].render(), dtype=np.uint8)
    found = []
    for level in range(_LEVELS):
        height, width = (max(2 * _GRID, side >> level) for side in fitted.shape)
        small = np.asarray(scale(fitted, width, height), dtype=np.uint8)
        found += [_patterns(small), _statistics(small), _co_occurrence(small)]
    return np.concatenate(found).astype(np.float32)


def _cells(shape: tuple[int, ...]) -> NDArray[np.intp]:
    """The number of the grid's cell that each pixel lies in, shape (h, w): rows of cells from the
    top, in a row from the left."""
    down, right = (np.arange(side) * _GRID // side for side in shape)
    return np.asarray(down[:, None] * _GRID + right, dtype=np.intp)


def _patterns(pixels: NDArray[np.uint8]) -> Floats:
    """Share of each local binary pattern in each cell."""
    framed = cv2.copyMakeBorder(pixels, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    height, width = pixels.shape
    codes = np.zeros(pixels.shape, np.uint8)
    for bit, (dy, dx) in enumerate(_NEIGHBOURS):
        codes |= (framed[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] >= pixels).astype(
            np.uint8
        ) << bit
    counts = np.bincount(
        (_cells(pixels.shape) * _PATTERNS + _UNIFORM[codes]).ravel(), minlength=_GRID**2 * _PATTERNS
    )
    by_cell = counts.reshape(-1, _PATTERNS)
    return np.asarray(by_cell / by_cell.sum(axis=1, keepdims=True), dtype=np.float32).ravel()


def _statistics(pixels: NDArray[np.uint8]) -> Floats:
    """Mean and spread of grey values, slopes and curvature in each cell, and percentiles of the
    whole."""
    grey = pixels.astype(np.float32) / 255
    right, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    # cv2.magnitude rounds otherwise where a buffer is aligned otherwise
    slope = np.sqrt(right**2 + down**2)
    curve = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    cells = _cells(pixels.shape).ravel()
    area = np.bincount(cells)
    found = []
    for values in (grey, slope, curve):
        mean, square = (
            np.bincount(cells, one.ravel()) / area
            for one in (values, np.square(values, dtype=np.float64))
        )
        found += [
            mean,
            np.sqrt(np.maximum(square - mean**2, 0)),
            np.percentile(values, _PERCENTILES),
        ]
    return np.concatenate(found).astype(np.float32)


def _co_occurrence(pixels: NDArray[np.uint8]) -> Floats:
    """Contrast, dissimilarity, homogeneity, energy, entropy and correlation of pairs of grey
    levels, by distance and direction."""
    levels = (pixels // (256 // _GREYS)).astype(np.intp)
    shares = np.empty((len(_OFFSETS), _GREYS, _GREYS))
    for place, (distance, (down, right)) in enumerate(_OFFSETS):
        first, second = _shifted(levels, distance * down, distance * right)
        counts = np.bincount((first * _GREYS + second).ravel(), minlength=_GREYS**2).reshape(
            _GREYS, _GREYS
        )
        shares[place] = (counts + counts.T) / (2 * first.size)
    return _haralick(shares).astype(np.float32)


def _shifted(
    levels: NDArray[np.intp], down: int, right: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Two views of an image of which the second lies `down` and `right` of the first."""
    height, width = levels.shape
    if right < 0:
        return levels[: height - down, -right:], levels[down:, : width + right]
    return levels[: height - down, : width - right], levels[down:, right:]


def _haralick(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Six figures of each matrix; shares: symmetric, shape (n, greys, greys). Returns shape (6 n,),
    matrix by matrix."""
    places = np.arange(_GREYS)
    gap = np.abs(places[:, None] - places)
    margin = shares.sum(axis=2)
    mean = margin @ places
    away = places - mean[:, None]
    spread = np.sum(margin * away**2, axis=1)
    common = np.einsum("ni,nij,nj->n", away, shares, away)
    correlation = np.divide(common, spread, out=np.ones_like(spread), where=spread > 0)
    bits = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    sums = [
        np.sum(shares * one, axis=(1, 2)) for one in (gap**2, gap, 1 / (1 + gap**2), shares, -bits)
    ]
    return np.stack([*sums[:3], np.sqrt(sums[3]), sums[4], correlation], axis=1).ravel()


def _uniform_table() -> NDArray[np.uint8]:
    """Pattern of 8 bits -> number of ones where at most two neighbours around the circle differ,
    else 9."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    changes = np.sum(bits != np.roll(bits, 1, axis=1), axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), _PATTERNS - 1).astype(np.uint8)


_UNIFORM = _uniform_table()

NUMBER = _LEVELS * (_GRID**2 * (_PATTERNS + 6) + 3 * len(_PERCENTILES) + 6 * len(_OFFSETS))
"""How many features there are."""
