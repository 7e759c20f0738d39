"""Which end of a limb is the hand."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.steps._binary import Mask
from radprep.steps._limb import Limb

LENGTH = 192
"""Rows of the upright limb that the cues are read from, whatever its size on the view."""
BREADTH = 128
"""Its columns."""

WEIGHTS = {"cut": 4.0, "thin": 4.0, "joints": 2.0, "texture": 7.0}
"""Log odds for one unit of each cue, as benchmarks/fit_direction.py fits them."""


class Upright(NamedTuple):
    """A limb with its axis upright, as long as the picture: shape (LENGTH, BREADTH). grey and mask
    are those of Limb."""

    grey: NDArray[np.float32]
    mask: Mask


def hand_lead(cues: dict[str, float]) -> float:
    """Log odds that the hand is the upper end, from its cues: 0 where they balance, negative where
    it is the lower one."""
    return sum(WEIGHTS[name] * value for name, value in cues.items())


def hand_cues(limb: Limb, tilt: float) -> dict[str, float]:
    """How much more the upper end of the limb looks like a hand than the lower one: each cue -1 to
    1, the negative upside down.

    cut: the forearm leaves the film cut off at its full thickness, fingers taper. thin: fingers and
    wrist are thinner than the forearm. joints: edges across the limb are joints, along it shafts.
    texture: small bones have more detail for their brightness. tilt: degrees of the limb's axis
    from upright, counter-clockwise on screen.
    """
    grey, mask = upright(limb, tilt)
    width = mask.sum(axis=1, dtype=np.float64)
    weight = (grey * mask).sum(axis=1, dtype=np.float64)
    end = LENGTH // 12
    thickness = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3).sum(
        axis=1, dtype=np.float64
    )
    core = np.asarray(
        cv2.erode(mask, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0),
        dtype=np.uint8,
    )
    across, along = (_slope(grey, core, *axis) for axis in ((0, 1), (1, 0)))
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2)) / np.maximum(grey, 1) * core
    return {
        "cut": _contrast(weight[-end:].sum(), weight[:end].sum()),
        "thin": -_of_halves(thickness, width),
        "joints": _of_halves(across / np.maximum(across + along, 1e-6), np.ones(LENGTH)),
        "texture": _of_halves(
            detail.sum(axis=1, dtype=np.float64), core.sum(axis=1, dtype=np.float64)
        ),
    }


def upright(limb: Limb, tilt: float) -> Upright:
    """Stand the limb upright and stretch it to the length of the picture; what is wider than the
    picture is left out."""
    x, y = cv2.findNonZero(limb.mask).reshape(-1, 2).T
    angle = math.radians(tilt)
    cos, sin = math.cos(angle), math.sin(angle)
    across = x * cos - y * sin
    down = x * sin + y * cos
    size = (down.max() - down.min() + 1) / LENGTH  # of a pixel of the picture, in view pixels
    top = down.min() - 0.5
    left = across.mean() - size * BREADTH / 2
    turn = np.array([[cos, sin], [-sin, cos]])
    corner = turn @ [left + size / 2, top + size / 2]
    matrix = np.column_stack([turn * size, corner])
    grey, mask = (
        cv2.warpAffine(pixels, matrix, (BREADTH, LENGTH), flags=method | cv2.WARP_INVERSE_MAP)
        for pixels, method in ((limb.grey, cv2.INTER_LINEAR), (limb.mask, cv2.INTER_NEAREST))
    )
    return Upright(np.asarray(grey, dtype=np.float32), np.asarray(mask, dtype=np.uint8))


def _slope(grey: NDArray[np.float32], core: Mask, dx: int, dy: int) -> NDArray[np.float64]:
    """Strength of the edges in one direction, row by row."""
    return np.asarray(
        (np.abs(cv2.Sobel(cv2.GaussianBlur(grey, (0, 0), 1), cv2.CV_32F, dx, dy)) * core).sum(
            axis=1, dtype=np.float64
        )
    )


def _of_halves(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Contrast of the upper half's mean with the lower half's."""
    upper, lower = (
        float(sums[half].sum() / max(counts[half].sum(), 1))
        for half in (slice(LENGTH // 2), slice(LENGTH // 2, None))
    )
    return _contrast(upper, lower)


def _contrast(one: float, other: float) -> float:
    return float((one - other) / (one + other)) if one + other > 0 else 0.0
