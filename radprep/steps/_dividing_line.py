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
# to elbows and legs, and made doubles.
SHORT_SIDE = 200
"""Short side in pixels of the copy on which limbs and bones are found; the lines are tried on one
of half that size. It is the short side because two films side by side are no smaller limbs than one
film."""
SMALLEST = 32
"""A view with a shorter side stays whole: a limb and a gap need some pixels."""
WHITE, STRIP, STRIP_RIM = 0.85, 0.04, 0.025
"""Strips of lead or collimator are near white (share of the 99.9th percentile), wide, blurred, and
reach the rim of the field."""
AIR = 0.45
"""Side of the square in which there is some background, as a share of the short side: more than the
width of a limb."""
LEAST_CONTRAST = 6.0
"""Grey levels by which a limb is brighter than the background."""
SHARE_OF_LIMB = 0.12
"""The same as a share of the brightest limb's contrast."""
FLESH = 5
"""Side in pixels of the square that takes the outline off a limb: what is steep further inside is
bone."""
STEEPEST = 3.0
"""Grey levels a pixel from which on bones count alike, however they were exposed."""
RIM = 0.08
"""Bones nearer to the rim of the field do not count (share of the short side): collimators and
their glow are there."""
GLARE, GLARE_RIM = 0.025, 0.055
"""Nor do they beside a near-white area in which a square of this side fits: the ragged edge of lead
is steep."""
SLOPES = sorted(np.linspace(-0.2, 0.2, 17).tolist(), key=abs)
"""Slopes of the lines that are tried, the straight one first."""
GOOD = 0.9
"""Of all lines with this share of the best evidence, the one in the middle is taken; and a seam."""
STEEPER = 1.05
"""A steeper line must be so many times better: boxes are cut straight."""
END = 0.12
"""Share of a line at either end where it may cross a bright area: strips lie there."""
MOST_CROSSED = 0.1
"""Share of the rest from which on a line crosses a limb."""
EVEN = 0.5
"""Limbs of which one has this share of the other's bones are two limbs for certain."""
WIDEST = 0.9
"""Share of the film from which on the box of one side is no part of it: no box holds the one limb
without the other."""
SEAM, SEAM_ALONE, SEAM_STEP = 0.85, 0.5, 5
"""Two films pasted together have a column where this share of rows steps by so many grey levels,
and many fewer rows on either side."""
NARROWEST = 0.3
"""Share of the film on either side of which no line is tried: what lies nearer to a side is its
border."""
SLIMMEST = 0.28
"""Nor is one tried that leaves a side slimmer than this share of its length: panels are not, wedges
and strips are."""


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
        (grey >= WHITE * np.percentile(grey[field > 0], 99.9)) & (field > 0), dtype=np.uint8
    )
    usable = (field > 0) & (_strips(white, field, short) == 0)
    if not usable.any():
        return Limbs(np.zeros_like(field), np.zeros(field.shape, np.float32))
    above = grey.astype(np.float32) - _background(grey, field)
    threshold = max(LEAST_CONTRAST, SHARE_OF_LIMB * float(np.percentile(above[usable], 99)))
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


def _upright_line(pixels: NDArray[np.uint8], limbs: Limbs) -> Line | None:
    height, width = pixels.shape
    small = max(1, limbs.mask.shape[1] // 2), max(1, limbs.mask.shape[0] // 2)
    layers = np.dstack([limbs.mask.astype(np.float32), limbs.bone])
    both = np.asarray(cv2.resize(layers, small, interpolation=cv2.INTER_AREA), dtype=np.float32)
    rim = round(max(NARROWEST * small[0], SLIMMEST * small[1]))
    best, slope, column = 0.0, 0.0, 0
    for tried in SLOPES:
        crossed, even = _profile(both, tried)
        evidence = even * np.clip(1 - crossed / MOST_CROSSED, 0, 1)
        evidence[:rim], evidence[max(0, small[0] - rim) :] = 0, 0
        if evidence.max() > STEEPER * best:
            best, slope, column = (
                float(evidence.max()),
                tried,
                round(_middle(evidence >= GOOD * evidence.max()) * width / small[0]),
            )
    seam = seam_column(pixels, rim * width // small[0])
    if seam is not None:
        at_seam = float(_profile(both, 0)[1][seam * small[0] // width])
        if at_seam > 0 and at_seam >= GOOD * best:
            best, slope, column = at_seam, 0.0, seam
    if best == 0:
        return None
    lean = slope * small[1] / 2 * width / small[0]
    boxes = _boxes(limbs, column, lean, width, height)
    if max(box[2] for box in boxes) > WIDEST * width:
        return None
    return Line(best, boxes, ((column - lean, 0.0), (column + lean, height - 1.0)))


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
    beside = np.maximum(np.roll(steps, 5), np.roll(steps, -5))
    seam = (steps >= SEAM) & (steps - beside >= SEAM_ALONE)
    found = np.flatnonzero(seam[rim : max(0, width - rim)])
    return int(found[np.argmax(steps[rim:][found])]) + rim + 2 if found.size else None


def _boxes(limbs: Limbs, column: int, lean: float, width: int, height: int) -> tuple[Box, Box]:
    """The two sides of a line. They meet at one column where one passes between the limbs, else
    both hold what they share."""
    behind, before = column, column
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
    return np.flatnonzero((bones >= 0.1 * bones.sum())[labels].any(axis=0))


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
