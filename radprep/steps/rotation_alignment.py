"""Stand the limb upright."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radprep.steps._binary import Mask, largest_component, odd_kernel, otsu_mask, without_bright_strips
from radprep.steps._hand import hand_lead
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
        lead = self._lead(pixels, mask, tilt) if self.fingers_up else 1.0
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

    def _lead(self, pixels: NDArray[np.uint8], mask: Mask, tilt: float) -> float:
        limb = mask if self.limb_only else self._foreground(pixels, True)  # on all of the foreground it would be a coin toss
        return hand_lead(pixels, limb, tilt)

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
