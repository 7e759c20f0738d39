"""Whether a view shows white bones on black or its negative, read from its exposed field."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.image.image import View
from radprep.steps._binary import Mask
from radprep.steps._field import field_of

WEIGHTS = {"contrast": 4.0, "tails": 5.0}
"""Log odds for a cue of 1. A logistic regression without intercept (benchmarks/fit_polarity.py, one
half of FracAtlas, CC BY 4.0, and drawn films) hardly tells pairs from 2, 6 to 4, 5 apart; contrast
weighs more here because it holds where a limb leaves little air."""
WINDOW = 5
"""Side in pixels of the square on which flatness is measured, on a copy of half the view's size."""
MARGIN = 7
"""Square by which the field is made smaller, so that its edge is not read as texture."""
TAIL = 0.25
"""Share of the grey range that counts as its dark or bright end."""


@dataclass(frozen=True)
class Reading:
    """What a view's polarity is read from. Both cues change their sign, and nothing else, for `255
    - pixels`.

    contrast: mean of the busiest third of the field minus mean of its flattest third, as a share
        of the grey range (percentiles 1 and 99). Bones are busy and air is flat.
    tails: share of pixels in the darkest quarter of the grey range minus share in the brightest.
        Most of a film is air.
    field: exposed field, shape of the view; flat, busy: the two thirds, of half that size.
    """

    contrast: float
    tails: float
    field: Mask
    flat: Mask
    busy: Mask

    @property
    def score(self) -> float:
        """Logarithm of the odds that the bones are white: above 0 they are."""
        return WEIGHTS["contrast"] * self.contrast + WEIGHTS["tails"] * self.tails


def read_polarity(view: View) -> Reading:
    """Read the two cues of a view. A view of one level gives 0 for both."""
    pixels = view.pixels
    field = field_of(view)
    # one of the two negatives is read, so that rounding cannot make their answers differ
    negative = pixels[0, 0] > 127
    sign = -1 if negative else 1
    small, inside = _halved(255 - pixels if negative else pixels, field)
    grey = small.astype(np.float32)
    mean = cv2.blur(grey, (WINDOW, WINDOW))
    variance = cv2.blur(grey * grey, (WINDOW, WINDOW)) - mean * mean
    low, high = np.percentile(variance[inside], (100 / 3, 200 / 3))
    flat = inside & (variance <= low)
    busy = inside & (variance >= high)
    dark, bright = np.percentile(grey[inside], (1, 99))
    span = max(bright - dark, 1.0)
    contrast = float(mean[busy].mean() - mean[flat].mean()) / span
    tails = float(
        np.mean(grey[inside] < dark + TAIL * span) - np.mean(grey[inside] > bright - TAIL * span)
    )
    return Reading(
        sign * contrast, sign * tails, field, flat.astype(np.uint8), busy.astype(np.uint8)
    )


def _halved(pixels: NDArray[np.uint8], field: Mask) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The view at half its size, and what lies well inside the field there."""
    size = tuple(max(1, side // 2) for side in reversed(pixels.shape))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    whole = cv2.resize(field, size, interpolation=cv2.INTER_NEAREST)
    inside = cv2.erode(
        whole, np.ones((MARGIN, MARGIN), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    if not inside.any():
        inside = np.ones_like(whole)
    return small, inside > 0
