"""Glyphs in a row are a line of text: alike in height, in grey value and in stroke, and close
together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radprep.burned_in.glyphs import LARGEST, SMALLEST, Glyphs, Window

# Chosen on text drawn on one half of the FracAtlas films (CC BY 4.0); benchmarks/burned_in.py
# measures on the other half. The weights tell this text, also where it is faint, from the anatomy
# on the same films, on films of legs, and on the hands that data_samples/phantom.py draws; --fit
# fits them on the films of a folder alone.
GAP = 1.2
"""Greatest distance between two neighbours, in heights of the higher one: a space and a bit."""
OVERLAP = 0.3
"""How far neighbours may reach into each other, in heights: slanted letters do."""
HEIGHTS = 0.45
"""Least height of a neighbour, in heights of the higher one: an x beside an X."""
BASE, TOP = 0.35, 0.2
"""Greatest distance of two neighbours' lower (upper) edges, in heights; one of both must hold."""
LEVELS = 25
"""Most grey levels by which neighbours differ."""
LETTER = 0.75
"""Width of a letter, in heights: letters that touch are counted by it."""
FEWEST = 3
"""Letters that make a line. One or two alone are a marker such as L, or anatomy."""

WEIGHTS = {
    "letters": -2.64,
    "glyphs": 4.06,
    "slender": 3.53,
    "uneven": -0.8,
    "filled": 9.42,
    "contrast": 5.3,
    "tall": 0.12,
    "crooked": -6.28,
    "steep": 1.57,
    "plateau": 7.93,
    "stroke": -19.6,
}
INTERCEPT = -9.35
"""Of the logistic regression that `score` is, less 0.8 for fewer films that are marked in vain."""


@dataclass(frozen=True)
class Line:
    """A line of text, or what looks like one. box: x, y, width, height, pixels. turned: it runs
    down or up the film. light: it is lighter than what surrounds it. height: of most of its
    letters, pixels. score: above 0 it is text."""

    box: Window
    turned: bool
    light: bool
    height: float
    score: float


def find_lines(glyphs: Glyphs, *, light: bool) -> Iterator[Line]:
    """Every chain of three letters and more, across and down. light: what the glyphs are."""
    for turned in (False, True):
        upright = glyphs.turned() if turned else glyphs
        for chain in _chains(upright):
            line = upright[chain]
            if letters(line) >= FEWEST:
                box = _box(line)
                yield Line(
                    (box[1], box[0], box[3], box[2]) if turned else box,
                    turned,
                    light,
                    float(np.median(line.height)),
                    score(measures(line)),
                )


def measures(line: Glyphs) -> dict[str, float]:
    """What is measured of a line to tell text from anatomy, each a number of about one."""
    _, _, width, height = _box(line)
    weights = line.area / line.area.sum()
    median = float(np.median(line.height))
    return {
        "letters": math.log(letters(line)),
        "glyphs": math.log(len(line)),
        "slender": math.log(width / height),
        "uneven": min(float(np.std(line.level)), 15.0) / 10,
        "filled": float(line.area.sum() / (line.width * line.height).sum()),
        "contrast": math.log(float(np.median(line.contrast)) / 100),
        "tall": min(height / median, 3.0),
        "crooked": min(_crookedness(line) / median, 0.5),
        "steep": float(weights @ line.steep),
        "plateau": float(weights @ line.plateau),
        "stroke": min(float(np.median(line.stroke)) / median, 0.6),
    }


def score(measured: dict[str, float]) -> float:
    """How surely a line is text: above 0 it is, and the higher, the more surely."""
    return INTERCEPT + sum(WEIGHTS[name] * value for name, value in measured.items())


def _crookedness(line: Glyphs) -> float:
    """How far the glyphs stray from a straight line, by their lower edges, their middles or their
    upper edges, whichever strays least; pixels."""
    edges = (line.y + line.height, line.y + line.height / 2, line.y)
    return min(float(np.std(edge)) for edge in edges)


def letters(line: Glyphs) -> float:
    """About how many letters glyphs are that stand side by side: letters may touch."""
    return float(np.maximum(1, np.rint(line.width / (LETTER * line.height))).sum())


def _box(line: Glyphs) -> Window:
    x, y = line.x.min(), line.y.min()
    right, bottom = (line.x + line.width).max(), (line.y + line.height).max()
    return int(x), int(y), int(right - x), int(bottom - y)


def _chains(glyphs: Glyphs) -> list[NDArray[np.intp]]:
    """Numbers of the glyphs of each chain that runs to the right."""
    usable = np.flatnonzero((glyphs.height >= SMALLEST) & (glyphs.height <= LARGEST))
    order = usable[np.argsort(glyphs.x[usable], kind="stable")]
    chain_of = {int(one): int(one) for one in order}

    def first(one: int) -> int:
        """The glyph after which the chain of this one is called."""
        while chain_of[one] != one:
            one = chain_of[one]
        return one

    starts = glyphs.x[order]
    for place, one in enumerate(order):
        reach = glyphs.x[one] + glyphs.width[one] + GAP * LARGEST
        followers = order[place + 1 : np.searchsorted(starts, reach, side="right")]
        near = followers[_are_neighbours(glyphs, int(one), followers)]
        for other in near:
            chain_of[first(int(other))] = first(int(one))
    chains: dict[int, list[int]] = {}
    for one in order:
        chains.setdefault(first(int(one)), []).append(int(one))
    return [np.array(chain) for chain in chains.values()]


def _are_neighbours(glyphs: Glyphs, one: int, others: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of the others, all of them further to the right, may follow this one in a line."""
    own, theirs = glyphs.height[one], glyphs.height[others]
    high = np.maximum(own, theirs)
    gap = glyphs.x[others] - (glyphs.x[one] + glyphs.width[one])
    near = (gap <= GAP * high) & (gap >= -OVERLAP * high)
    near &= np.minimum(own, theirs) >= HEIGHTS * high
    lower = np.abs(glyphs.y[others] + theirs - glyphs.y[one] - own) <= BASE * high
    upper = np.abs(glyphs.y[others] - glyphs.y[one]) <= TOP * high
    near &= lower | upper
    return np.asarray(near & (np.abs(glyphs.level[others] - glyphs.level[one]) <= LEVELS))
