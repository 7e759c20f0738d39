"""Strokes that may be letters: small, of one grey value, with edges as sharp as only a computer
draws them.

Anatomy is soft: between bone and muscle the grey value changes over several pixels, and inside a
bone it is never the same twice. A letter that was burnt in jumps within a pixel or two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Window = tuple[int, int, int, int]
"""x, y, width and height of a rectangle, in pixels."""

# Chosen on text drawn on one half of the FracAtlas films (CC BY 4.0); benchmarks/burned_in.py
# measures on the other half.
CELL = 8
"""Side of the cells that are looked at first, in pixels."""
SHARP = 24
"""Grey levels between two neighbours that make a sharp edge."""
BUSY = 0.10
"""Least share of a cell's pixels that lie on sharp edges, where there may be text."""
FULL = 0.25
"""The same share of the fullest cell, at least: a lone edge fills less of a cell than letters."""
TILE = 64
"""Longest side of a window, in cells. Windows overlap by a quarter, which is more than a letter."""
LONGEST_STROKE = 17
"""Pixels: what is wider in both directions is no stroke."""
CONTRAST = 30
"""Least grey levels between a stroke and what surrounds it."""
MEAN_CONTRAST = 45
"""Least mean contrast of a glyph."""
STEEP = 0.5
"""Least share of a glyph's contrast that its outline jumps within one pixel to either side."""
PLATEAU = 6
"""Grey levels around a glyph's own value that count as this value."""
SMALLEST, LARGEST = 7, 85
"""Pixels: least longer side and greatest shorter side of a glyph."""
_LEAST_AREA = 8
_RIM = LONGEST_STROKE // 2 + 1

