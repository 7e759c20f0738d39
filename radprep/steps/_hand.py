"""Which end of a limb is the hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radprep.steps._binary import Mask
from radprep.study import Image


def hand_lead(pixels: NDArray[np.uint8], mask: Mask, tilt: float) -> float:
    """How much more the upper end of the upright limb looks like a hand than the lower one: -2 to 2, negative where it is below.

    Two cues, each (one end - other end) / sum: the forearm leaves the film or the cuff cut off at its full thickness while
    fingers taper, so the last twelfth that weighs more (grey above background) is the forearm's; and joints are edges across
    the limb while shafts are edges along it, so the half with more edges across is the hand's.
    """
    grey = Image(pixels).rotate(-tilt).render().astype(np.float32)
    inside = (Image(mask * np.uint8(255)).rotate(-tilt).render() > 127).astype(np.uint8)
    rows = np.flatnonzero(inside.any(axis=1))
    if len(rows) < 2:
        return 0.0
    limb = slice(int(rows[0]), int(rows[-1]) + 1)
    background = float(np.median(pixels[mask == 0])) if (mask == 0).any() else 0.0
    weight = (np.maximum(grey - background, 0) * inside)[limb].sum(axis=1)
    end, half = max(1, len(weight) // 12), len(weight) // 2
    joints = _edges_across(grey, inside)[limb]
    return _contrast(weight[-end:].mean(), weight[:end].mean()) + _contrast(joints[:half].mean(), joints[-half:].mean())


def _edges_across(grey: NDArray[np.float32], inside: Mask) -> NDArray[np.float64]:
    """Share of each row's edges that lie across the limb, away from its outline."""
    smooth, core = cv2.GaussianBlur(grey, (0, 0), 1), cv2.erode(inside, np.ones((5, 5), np.uint8))
    across = (np.abs(cv2.Sobel(smooth, cv2.CV_32F, 0, 1)) * core).sum(axis=1, dtype=np.float64)
    along = (np.abs(cv2.Sobel(smooth, cv2.CV_32F, 1, 0)) * core).sum(axis=1, dtype=np.float64)
    return np.asarray(across / np.maximum(across + along, 1e-6))


def _contrast(one: float, other: float) -> float:
    return float((one - other) / (one + other)) if one + other > 0 else 0.0
