"""The limb on a view: its largest region that is brighter than the air around it. Wherever the film
was turned, it is the same region, for nothing here knows of rows and columns but the rim of the
field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.image import View, once_a_view
from radprep.steps._binary import Mask, largest_component, odd_kernel, otsu_mask, outlines
from radprep.steps._field import field_of

# All constants were chosen on the 301 films of hands to elbows in one half of FracAtlas (CC BY
# 4.0), each at three angles.
RIM = 0.02
"""Share of the long side by which the field is narrowed: glow of what lies along its rim."""
BLUR = 1.5
"""Standard deviation in view pixels of the blur before anything is compared with the background."""
FIT_SIDE = 48
"""Longest side in pixels of the copy that the background is fitted to: it is smooth."""
FIT_ROUNDS = 4
"""Fits of the background, each to what the last one took for background."""
SIGMAS = 4.0
"""How far above the background the limb begins, in robust standard deviations of the background."""
SHARE = 0.06
"""The same as a share of the brightest bones, so that scatter beside them is no limb."""
SPECK = 0.008
"""Side of a square, as a share of the long side, that fits into a limb."""
WHITE = 0.85
"""Grey values above this share of the 99.9th percentile are near white."""
STRIP_CONTACT = 0.35
"""Least length along the rim of the field, in square roots of its area, of a near-white strip. A
limb crosses the rim with its width."""
STRIP_DEPTH = 0.5
"""Largest mean depth of such a strip, in lengths along the rim."""


@dataclass(frozen=True, eq=False)
class Limb:
    """What a view shows of a limb; arrays of the view's shape (h, w).

    field: uint8, 1 where the film was exposed, without its rim. grey: float32, grey levels above
    the background, not below 0, blurred. bright: uint8, 1 on what stands out of the background, up
    to the field's own edge. regions: uint8, the same in the field without its rim and without
    specks; all 0 where nothing stands out.
    """

    field: Mask
    grey: NDArray[np.float32]
    bright: Mask
    regions: Mask

    @cached_property
    def mask(self) -> Mask:
        """The largest region, uint8: the limb, where there is one."""
        return largest_component(self.regions)


@once_a_view
def find_limb(view: View) -> Limb:
    """Find the limb on a view with bright bones."""
    pixels = view.pixels
    exposed = _without_bright_strips(pixels, field_of(view))
    field = _without_rim(exposed)
    smooth = np.asarray(cv2.GaussianBlur(pixels, (0, 0), BLUR), dtype=np.uint8)
    surface, sigma = _background(smooth, field)
    grey = np.maximum(smooth - surface, 0)
    inside = grey[::4, ::4][field[::4, ::4] > 0]
    brightest = float(np.percentile(inside, 98)) if inside.size else 0.0
    bright = ((grey > max(SIGMAS * sigma, SHARE * brightest)) & (exposed > 0)).astype(np.uint8)
    regions = np.asarray(
        cv2.morphologyEx(bright & field, cv2.MORPH_OPEN, odd_kernel(SPECK, pixels)), dtype=np.uint8
    )
    return Limb(field, grey, bright, regions)


def _without_rim(field: Mask) -> Mask:
    """The field less its outermost pixels, all of it where nothing would be left."""
    padded = cv2.copyMakeBorder(field, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    core = np.asarray(depth > RIM * max(field.shape), dtype=np.uint8)
    return core if core.any() else field


def _without_bright_strips(pixels: NDArray[np.uint8], field: Mask) -> Mask:
    """The field less near-white areas that lie along its rim: collimators that do not end in the
    straight edge of a strip."""
    white = ((pixels >= WHITE * np.percentile(pixels[::4, ::4], 99.9)) & (field > 0)).astype(
        np.uint8
    )
    white = np.asarray(
        cv2.morphologyEx(white, cv2.MORPH_OPEN, odd_kernel(0.015, pixels), borderValue=0),
        dtype=np.uint8,
    )
    # leaves a rim of 4 pixels
    core = cv2.erode(
        field, np.ones((9, 9), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    least = STRIP_CONTACT * np.sqrt(field.sum())
    found = outlines(white)
    contacts = [
        np.count_nonzero(core[outline[:, 0, 1], outline[:, 0, 0]] == 0) for outline in found
    ]
    strips = [
        outline
        for outline, contact in zip(found, contacts, strict=True)
        if contact >= least and cv2.contourArea(outline) <= STRIP_DEPTH * contact**2
    ]
    filled = cv2.drawContours(np.zeros(field.shape, np.uint8), strips, -1, 1, cv2.FILLED)
    # a frame is a strip, what it frames is none
    rest = np.where((filled > 0) & (white > 0), np.uint8(0), field)
    return rest if rest.any() else field


def _background(smooth: NDArray[np.uint8], field: Mask) -> tuple[NDArray[np.float32], float]:
    """The surface of second order through the background, float32, shape (h, w), and the
    background's robust standard deviation.

    It begins with what is below Otsu's threshold, then leaves out what strays by three standard
    deviations.
    """
    shrink = min(1.0, FIT_SIDE / max(smooth.shape))
    size = (max(1, round(smooth.shape[1] * shrink)), max(1, round(smooth.shape[0] * shrink)))
    small = np.asarray(cv2.resize(smooth, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    inside = (cv2.resize(field, size, interpolation=cv2.INTER_NEAREST) > 0).ravel()
    inside = inside if inside.any() else np.ones_like(inside)
    terms = _quadratic_terms(*small.shape)
    grey = small.ravel().astype(np.float64)
    threshold, _ = otsu_mask(small.ravel()[inside].reshape(1, -1))
    air = inside & (grey <= max(threshold, grey[inside].min()))  # of one grey value, all is air
    for _ in range(FIT_ROUNDS):
        weights = np.linalg.lstsq(terms[air].T @ terms[air], terms[air].T @ grey[air], rcond=None)[
            0
        ]
        stray = np.abs(grey - terms @ weights)
        sigma = 1.4826 * float(np.median(stray[air])) + 0.5  # half a level of rounding
        air = inside & (stray < 3 * sigma)
    surface = (terms @ weights).reshape(small.shape).astype(np.float32)
    return np.asarray(cv2.resize(surface, smooth.shape[::-1]), dtype=np.float32), sigma


def _quadratic_terms(height: int, width: int) -> NDArray[np.float64]:
    """1, x, y, x * x, x * y, y * y at every pixel, row by row: shape (height * width, 6)."""
    half = max(height, width) / 2
    y, x = (
        (np.mgrid[:height, :width] - np.array([height - 1, width - 1]).reshape(2, 1, 1) / 2) / half
    ).reshape(2, -1)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
