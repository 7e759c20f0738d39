"""Random changes of training images: one turn, zoom, shift and flip in one warp, and an inversion.

The wrist thesis (section 4.4) crops to 90-100 %, flips with probability 0.5 and optionally inverts;
the elbow paper (section 3.2) turns, scales and shifts besides.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class Augmentation(BaseModel):
    """How far a training image may be changed. All zero, and crop 1: not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crop: float = Field(default=0.9, gt=0, le=1)
    """Smallest share of the width and of the height that a random crop keeps, before it is enlarged
    to the whole again."""

    flip: float = Field(default=0.5, ge=0, le=1)
    """Probability of swapping left and right."""

    rotate: float = Field(default=0.0, ge=0, le=180)
    """Largest turn in degrees, to either side."""

    zoom: float = Field(default=0.0, ge=0, lt=1)
    """Largest change of scale: 0.15 is a factor between 0.85 and 1.15."""

    shift: float = Field(default=0.0, ge=0, le=1)
    """Largest shift as a share of the width and of the height."""

    invert: float = Field(default=0.0, ge=0, le=1)
    """Probability of swapping black and white."""


def augment(
    pixels: NDArray[np.uint8], how: Augmentation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A changed copy of an image, uint8, of the same shape (h, w). What comes in from outside is
    black."""
    height, width = pixels.shape
    warp = _matrix(width, height, how, rng)
    inverted = rng.random() < how.invert
    changed = (
        pixels.copy()
        if np.array_equal(warp, np.eye(3))
        else cv2.warpAffine(
            pixels,
            warp[:2],
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0,
        )
    )
    return np.asarray(255 - changed if inverted else changed, dtype=np.uint8)


def _matrix(
    width: int, height: int, how: Augmentation, rng: np.random.Generator
) -> NDArray[np.float64]:
    """From the pixel centres of the old image to those of the new one, shape (3, 3). Draws the same
    numbers whatever the limits."""
    share, left, top, flip, turn, zoom, right, down = rng.random(8)
    kept = how.crop + (1 - how.crop) * share
    angle = math.radians(how.rotate * (2 * turn - 1))
    scale = (1 + how.zoom * (2 * zoom - 1)) / kept
    sign = -1 if flip < how.flip else 1
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    # of the crop's middle from the image's
    crop = 2 * middle * (1 - kept) * (np.array([left, top]) - 0.5)
    shift = np.array([width, height]) * how.shift * (2 * np.array([right, down]) - 1)
    linear = scale * np.array(
        [[sign * math.cos(angle), -math.sin(angle)], [sign * math.sin(angle), math.cos(angle)]]
    )
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = middle + shift - linear @ (middle + crop)
    return matrix
