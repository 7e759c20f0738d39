"""Pixels that are not square, and how far apart the pixels of an image lie."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from radprep.image.image import Matrix, Pixels

SAME = 0.01
"""Sides of a pixel that differ by no larger share are equal: machines round them, and over a whole
film it is less than its outline moves between two exposures."""

LARGEST_RATIO = 4.0
"""Sides of a pixel that differ by more are no sides of a pixel: no detector or scanner has such."""


def are_square(aspect: float) -> bool:
    """Whether pixels of this height, in widths, are square but for rounding."""
    return abs(aspect - 1) <= SAME


def squared(pixels: Pixels, aspect: float) -> Pixels:
    """The same picture in square pixels: the axis that has too few of them gets more, by linear
    interpolation, so that nothing is lost.

    pixels: uint8 or uint16, shape (h, w); aspect: height of a pixel in widths, from
    1 / LARGEST_RATIO to LARGEST_RATIO.
    """
    width, height = squared_size(pixels.shape[1], pixels.shape[0], aspect)
    stretched: Pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return stretched


def squared_size(width: int, height: int, aspect: float) -> tuple[int, int]:
    """Width and height that an image will have in square pixels."""
    if aspect > 1:
        return width, max(1, round(height * aspect))
    return max(1, round(width / aspect)), height


def moved_spacing(spacing: Sequence[float], matrix: Matrix) -> list[float]:
    """How far apart the pixels of an image lie, mm between its rows and between its columns.

    spacing: that of another image; matrix: 3x3, from the pixel centres of the image to those of the
    other one. A step along an axis of the image is a column of the matrix; its length on the other
    image, in mm, is the distance.
    """
    between_rows, between_columns = spacing
    steps = np.array([[between_columns], [between_rows]]) * matrix[:2, :2]
    x, y = np.linalg.norm(steps, axis=0)
    return [float(f"{y:.4g}"), float(f"{x:.4g}")]
