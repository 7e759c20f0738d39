"""The line between two limbs on one film: straight, from side to side, across no limb, with bones
on both sides of it.

A film of two exposures has such a line whether its panels have a gap, a lead wedge or nothing
between them. A bright strip along a side, a frame or a letter beside a limb has no bones, so the
line beside it divides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.image import View
from radprep.steps._binary import Mask
from radprep.steps._field import field_of

Box = tuple[int, int, int, int]

# All constants were chosen on one half of FracAtlas (CC BY 4.0): its films of two limbs, its hands
# to elbows and legs, and made doubles. "Short side" is that of the copy on which limbs are found.

# How large the view and its copies are.
SHORT_SIDE = 200
"""Short side in pixels of the copy on which limbs and bones are found; the lines are tried on one
of half that size. It is the short side because two films side by side are no smaller limbs than one
film."""
SMALLEST = 32
"""A view with a shorter side, in pixels, stays whole: a limb and a gap need some pixels."""

# What is lead or a collimator, and no limb.
BRIGHTEST = 99.9
"""Percentile of the field's grey values that stands for the brightest one: a few pixels are
noise."""
WHITE = 0.85
"""Share of the brightest grey value from which on a pixel is near white, as lead is."""
STRIP = 0.04
"""Side of the square that fits into a near-white strip of lead, as a share of the short side: bones
that are near white are thinner."""
STRIP_RIM = 0.025
"""Side of the square by which such a strip is taken larger, as a share of the short side: its edge
is blurred."""

# What is a limb: it is brighter than the background.
AIR = 0.45
"""Side of the square in which there is some background, as a share of the short side: more than the
width of a limb."""
LEAST_CONTRAST = 6.0
"""Grey levels by which a limb is brighter than the background, at the least."""
BRIGHT_LIMB = 99
"""Percentile of the contrast with the background that stands for the brightest limb."""
SHARE_OF_LIMB = 0.12
"""Share of the brightest limb's contrast that any limb has, at the least."""

# What is bone: it is steep inside a limb.
FLESH = 5
"""Side in pixels of the square that takes the outline off a limb: what is steep further inside is
bone."""
STEEPEST = 3.0
"""Grey levels a pixel from which on bones count alike, however they were exposed."""
RIM = 0.08
"""Bones nearer to the rim of the field than this share of the short side do not count: collimators
and their glow are there."""
GLARE = 0.025
"""Side of the square that fits into glare, as a share of the short side: a near-white area, whose
ragged edge is steep but no bone."""
GLARE_RIM = 0.055
"""Side of the square by which glare is taken larger, as a share of the short side: no bone counts
beside it."""

# Which lines are tried, and which one is the best.
SLOPES = sorted(np.linspace(-0.2, 0.2, 17).tolist(), key=abs)
"""Slopes of the lines that are tried, the straight one first."""
GOOD = 0.9
"""Of all lines with this share of the best evidence, the one in the middle is taken; and a seam
with this share is taken instead of the best line."""
STEEPER = 1.05
"""A steeper line must have so many times the evidence of the best one before: boxes are cut
straight."""
NARROWEST = 0.3
"""Share of the film on either side of which no line is tried: what lies nearer to a side is its
border."""
SLIMMEST = 0.28
"""No line is tried that leaves a side slimmer than this share of its length: panels are not, wedges
and strips are."""

# What the evidence for a line is.
END = 0.12
"""Share of a line at either end where it may cross a bright area: strips lie there."""
MOST_CROSSED = 0.1
"""Share of the rest of a line on limbs from which on it crosses one, and divides nothing."""
EVEN = 0.5
"""Limbs of which one has this share of the other's bones are two limbs for certain."""

# What the boxes on both sides hold.
WIDEST = 0.9
"""Share of the film from which on the box of one side is no part of it: no box holds the one limb
without the other."""
LEAST_BONES = 0.1
"""Share of all bones on one side of a line that a region has, at the least, whose columns its box
must hold."""

