"""The exposed field: the part of a view that X-rays reached. What is pasted around it says nothing
of the film."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.image import View, once_a_view
from radprep.steps._binary import Mask, odd_kernel

# All constants were chosen on the films of hands to elbows in one half of FracAtlas (CC BY 4.0):
# plain, framed and turned.
FLAT = (2, 1, 0)
"""Grey levels by which a pasted canvas or frame may stray from its own level, tried in this order:
noise and rounding ask for two; but air of nearly that level leaks into the canvas, and is told from
it by a smaller one."""
RECTANGULAR = 0.97
"""Least share of its smallest rectangle that the outline of a film fills."""
SMALLEST = 0.2
"""Least share of the view that a film on a canvas takes: one turned by 45 degrees takes half;
letters, and strips beside flat air, less."""
WHOLE = 0.985
"""Share of the view from which on a rectangle counts as all of it."""
EVEN = 0.95
"""Share of what surrounds the films that has the canvas's level, letters apart; of noisy air around
a limb less has any one level."""
BLENDED = 5
"""Pixels by which a film on a canvas is taken smaller, both sides together: its outermost ones are
blended with the canvas, and would hide a canvas inside it."""
LAYERS = 3
"""Rims that may lie around one another: a frame, the canvas of a turned film, a frame before the
turn."""
STRIP = 0.3
"""Deepest strip along a side, as a share of the way to the other side."""
STRAY = 12
"""Grey levels by which a strip may stray from its level: lead scatters, so a strip is less flat
than a canvas."""
JUMP = 40
"""Least difference in grey levels between a strip and what comes after its edge."""
MOST = 0.6
"""Least share of a side's columns that end in a jump, and of those that end on one line: a limb may
cross the strip."""
ELSEWHERE = 0.1
"""Share of the rest of the film that has a strip's level at most: air has its level on both sides
of a limb."""
FRAMED = 0.85
"""Share of the rim that has a strip's level where the strip is one side of a frame; letters and
limbs may lie on it."""
RIM = 2
"""Outermost rows whose level may be blended with what lay around the film."""
BLUR = 0.02
"""Width of a strip's edge as a share of the long side."""

Placed = tuple[NDArray[np.float64], int, int]
"""A rectangle in a view: 2x3 matrix from its pixels to the view's, width, height."""


@once_a_view
def field_of(view: View) -> Mask:
    """The exposed field of a view."""
    return exposed_field(view.pixels)


def exposed_field(pixels: NDArray[np.uint8]) -> Mask:
    """Find the exposed field: 1 inside; 0 on frames, the canvas of a turned film, and flat strips
    along the sides.

    pixels: uint8, shape (h, w), a view. The field of `255 - pixels` is the same. It is never empty:
    where nothing else is certain, all of the view counts as exposed. Flat air that reaches the
    sides stays inside.
    """
    # one of the two negatives, so that both have one answer
    dark_first = pixels if pixels[0, 0] < 128 else 255 - pixels
    field = _inside(dark_first, LAYERS)
    return field if field.any() else np.ones_like(field)


