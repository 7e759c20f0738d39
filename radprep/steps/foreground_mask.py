"""Say where the limb is, for losses that look at nothing else."""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
from pydantic import Field

from radprep.image.image import Image
from radprep.steps import _draw
from radprep.steps._binary import Mask
from radprep.steps._field import field_of
from radprep.steps._foreground import foreground
from radprep.steps._limb import find_limb
from radprep.steps.base import ImageStep


class ForegroundMask(ImageStep):
    """Make a mask of the limb, which every later step keeps in place. It changes no pixel of the
    image.

    The mask becomes a PNG of 0 and 255 as large as the image, named in mask_file_name. Give it
    films with bright bones. Source: MURA report, 2.2 and figure 3: a mask drawn around the hand
    with a photo editor, and a reconstruction loss that counts the pixels inside it. Ours needs no
    hand: what stands out from a smooth background inside the exposed field.
    """

    name: ClassVar[str] = "foreground_mask"
    summary: ClassVar[str] = (
        "Makes a mask of the limb, which follows every later turn, crop and change of size."
    )
    for_paper: ClassVar[str] = "a mask of the limb was made (after [6])"

    margin: float = Field(default=0.0, ge=0, le=0.2)
    """How far the mask reaches beyond the limb's outline, as a share of the image's long side."""

    smooth: float = Field(default=0.004, ge=0, le=0.05)
    """Standard deviation of the Gaussian that smooths the outline, as a share of the image's long
    side."""

    smallest: float = Field(default=0.02, ge=0, le=1)
    """Mark the image for review where less than this share of it is limb."""

    largest: float = Field(default=0.9, ge=0, le=1)
    """Mark the image for review where more than this share of it is limb."""

    def apply(self, image: Image) -> list[Image]:
        """Return the image with its mask. Without a limb all of the mask is 0."""
        mask = self._mask(image)
        share = float(mask.mean())
        review = self._review(share)
        return [image.with_mask(mask).note(self.name, review=review, share=round(share, 4))]

    def _review(self, share: float) -> str | None:
        if share < self.smallest:
            return "no_limb"
        return "no_background" if share > self.largest else None

    def _mask(self, image: Image) -> Mask:
        limb = foreground(find_limb(image.view))
        long_side = max(limb.shape)
        reach = round(self.margin * long_side)
        if reach:
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
            limb = np.asarray(cv2.dilate(limb, disc), dtype=np.uint8)
        if self.smooth:
            limb = np.asarray(
                cv2.GaussianBlur(limb * 255, (0, 0), self.smooth * long_side) > 127, dtype=np.uint8
            )
        return limb

    def draw(self, image: Image) -> _draw.Picture:
        """The exposed field and the outline of the mask."""
        drawn = _draw.outline(_draw.picture(image.view.pixels), field_of(image.view), _draw.FIELD)
        return _draw.outline(drawn, self._mask(image), _draw.LIMB)