# What a seam is, where two films were pasted together.
SEAM_STEP = 5
"""Grey levels between two columns, at the least, that count as a step in a row."""
SEAM = 0.85
"""Share of the rows that step at a seam."""
SEAM_ALONE = 0.5
"""How much larger that share is than beside the seam: the edge of a bone is blurred, and steps
there, too."""
SEAM_BESIDE = 5
"""Columns from a seam to what counts as beside it."""


@dataclass(frozen=True)
class Line:
    """A line across a view. `evidence` (0 to 1) that two limbs lie beside it; boxes (x, y, width,
    height) of the two sides in view pixels, left or upper first, from which no limb loses anything;
    `ends`: two points (x, y)."""

    evidence: float
    boxes: tuple[Box, Box]
    ends: tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Limbs:
    """A smaller copy of a view: `mask`, 1 on limbs and wedges; `bone`, float32, steepness inside
    limbs; both of one shape."""

    mask: Mask
    bone: NDArray[np.float32]


def dividing_line(view: View) -> Line | None:
    """The best line between two limbs on a view with white bones, upright or lying; None where no
    line has bones on both sides."""
    pixels = view.pixels
    if min(pixels.shape) < SMALLEST:
        return None
    limbs = find_limbs(view)
    upright = _upright_line(pixels, limbs)
    lying = _upright_line(
        np.ascontiguousarray(pixels.T),
        Limbs(np.ascontiguousarray(limbs.mask.T), np.ascontiguousarray(limbs.bone.T)),
    )
    if lying is None or (upright is not None and upright.evidence >= lying.evidence):
        return upright
    one, other = (_turned(box) for box in lying.boxes)
    (x0, y0), (x1, y1) = lying.ends
    return Line(lying.evidence, (one, other), ((y0, x0), (y1, x1)))


def find_limbs(view: View) -> Limbs:
    """What is brighter than the background in the exposed field, and the bones in it."""
    pixels = view.pixels
    scale = min(1.0, SHORT_SIDE / min(pixels.shape))
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    grey = np.asarray(
        cv2.GaussianBlur(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), (0, 0), 1),
        dtype=np.uint8,
    )
    field = np.asarray(
        cv2.resize(field_of(view), size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )
    short = min(grey.shape)
    white = np.asarray(
        (grey >= WHITE * np.percentile(grey[field > 0], BRIGHTEST)) & (field > 0), dtype=np.uint8
    )
    usable = (field > 0) & (_strips(white, field, short) == 0)
    if not usable.any():
        return Limbs(np.zeros_like(field), np.zeros(field.shape, np.float32))
    above = grey.astype(np.float32) - _background(grey, field)
    threshold = max(
        LEAST_CONTRAST, SHARE_OF_LIMB * float(np.percentile(above[usable], BRIGHT_LIMB))
    )
    mask = np.asarray((above > threshold) & usable, dtype=np.uint8)
    steep = cv2.magnitude(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8),
        cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8),
    )
    air = usable & (mask == 0)
    noise = max(1.0, 2 * float(np.median(steep[air]))) if air.any() else 1.0
    glare = (
        cv2.dilate(
            cv2.morphologyEx(white, cv2.MORPH_OPEN, _square(GLARE * short)),
            _square(GLARE_RIM * short),
        )
        > 0
    )
    inside = _shrunk(mask, FLESH) & _shrunk(field, _odd(2 * RIM * short)) & ~glare
    return Limbs(mask, np.asarray((steep - noise).clip(0, STEEPEST) * inside, dtype=np.float32))


