"""All that is limb on a view, with its outline closed: what a mask shows and what quality is read
from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.steps._binary import Mask, odd_kernel, outlines
from radprep.steps._limb import RIM, Limb

# Chosen by eye on contact sheets of films of one half of FracAtlas (CC BY 4.0).
HOLE = 0.002
"""Least share of the view that a hole takes; air between thumb and finger is one, a dark spot in
the flesh is not."""
SECOND = 0.3
"""Other regions count where they have this share of the brightest one's brightness, summed up:
fingers cut off by a bandage, a second limb, but no faint glow of the background."""


def foreground(limb: Limb) -> Mask:
    """The regions that are limbs, by how bright they are in all, up to the edge of the field and
    with their small holes filled: uint8, shape (h, w)."""
    reach = odd_kernel(2 * RIM, limb.regions)
    regions = limb.regions | (
        np.asarray(cv2.dilate(limb.regions, reach), dtype=np.uint8) & limb.bright & (1 - limb.field)
    )
    found = outlines(regions)
    brightness = [_brightness(outline, limb.grey) for outline in found]
    least = SECOND * max(brightness, default=0.0)
    filled = np.zeros_like(regions)
    cv2.drawContours(
        filled,
        [outline for outline, one in zip(found, brightness, strict=True) if one >= least],
        -1,
        1,
        cv2.FILLED,
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStats(filled & (1 - regions), connectivity=4)
    is_hole = stats[:, cv2.CC_STAT_AREA] >= HOLE * filled.size
    is_hole[0] = False  # what is no hole at all
    return np.asarray(filled & ~is_hole[labels], dtype=np.uint8)


def _brightness(outline: NDArray[np.int32], grey: NDArray[np.float32]) -> float:
    """All that a region, by its outline of shape (n, 1, 2), has above the background, summed up."""
    x, y, width, height = cv2.boundingRect(outline)
    region = cv2.drawContours(
        np.zeros((height, width), np.uint8), [outline], -1, 1, cv2.FILLED, offset=(-x, -y)
    )
    return float(grey[y : y + height, x : x + width][region > 0].sum())