def _inside(pixels: NDArray[np.uint8], layers: int) -> Mask:
    films = (
        next(filter(None, (_films_on_canvas(pixels, flat) for flat in FLAT)), []) if layers else []
    )
    if not films:
        return _without_strips(pixels)
    field = np.zeros_like(pixels)
    for matrix, width, height in films:
        film = cv2.warpAffine(
            pixels, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        inside = _inside(np.asarray(film, dtype=np.uint8), layers - 1)
        cv2.max(
            field,
            cv2.warpAffine(inside, matrix, pixels.shape[::-1], flags=cv2.INTER_NEAREST),
            dst=field,
        )
    return field


def _films_on_canvas(pixels: NDArray[np.uint8], flat: int) -> list[Placed]:
    """The rectangles, upright or turned, that a canvas of one level surrounds.

    An empty list where there is no such canvas, or where what it surrounds is no rectangle: then it
    is air around a limb.
    """
    height, width = pixels.shape
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    near = cv2.inRange(pixels, np.median(rim) - flat, np.median(rim) + flat)
    canvas = _reaching_the_rim(np.asarray(near, dtype=np.uint8))
    rest = cv2.morphologyEx(1 - canvas, cv2.MORPH_OPEN, odd_kernel(0.015, pixels), borderValue=0)
    found, _ = cv2.findContours(rest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hulls = [
        hull
        for hull in map(cv2.convexHull, found)
        if cv2.contourArea(hull) >= SMALLEST * height * width
    ]
    boxes = [cv2.minAreaRect(hull) for hull in hulls]
    if any(
        cv2.contourArea(hull) < RECTANGULAR * wide * tall
        for hull, (_, (wide, tall), _) in zip(hulls, boxes, strict=True)
    ):
        return []
    whole = sum(wide * tall for _, (wide, tall), _ in boxes) > WHOLE * height * width
    around = cv2.drawContours(np.ones_like(pixels), hulls, -1, 0, cv2.FILLED)
    uneven = cv2.countNonZero(cv2.bitwise_and(canvas, around)) < EVEN * cv2.countNonZero(around)
    return [] if whole or uneven else [_upright(*box) for box in boxes]


def _reaching_the_rim(mask: Mask) -> Mask:
    """Only the regions of the mask (0 or 255) that touch the rim, as 0 or 1."""
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=255)
    cv2.floodFill(padded, None, (0, 0), 1)
    return np.asarray(padded[1:-1, 1:-1] == 1, dtype=np.uint8)


def _upright(centre: Sequence[float], size: Sequence[float], degrees: float) -> Placed:
    width, height = (max(1, int(side) - BLENDED) for side in size)
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(centre) - turn @ [(width - 1) / 2, (height - 1) / 2]
    return np.column_stack([turn, shift]), width, height


def _without_strips(pixels: NDArray[np.uint8]) -> Mask:
    """1 but on flat strips along the four sides that end in a straight edge."""
    field = np.ones_like(pixels)
    smooth = np.asarray(cv2.blur(pixels, (3, 3)), dtype=np.uint8)
    for quarter in range(4):
        edge = _strip_edge(np.rot90(smooth, quarter))
        if edge is not None:
            inside = np.rot90(field, quarter)  # the field itself, seen from another side
            inside[np.arange(len(inside))[:, None] < edge] = 0
    return field


def _strip_edge(pixels: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """The depth of the strip along the upper side at every column, or None where there is none.

    A strip has one level, which hardly occurs elsewhere, and a straight edge behind which most
    columns jump to another level.
    """
    height, width = pixels.shape
    blur = max(2, round(BLUR * max(pixels.shape)))
    top = np.ascontiguousarray(pixels[: int(STRIP * height)])
    if len(top) <= blur or width < 16:
        return None
    level = np.median(top[RIM : 2 * RIM])
    strays = cv2.inRange(top, level - STRAY, level + STRAY) == 0
    depth = np.argmax(strays[RIM:], axis=0) + RIM
    behind = pixels[depth + blur, np.arange(width)]
    columns = np.flatnonzero(strays[RIM:].any(axis=0) & (np.abs(behind - level) > JUMP))
    if len(columns) < MOST * width:
        return None
    left, right = np.array_split(columns, 2)
    slope = (np.median(depth[right]) - np.median(depth[left])) / (right.mean() - left.mean())
    line = np.median(depth[columns] - slope * columns) + slope * np.arange(width)
    straight = np.abs(depth[columns] - line[columns]) <= blur
    alien = _is_alien(pixels, level, int(np.median(depth[columns])) + blur)
    return line + blur if alien and np.mean(straight) > MOST else None


def _is_alien(pixels: NDArray[np.uint8], level: float, depth: int) -> bool:
    """Whether a strip's level hardly occurs elsewhere: behind it, or, where all of the rim has it,
    inside a frame of its depth."""
    like = np.abs(pixels - np.float32(level)) <= STRAY
    deep = min(depth, (min(like.shape) - 1) // 2)
    rim = np.concatenate([like[RIM], like[-1 - RIM], like[:, RIM], like[:, -1 - RIM]])
    rest = like[deep:-deep, deep:-deep] if rim.mean() > FRAMED else like[deep:]
    return bool(rest.mean() < ELSEWHERE)