_STROKE = cv2.getStructuringElement(cv2.MORPH_RECT, (LONGEST_STROKE, LONGEST_STROKE))
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True)
class Glyphs:
    """Glyphs of one crop, as arrays of the same length.

    x, y, width, height: box, pixels. area: pixels. level: the grey value that most of it has.
    contrast: mean grey levels between it and what surrounds it. steep: share of that which its
    outline jumps at once. plateau: share of its pixels that have its level. stroke: mean width of
    its strokes, pixels.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    width: NDArray[np.float64]
    height: NDArray[np.float64]
    area: NDArray[np.float64]
    level: NDArray[np.float64]
    contrast: NDArray[np.float64]
    steep: NDArray[np.float64]
    plateau: NDArray[np.float64]
    stroke: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, chosen: NDArray[np.generic]) -> Glyphs:
        """Some of them: a mask, or their numbers."""
        return Glyphs(*(array[chosen] for array in self._arrays()))

    def turned(self) -> Glyphs:
        """The same with rows and columns exchanged, so that a line that runs down runs to the
        right."""
        x, y, width, height, *others = self._arrays()
        return Glyphs(y, x, height, width, *others)

    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(vars(self).values())


def busy_windows(grey: Grey) -> Iterator[Window]:
    """Where there may be text: windows around the places that are full of sharp edges. This looks
    at every pixel, so it does little.

    grey: uint8, shape (h, w).
    """
    height, width = grey.shape
    if min(height, width) <= CELL:
        return
    across = cv2.absdiff(grey[:-1, :-1], grey[:-1, 1:])
    down = cv2.absdiff(grey[:-1, :-1], grey[1:, :-1])
    _, edges = cv2.threshold(cv2.max(across, down), SHARP - 1, 255, cv2.THRESH_BINARY)
    rows, columns = -(-height // CELL), -(-width // CELL)
    edges = cv2.copyMakeBorder(
        edges,
        0,
        rows * CELL - height + 1,
        0,
        columns * CELL - width + 1,
        cv2.BORDER_CONSTANT,
        value=0,
    )
    cells = cv2.resize(edges, (columns, rows), interpolation=cv2.INTER_AREA)
    busy = cv2.dilate((cells > 255 * BUSY).astype(np.uint8), np.ones((5, 5), np.uint8))
    _, regions, boxes, _ = cv2.connectedComponentsWithStats(busy, connectivity=8)
    for region, (x, y, wide, high, _) in enumerate(boxes.tolist()):
        if region > 0:  # 0 is the ground
            place = np.s_[y : y + high, x : x + wide]
            own = np.where(regions[place] == region, np.maximum(cells[place], 1), 0)
            for left, top, columns, rows in _tiles(own):
                yield _in_pixels((x + left, y + top, columns, rows), width, height)


def _tiles(cells: Grey) -> Iterator[Window]:
    """A region in pieces of at most TILE cells, each as small as what it holds: the box around an
    edge that runs all over the film would be the film. cells: 0 outside of the region, elsewhere
    255 times the share of sharp edges."""
    rows, columns = cells.shape
    for top in range(0, max(1, rows - TILE // 4), TILE - TILE // 4):
        for left in range(0, max(1, columns - TILE // 4), TILE - TILE // 4):
            tile = cells[top : top + TILE, left : left + TILE]
            if tile.max() > 255 * FULL:
                x, y, width, height = cv2.boundingRect((tile > 0).astype(np.uint8))
                yield left + x, top + y, width, height


def _in_pixels(cells: Window, width: int, height: int) -> Window:
    """A box of cells, and a cell around it, in pixels of the film."""
    x, y, columns, rows = cells
    left, top = max(0, (x - 1) * CELL), max(0, (y - 1) * CELL)
    right = min(width, (x + columns + 1) * CELL)
    bottom = min(height, (y + rows + 1) * CELL)
    return left, top, right - left, bottom - top


def find_glyphs(grey: Grey, *, light: bool) -> Glyphs:
    """The glyphs of a crop. grey: uint8, shape (h, w). light: those lighter than what surrounds
    them, else the darker ones. Punctuation is too small to be found."""
    raised = _raised(grey, light)
    strokes = _strokes(raised)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    _, _, width, height, area = boxes.T
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    good = (longer >= SMALLEST) & (shorter <= LARGEST) & (area >= _LEAST_AREA)
    good[0] = False  # the ground
    # Noise is thousands of specks: only the others are looked at.
    number = np.where(good, np.cumsum(good), 0).astype(np.int32)
    found = _measured(grey, raised, strokes, number[labels], boxes[good])
    return found[(found.steep > STEEP) & (found.contrast > MEAN_CONTRAST)]


def _measured(
    grey: Grey, raised: Grey, strokes: Grey, labels: NDArray[np.int32], boxes: NDArray[np.int32]
) -> Glyphs:
    """What is measured of each glyph. labels: (h, w), the number of the glyph that a pixel belongs
    to, from 1. boxes: (n, 5), x, y, width, height and area of each."""
    x, y, width, height, area = boxes.T.astype(np.float64)
    places = np.flatnonzero(labels)
    owner, values = labels.flat[places] - 1, grey.flat[places].astype(np.int64)
    contrast = np.bincount(owner, raised.flat[places], len(area)) / area
    level = _levels(owner, values, boxes[:, 4])
    plateau = np.bincount(owner, np.abs(values - level[owner]) <= PLATEAU, len(area)) / area
    outline = places[cv2.erode(strokes, _CROSS, borderValue=0).flat[places] == 0]
    edge = labels.flat[outline] - 1
    length = np.maximum(np.bincount(edge, minlength=len(area)), 1)
    jump = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, _CROSS).flat[outline]
    jumped = np.minimum(1.0, jump / np.maximum(contrast[edge], 1))
    steep = np.bincount(edge, jumped, len(area)) / length
    return Glyphs(x, y, width, height, area, level, contrast, steep, plateau, 2 * area / length)


def find_specks(grey: Grey, *, light: bool) -> list[Window]:
    """Boxes of all strokes of a crop, also of those that are too small or too faint for a glyph:
    next to a line of text they are its punctuation."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(
        _strokes(_raised(grey, light)), connectivity=8
    )
    return [(int(x), int(y), int(width), int(height)) for x, y, width, height, _ in boxes[1:]]


def _raised(grey: Grey, light: bool) -> Grey:
    """By how much each pixel stands out from what a stroke's width around it has in common."""
    wide = cv2.copyMakeBorder(grey, _RIM, _RIM, _RIM, _RIM, cv2.BORDER_REPLICATE)
    kind = cv2.MORPH_TOPHAT if light else cv2.MORPH_BLACKHAT
    raised = cv2.morphologyEx(wide, kind, _STROKE)[_RIM:-_RIM, _RIM:-_RIM]
    return np.ascontiguousarray(raised, dtype=np.uint8)


def _strokes(raised: Grey) -> Grey:
    """1 where a pixel stands out by more than half of what its surroundings do."""
    around = cv2.dilate(raised, _STROKE)
    return ((raised >= CONTRAST) & (raised > around // 2)).astype(np.uint8)


def _levels(
    owner: NDArray[np.int32], values: NDArray[np.int64], area: NDArray[np.int32]
) -> NDArray[np.float64]:
    """The grey value that most of each glyph has: the median, since the edges of strokes are a
    mixture. owner: the glyph of each value."""
    order = np.lexsort((values, owner))
    starts = np.cumsum(area) - area
    levels: NDArray[np.float64] = values[order][starts + area // 2].astype(np.float64)
    return levels
