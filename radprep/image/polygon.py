"""Convex polygons on an image: what two of them share, and how large one is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
"""Corners of a convex polygon in order around it, shape (n, 2), x and y; no corners where nothing
is left of it."""


def rectangle(x: float, y: float, width: float, height: float) -> Polygon:
    """An upright rectangle, clockwise on screen from its upper left corner."""
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)


def moved(polygon: Polygon, matrix: NDArray[np.float64]) -> Polygon:
    """A polygon whose corners are in pixel corners, so that the first pixel reaches from 0 to 1,
    taken through a 3x3 affine matrix between pixel centres, which lie half a pixel further."""
    corners = np.asarray(polygon, np.float64).reshape(-1, 2)
    return (corners - 0.5) @ matrix[:2, :2].T + matrix[:2, 2] + 0.5


def area_of(polygon: Polygon) -> float:
    """Its area (the shoelace formula)."""
    return abs(_signed_area(polygon))


def shared(one: Polygon, other: Polygon) -> Polygon:
    """What two convex polygons share, a convex polygon again (Sutherland and Hodgman 1974: one is
    cut along each side of the other). No corners where they share no area."""
    ordered = other if _signed_area(other) >= 0 else other[::-1]
    left = [(float(x), float(y)) for x, y in one]
    for (ax, ay), (bx, by) in zip(ordered, np.roll(ordered, -1, axis=0), strict=True):
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in left]
        left = _cut(left, sides)
    found = np.array(left, np.float64).reshape(-1, 2)
    return found if len(other) > 2 and area_of(found) > 0 else np.empty((0, 2))


def _cut(points: list[tuple[float, float]], sides: list[float]) -> list[tuple[float, float]]:
    """The part of a polygon on one side of a line. sides: of each corner, at least 0 where it lies
    there, in proportion to its distance from the line."""
    kept = []
    for place, (x, y) in enumerate(points):
        (x0, y0), before, here = points[place - 1], sides[place - 1], sides[place]
        if (before < 0) != (here < 0):
            way = before / (before - here)
            kept.append((x0 + way * (x - x0), y0 + way * (y - y0)))
        if here >= 0:
            kept.append((x, y))
    return kept


def _signed_area(polygon: Polygon) -> float:
    if len(polygon) < 3:
        return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