def _strips(white: Mask, field: Mask, short: int) -> Mask:
    """Wide near-white areas that reach the rim of the field."""
    _, labels = cv2.connectedComponents(
        cv2.morphologyEx(white, cv2.MORPH_OPEN, _square(STRIP * short))
    )
    reaching = np.zeros(int(labels.max()) + 1, np.uint8)
    reaching[np.unique(labels[_shrunk(field, 3) == 0])] = 1
    reaching[0] = 0
    return np.asarray(cv2.dilate(reaching[labels], _square(STRIP_RIM * short)), dtype=np.uint8)


def _background(grey: NDArray[np.uint8], field: Mask) -> NDArray[np.float32]:
    """Grey level under the limbs: the brightest of the darkest pixels of all squares around, on a
    copy of a quarter. Unlike a fitted surface it follows panels of different exposure, and leaves
    wide limbs out."""
    height, width = grey.shape
    small = cv2.resize(
        np.where(field > 0, grey, np.uint8(255)),
        (max(1, width // 4), max(1, height // 4)),
        interpolation=cv2.INTER_NEAREST,
    )
    square = _square(AIR * min(small.shape))
    darkest = cv2.erode(small, square)
    darkest[darkest == 255] = 0  # squares without a pixel of the field
    level = cv2.GaussianBlur(cv2.dilate(darkest, square), (0, 0), max(1.0, len(square) / 4))
    return np.asarray(
        cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32
    )


@dataclass(frozen=True)
class Candidate:
    """A line that was tried. evidence: 0 to 1 that two limbs lie beside it. slope: columns a row.
    column: of the view, where it crosses the middle row."""

    evidence: float
    slope: float
    column: int


def _upright_line(pixels: NDArray[np.uint8], limbs: Limbs) -> Line | None:
    """The best line from the upper side of a view to the lower one; None where none has bones on
    both sides."""
    height, width = pixels.shape
    layers = _halved(limbs)
    small_height, small_width = layers.shape[:2]
    rim = round(max(NARROWEST * small_width, SLIMMEST * small_height))
    best = _best_of_slopes(layers, rim, width)
    best = _seam(pixels, layers, rim, best) or best
    if best is None:
        return None
    lean = best.slope * small_height / 2 * width / small_width
    boxes = _boxes(limbs, best.column, lean, width, height)
    if max(box[2] for box in boxes) > WIDEST * width:
        return None
    ends = (best.column - lean, 0.0), (best.column + lean, height - 1.0)
    return Line(best.evidence, boxes, ends)


def _halved(limbs: Limbs) -> NDArray[np.float32]:
    """Limbs and bones on a copy of half the size: float32, shape (h, w, 2)."""
    height, width = limbs.mask.shape
    size = max(1, width // 2), max(1, height // 2)
    layers = np.dstack([limbs.mask.astype(np.float32), limbs.bone])
    return np.asarray(cv2.resize(layers, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _best_of_slopes(layers: NDArray[np.float32], rim: int, width: int) -> Candidate | None:
    """The line with the most evidence; None where none has any.

    layers: as `_halved` makes them. rim: their columns on either side that are not tried. width: of
    the view.
    """
    small_width = layers.shape[1]
    best: Candidate | None = None
    for slope in SLOPES:
        crossed, even = _profile(layers, slope)
        evidence = even * np.clip(1 - crossed / MOST_CROSSED, 0, 1)
        evidence[:rim] = 0
        evidence[max(0, small_width - rim) :] = 0
        most = float(evidence.max())
        if most > (STEEPER * best.evidence if best else 0):
            middle = _middle(evidence >= GOOD * most)
            best = Candidate(most, slope, round(middle * width / small_width))
    return best


def _seam(
    pixels: NDArray[np.uint8], layers: NDArray[np.float32], rim: int, best: Candidate | None
) -> Candidate | None:
    """The seam of two films pasted together, where the best line has hardly more evidence; else
    None."""
    width = pixels.shape[1]
    small_width = layers.shape[1]
    column = seam_column(pixels, rim * width // small_width)
    if column is None:
        return None
    # a seam is where it is, whatever it crosses
    _, even = _profile(layers, 0)
    evidence = float(even[column * small_width // width])
    if evidence == 0 or (best and evidence < GOOD * best.evidence):
        return None
    return Candidate(evidence, 0.0, column)


def _profile(
    both: NDArray[np.float32], slope: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For lines behind every column: the share of the line on limbs, and how even the bones on both
    sides are (0 to 1).

    both: float32, shape (h, w, 2), limbs and bones.
    """
    height, width = both.shape[:2]
    shear = np.array([[1, slope, -slope * (height - 1) / 2], [0, 1, 0]])
    sheared = cv2.warpAffine(
        both, shear, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    end = int(END * height)
    crossed = sheared[end : height - end, :, 0].mean(axis=0, dtype=np.float64)
    left = np.cumsum(sheared[:, :, 1].sum(axis=0, dtype=np.float64))
    less = np.minimum(left, left[-1] - left)
    even = less / np.maximum(left[-1] - less, 1e-9)
    return crossed, np.clip(even / EVEN, 0, 1)


def _middle(good: NDArray[np.bool_]) -> float:
    """The middle of the longest run of columns behind which a line is good, as a position between
    columns."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    first, behind = max(zip(steps[::2], steps[1::2], strict=True), key=lambda run: run[1] - run[0])
    return float(first + behind + 1) / 2


def seam_column(pixels: NDArray[np.uint8], rim: int) -> int | None:
    """The first column of the right one of two films that were pasted side by side; None where no
    column is a seam, or only one that is nearer to a side than `rim`."""
    width = pixels.shape[1]
    # over two columns: the view blurred the seam
    steps = np.mean(cv2.absdiff(pixels[:, 2:], pixels[:, :-2]) >= SEAM_STEP, axis=0)
    beside = np.maximum(np.roll(steps, SEAM_BESIDE), np.roll(steps, -SEAM_BESIDE))
    seam = (steps >= SEAM) & (steps - beside >= SEAM_ALONE)
    found = np.flatnonzero(seam[rim : max(0, width - rim)])
    return int(found[np.argmax(steps[rim:][found])]) + rim + 2 if found.size else None


def _boxes(limbs: Limbs, column: int, lean: float, width: int, height: int) -> tuple[Box, Box]:
    """The two sides of a line. They meet at one column where one passes between the limbs, else
    both hold what they share."""
    behind = before = column
    if lean:
        rows, columns = limbs.mask.shape
        line = (column + lean * np.linspace(-1, 1, rows)) * columns / width
        left = np.asarray(np.arange(columns)[None, :] < line[:, None])
        behind = round((_limb_columns(limbs, left)[-1] + 1) * width / columns)
        before = int(_limb_columns(limbs, ~left)[0] * width / columns)
        if behind <= before:
            behind = before = min(max(column, behind), before)
    return (0, 0, behind, height), (before, 0, width - before, height)


def _limb_columns(limbs: Limbs, side: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The columns of the regions on one side of a line that have bones worth speaking of."""
    _, labels = cv2.connectedComponents(np.asarray(limbs.mask * side, dtype=np.uint8))
    bones = np.bincount(labels.ravel(), weights=(limbs.bone * side).ravel())
    return np.flatnonzero((bones >= LEAST_BONES * bones.sum())[labels].any(axis=0))


def _turned(box: Box) -> Box:
    x, y, width, height = box
    return y, x, height, width


def _shrunk(mask: Mask, side: int) -> Mask:
    square = np.ones((side, side), np.uint8)
    return np.asarray(
        cv2.erode(mask, square, borderType=cv2.BORDER_CONSTANT, borderValue=0), dtype=np.uint8
    )


def _square(side: float) -> Mask:
    return np.ones((_odd(side), _odd(side)), np.uint8)


def _odd(side: float) -> int:
    """The odd number of pixels nearest below, so that nothing shifts."""
    return 2 * (round(side) // 2) + 1
