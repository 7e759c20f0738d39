"""Stand the limb upright."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.steps._binary import Mask, largest_component, odd_kernel, otsu_mask, without_bright_strips
from radprep.steps.base import ImageStep
from radprep.study import Image, View, wrap_degrees


class RotationAlignment(ImageStep):
    """Turn the image so that the main axis of its foreground stands upright, and on request the hand is above.

    Sets rotation_confidence (0 to 1): the smaller of how long the foreground is (1 - minor / major variance) and, with
    fingers_up, how clearly its ends differ.
    Source: wrist thesis, 4.2.2.4 and equation 4.2. As published (signed = false) the arc cosine gives the tilt without its
    side, so every film is turned counter-clockwise and half of the tilted ones end twice as tilted.
    """

    name: ClassVar[str] = "rotation_alignment"

    kernel: float = Field(default=0.01, ge=0, le=0.5)
    """Side of the square that closes holes and then removes specks, as a share of the long side. The thesis names no size."""

    signed: bool = False
    """Turn by the tilt with its sign (-90 to 90 degrees), not by its absolute value."""

    limb_only: bool = False
    """Leave bright flat strips (collimation) out of the foreground and take its largest region, not all of it."""

    fingers_up: bool = False
    """Find the end of the limb where the hand is, and turn by 180 degrees more where it is below."""

    fill: Literal["black", "background"] = "black"
    """Grey value of the corners that come to light: 0, or the median of what is not foreground. Black corners on a grey
    background draw Otsu's threshold to themselves, so a second look at such an image finds another axis."""

    min_turn: float = Field(default=0.5, ge=0, lt=90)
    """A smaller tilt in degrees is left alone: it is below what the axis is good for, and the pixels stay untouched."""

    review_below: float = Field(default=0.3, ge=0, le=1)
    """Mark the image for review where the axis or the direction is less certain."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image turned, on a canvas that loses nothing."""
        pixels = image.view.pixels
        mask = self._foreground(pixels, self.limb_only)
        if not mask.any():
            return [image.with_columns(rotation_confidence=0.0).note(self.name, review="no_foreground", turn=0.0)]
        tilt, sure_axis = limb_tilt(mask, image.view)
        turn = 0.0 if abs(tilt) < self.min_turn else -tilt if self.signed else abs(tilt)
        lead = hand_lead(pixels, self._foreground(pixels, True), tilt) if self.fingers_up else 1.0
        turn = round(wrap_degrees(turn if lead >= 0 else turn + 180), 3)
        sure_direction = min(1.0, abs(lead))
        review = ("unsure_axis" if sure_axis < self.review_below else
                  "unsure_direction" if sure_direction < self.review_below else None)
        seen = {"direction": round(lead, 3)} if self.fingers_up else {}
        turned = image.rotate(turn, self._fill_level(image, mask)) if turn else image
        return [turned.with_columns(rotation_confidence=round(min(sure_axis, sure_direction), 3)).note(
            self.name, review=review, tilt=round(tilt, 2), turn=turn, axis=round(sure_axis, 3), **seen)]

    def _foreground(self, pixels: NDArray[np.uint8], limb_only: bool) -> Mask:
        mask = without_bright_strips(pixels) if limb_only else otsu_mask(pixels)[1]
        square = odd_kernel(self.kernel, pixels)
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square), dtype=np.uint8)
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, square), dtype=np.uint8)
        return largest_component(mask) if limb_only else mask

    def _fill_level(self, image: Image, mask: Mask) -> int:
        background = image.view.pixels[mask == 0]
        if self.fill == "black" or not background.size:
            return 0
        return int(np.median(background)) * (image.white // 255)


def limb_tilt(mask: Mask, view: View) -> tuple[float, float]:
    """Tilt of the first principal axis in degrees from upright, counter-clockwise on screen, in (-90, 90], and 1 - minor / major
    variance. It is the PCA of the foreground's coordinates in image pixels, in closed form from its second moments."""
    moments = cv2.moments(mask, binaryImage=True)
    xx, yy = moments["mu20"] * view.scale_x**2, moments["mu02"] * view.scale_y**2
    xy = moments["mu11"] * view.scale_x * view.scale_y
    spread = math.hypot(2 * xy, xx - yy)
    tilt = 90 - math.degrees(math.atan2(2 * xy, xx - yy) / 2)
    if spread == 0:  # a disc, a square or one pixel has no axis
        return 0.0, 0.0
    return tilt - 180 if tilt > 90 else tilt, 2 * spread / (xx + yy + spread)


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
